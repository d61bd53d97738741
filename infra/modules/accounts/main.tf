# The account store: accounts and keys, what keys' digests stand for, leases of quotas, secrets of the store.

locals {
  # Partition key and sort key, all texts: tests hold this to functions/accounts/dynamodb_tables.py.
  tables = {
    accounts = ["account", "item"]
    digests  = ["digest"]
    usage    = ["account", "slot"]
    secrets  = ["name"]
  }
}

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}

data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109:a key policy without the account's root could lock everybody out for good
  # checkov:skip=CKV_AWS_111:its writes are what administers the key, and reach no other
  # checkov:skip=CKV_AWS_356:in a key policy the resource is the key itself
  statement {
    sid = "TheAccountAdministersItsKey"
    actions = [
      "kms:CancelKeyDeletion", "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:DisableKey", "kms:EnableKey",
      "kms:EnableKeyRotation", "kms:Encrypt", "kms:GenerateDataKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus",
      "kms:ListGrants", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:RevokeGrant",
      "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription",
    ]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.here.partition}:iam::${data.aws_caller_identity.here.account_id}:root"]
    }
  }
}

resource "aws_kms_key" "accounts" {
  description             = "Accounts, keys and quotas of ${var.prefix}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
  tags                    = var.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "accounts" {
  name          = "alias/${var.prefix}-accounts"
  target_key_id = aws_kms_key.accounts.key_id
}

resource "aws_dynamodb_table" "accounts" {
  for_each     = local.tables
  name         = "${var.prefix}-${each.key}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = each.value[0]
  range_key    = try(each.value[1], null)

  dynamic "attribute" {
    for_each = each.value
    content {
      name = attribute.value
      type = "S"
    }
  }

  # Rows of a day that is over remove themselves.
  dynamic "ttl" {
    for_each = each.key == "usage" ? ["expires"] : []
    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.accounts.arn
  }

  deletion_protection_enabled = true
  tags                        = var.tags

  lifecycle {
    prevent_destroy = true
  }
}
