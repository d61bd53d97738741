# The lake of one node and of the nodes it hosts: objects, their copies, and what nobody can change afterwards.

locals {
  audit_prefixes = { for number, code in var.codes : code => { priority = number + 1, prefix = "${code}/private/audit/" } }
}

resource "aws_s3_bucket" "lake" {
  # checkov:skip=CKV_AWS_145:objects are public maps; a key of our own would cost a KMS call for each request and add nothing
  # checkov:skip=CKV2_AWS_62:nothing is started by an object's arrival; publishing is a command
  # checkov:skip=CKV_AWS_144:replication is a resource of its own, aws_s3_bucket_replication_configuration.lake
  bucket = var.name
  tags   = var.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket" "audit" {
  # checkov:skip=CKV_AWS_145:entries hold no secret (docs/audit.md); a key that could be deleted would take the evidence with it
  # checkov:skip=CKV2_AWS_62:nothing is started by a copy's arrival
  # checkov:skip=CKV_AWS_144:it is itself the copy, beside the lake's replica
  bucket              = "${var.name}-audit"
  object_lock_enabled = true
  tags                = var.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket" "logs" {
  # checkov:skip=CKV_AWS_145:S3 delivers its access logs to buckets with SSE-S3 only
  # checkov:skip=CKV2_AWS_62:logs are read when something is looked for
  # checkov:skip=CKV_AWS_144:logs are not copied: they tell of people
  # checkov:skip=CKV_AWS_18:a bucket of logs that logs itself would never end
  # checkov:skip=CKV_AWS_21:logs are written once and expire
  bucket = "${var.name}-logs"
  tags   = var.tags
}

resource "aws_s3_bucket" "replica" {
  # checkov:skip=CKV_AWS_145:as the lake itself
  # checkov:skip=CKV2_AWS_62:nothing is started by a copy's arrival
  # checkov:skip=CKV_AWS_144:it is itself the copy in another region
  # checkov:skip=CKV_AWS_18:nobody reads it but its operator; CloudTrail has that
  count    = var.replicated ? 1 : 0
  provider = aws.replica
  bucket   = "${var.name}-replica"
  tags     = var.tags

  lifecycle {
    prevent_destroy = true
  }
}

# --- closed to the public --------------------------------------------------------------------------------------------

resource "aws_s3_bucket_public_access_block" "here" {
  for_each                = { lake = aws_s3_bucket.lake.id, audit = aws_s3_bucket.audit.id, logs = aws_s3_bucket.logs.id }
  bucket                  = each.value
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_public_access_block" "replica" {
  count                   = var.replicated ? 1 : 0
  provider                = aws.replica
  bucket                  = aws_s3_bucket.replica[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "here" {
  for_each = { lake = aws_s3_bucket.lake.id, audit = aws_s3_bucket.audit.id, logs = aws_s3_bucket.logs.id }
  bucket   = each.value
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# --- encryption, versions, lock --------------------------------------------------------------------------------------

resource "aws_s3_bucket_server_side_encryption_configuration" "here" {
  for_each = { lake = aws_s3_bucket.lake.id, audit = aws_s3_bucket.audit.id, logs = aws_s3_bucket.logs.id }
  bucket   = each.value
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "replica" {
  count    = var.replicated ? 1 : 0
  provider = aws.replica
  bucket   = aws_s3_bucket.replica[0].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "here" {
  for_each = { lake = aws_s3_bucket.lake.id, audit = aws_s3_bucket.audit.id }
  bucket   = each.value
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_versioning" "replica" {
  count    = var.replicated ? 1 : 0
  provider = aws.replica
  bucket   = aws_s3_bucket.replica[0].id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "audit" {
  bucket = aws_s3_bucket.audit.id
  rule {
    default_retention {
      mode = var.audit_lock.mode
      days = var.audit_lock.days
    }
  }
  depends_on = [aws_s3_bucket_versioning.here]
}

# --- lifecycle: no rule ever expires a current object of the lake ----------------------------------------------------

resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  bucket                                 = aws_s3_bucket.lake.id
  transition_default_minimum_object_size = "all_storage_classes_128K"

  rule {
    id     = "unfinished"
    status = "Enabled"
    filter {
      prefix = ""
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
    expiration {
      expired_object_delete_marker = true
    }
    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }
  }

  dynamic "rule" {
    for_each = toset(var.codes)
    content {
      id     = "releases-${rule.value}"
      status = "Enabled"
      filter {
        prefix = "${rule.value}/releases/"
      }
      transition {
        days          = var.tiering_days
        storage_class = "INTELLIGENT_TIERING"
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.here]
}

resource "aws_s3_bucket_lifecycle_configuration" "audit" {
  bucket                                 = aws_s3_bucket.audit.id
  transition_default_minimum_object_size = "all_storage_classes_128K"
  rule {
    id     = "unfinished"
    status = "Enabled"
    filter {
      prefix = ""
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
  depends_on = [aws_s3_bucket_versioning.here]
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket                                 = aws_s3_bucket.logs.id
  transition_default_minimum_object_size = "all_storage_classes_128K"
  rule {
    id     = "old"
    status = "Enabled"
    filter {
      prefix = ""
    }
    expiration {
      days = var.log_days
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "replica" {
  count                                  = var.replicated ? 1 : 0
  provider                               = aws.replica
  bucket                                 = aws_s3_bucket.replica[0].id
  transition_default_minimum_object_size = "all_storage_classes_128K"

  # What was removed here is deleted there by a mark; a day later nothing is left of it (article 18).
  rule {
    id     = "removed"
    status = "Enabled"
    filter {
      prefix = ""
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
    expiration {
      expired_object_delete_marker = true
    }
    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }
  depends_on = [aws_s3_bucket_versioning.replica]
}

# --- access logs -----------------------------------------------------------------------------------------------------

resource "aws_s3_bucket_logging" "here" {
  for_each      = { lake = aws_s3_bucket.lake.id, audit = aws_s3_bucket.audit.id }
  bucket        = each.value
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "s3/${each.key}/"
}
