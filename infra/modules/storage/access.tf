# What a role needs of the lake: whoever serves it, and whoever takes in accounts and cases as well.

data "aws_iam_policy_document" "reader" {
  statement {
    sid       = "ReadTheLake"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/*"]
  }
  statement {
    sid       = "TellWhatIsMissing"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.lake.arn]
  }
  # The snapshot of keys lies in private/ itself; all else lies in folders below it.
  statement {
    sid       = "NothingElsePrivate"
    effect    = "Deny"
    actions   = ["s3:GetObject"]
    resources = [for code in var.codes : "${aws_s3_bucket.lake.arn}/${code}/private/*/*"]
  }
}

data "aws_iam_policy_document" "desk" {
  statement {
    sid       = "ReadTheLake"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/*"]
  }
  statement {
    sid       = "TellWhatIsMissing"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.lake.arn]
  }
  statement {
    sid     = "NothingElsePrivate"
    effect  = "Deny"
    actions = ["s3:GetObject"]
    resources = flatten([for code in var.codes : [
      for folder in ["incidents", "logs/date=*", "replicas", "reviews"] : "${aws_s3_bucket.lake.arn}/${code}/private/${folder}/*"
    ]])
  }
  statement {
    sid     = "PutWhatWaitsToBeSignedAndTheAccessLog"
    actions = ["s3:PutObject"]
    resources = flatten([for code in var.codes : [
      for folder in ["audit/pending", "cases/filed", "logs"] : "${aws_s3_bucket.lake.arn}/${code}/private/${folder}/*"
    ]])
  }
}

# What publishes, withdraws, removes and federates: nothing of the bucket itself may be changed.
data "aws_iam_policy_document" "writer" {
  statement {
    sid = "ObjectsAndTheirVersions"
    actions = [
      "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion",
      "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
    ]
    resources = [for code in var.codes : "${aws_s3_bucket.lake.arn}/${code}/*"]
  }
  statement {
    sid       = "WhatIsThere"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:GetBucketVersioning"]
    resources = [aws_s3_bucket.lake.arn]
  }
}
