# What a role needs of the store: whoever lets requests in, and whoever keeps accounts as well.

data "aws_iam_policy_document" "door" {
  statement {
    sid       = "KeysAndQuotas"
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"]
    resources = [for name in ["accounts", "digests", "usage"] : aws_dynamodb_table.accounts[name].arn]
  }
  statement {
    sid       = "Leases"
    actions   = ["dynamodb:PutItem"]
    resources = [aws_dynamodb_table.accounts["usage"].arn]
  }
  # By name: what snapshots of keys are signed with lies in the same table, and is the desk's alone.
  statement {
    sid       = "SecretsThatLetIn"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem"]
    resources = [aws_dynamodb_table.accounts["secrets"].arn]
    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:LeadingKeys"
      values   = ["edge-pass", "links", "subnets"]
    }
  }
  statement {
    sid       = "TablesKey"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.accounts.arn]
  }
}

data "aws_iam_policy_document" "desk" {
  source_policy_documents = [data.aws_iam_policy_document.door.json]
  statement {
    sid       = "AccountsAndKeys"
    actions   = ["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"]
    resources = [for name in ["accounts", "digests", "usage"] : aws_dynamodb_table.accounts[name].arn]
  }
  statement {
    sid       = "SecretsOfTheStore"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem"]
    resources = [aws_dynamodb_table.accounts["secrets"].arn]
  }
}
