# Who may do what with the buckets, beside the roles that the other modules make.

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}

data "aws_iam_policy_document" "lake" {
  statement {
    sid     = "OnlyOverTls"
    effect  = "Deny"
    actions = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucket", "s3:ListBucketVersions"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    resources = [aws_s3_bucket.lake.arn, "${aws_s3_bucket.lake.arn}/*"]
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = var.cdn_reads ? { CdnReads = ["s3:GetObject", "/*"], CdnTellsWhatIsMissing = ["s3:ListBucket", ""] } : {}
    content {
      sid     = statement.key
      actions = [statement.value[0]]
      principals {
        type        = "Service"
        identifiers = ["cloudfront.amazonaws.com"]
      }
      resources = ["${aws_s3_bucket.lake.arn}${statement.value[1]}"]
      condition {
        test     = "StringEquals"
        variable = "aws:SourceArn"
        values   = [var.distribution_arn]
      }
    }
  }

  dynamic "statement" {
    for_each = var.cdn_reads ? [1] : []
    content {
      sid     = "CdnNeverReadsWhatIsPrivate"
      effect  = "Deny"
      actions = ["s3:GetObject"]
      principals {
        type        = "Service"
        identifiers = ["cloudfront.amazonaws.com"]
      }
      resources = [for code in var.codes : "${aws_s3_bucket.lake.arn}/${code}/private/*"]
    }
  }
}

resource "aws_s3_bucket_policy" "lake" {
  bucket     = aws_s3_bucket.lake.id
  policy     = data.aws_iam_policy_document.lake.json
  depends_on = [aws_s3_bucket_public_access_block.here]
}

data "aws_iam_policy_document" "logs" {
  statement {
    sid     = "S3WritesAccessLogs"
    actions = ["s3:PutObject"]
    principals {
      type        = "Service"
      identifiers = ["logging.s3.amazonaws.com"]
    }
    resources = ["${aws_s3_bucket.logs.arn}/s3/*"]
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.here.account_id]
    }
  }
  statement {
    sid     = "CloudFrontsLogsAreDelivered"
    actions = ["s3:PutObject"]
    principals {
      type        = "Service"
      identifiers = ["delivery.logs.amazonaws.com"]
    }
    resources = ["${aws_s3_bucket.logs.arn}/cdn/*"]
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.here.account_id]
    }
  }
}

resource "aws_s3_bucket_policy" "logs" {
  bucket     = aws_s3_bucket.logs.id
  policy     = data.aws_iam_policy_document.logs.json
  depends_on = [aws_s3_bucket_public_access_block.here]
}

# --- replication: the trail into the locked bucket, everything into the other region ---------------------------------

data "aws_iam_policy_document" "replication_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.here.account_id]
    }
  }
}

data "aws_iam_policy_document" "replication" {
  statement {
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [aws_s3_bucket.lake.arn]
  }
  statement {
    actions   = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    resources = ["${aws_s3_bucket.lake.arn}/*"]
  }
  statement {
    actions   = ["s3:ReplicateObject", "s3:ReplicateTags"]
    resources = concat(["${aws_s3_bucket.audit.arn}/*"], [for bucket in aws_s3_bucket.replica : "${bucket.arn}/*"])
  }
  dynamic "statement" {
    for_each = aws_s3_bucket.replica
    content {
      actions   = ["s3:ReplicateDelete"]
      resources = ["${statement.value.arn}/*"]
    }
  }
}

resource "aws_iam_role" "replication" {
  name               = "${var.name}-replication"
  assume_role_policy = data.aws_iam_policy_document.replication_trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "replication" {
  name   = "replicate"
  role   = aws_iam_role.replication.id
  policy = data.aws_iam_policy_document.replication.json
}

resource "aws_s3_bucket_replication_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id
  role   = aws_iam_role.replication.arn

  dynamic "rule" {
    for_each = local.audit_prefixes
    content {
      id       = "audit-${rule.key}"
      priority = rule.value.priority
      status   = "Enabled"
      filter {
        prefix = rule.value.prefix
      }
      delete_marker_replication {
        status = "Disabled"
      }
      destination {
        bucket = aws_s3_bucket.audit.arn
      }
    }
  }

  dynamic "rule" {
    for_each = aws_s3_bucket.replica
    content {
      id       = "all"
      priority = length(var.codes) + 1
      status   = "Enabled"
      filter {
        prefix = ""
      }
      delete_marker_replication {
        status = "Enabled"
      }
      destination {
        bucket        = rule.value.arn
        storage_class = "STANDARD_IA"
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.here, aws_s3_bucket_versioning.replica, aws_s3_bucket_object_lock_configuration.audit]
}
