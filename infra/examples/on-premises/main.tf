# The bucket of a node in an office's basement: any S3-compatible store that has conditional writes and versions. All else
# runs as services there: docs/operate.md.

provider "aws" {
  region                      = var.region
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true

  endpoints {
    s3 = var.endpoint
  }
}

resource "aws_s3_bucket" "lake" {
  # checkov:skip=CKV_AWS_145:the store's disks are encrypted by its operator; it has no KMS of AWS
  # checkov:skip=CKV_AWS_144:its copies are the operator's: docs/replicas.md, or the store's own replication
  # checkov:skip=CKV_AWS_18:the store logs as its operator sets it up
  # checkov:skip=CKV2_AWS_62:nothing is started by an object's arrival
  # checkov:skip=CKV2_AWS_6:access to the store is decided by its own accounts; many have no such block
  bucket = "${var.prefix}-${var.code}"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "lake" {
  bucket = aws_s3_bucket.lake.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id
  rule {
    id     = "unfinished"
    status = "Enabled"
    filter {
      prefix = ""
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }
  }
  depends_on = [aws_s3_bucket_versioning.lake]
}
