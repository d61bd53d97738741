# What a role needs of the store: whoever lets requests in, and whoever keeps accounts as well.

data "aws_iam_policy_document" "door" {
  statement {
    sid       = "KeysAndQuotas"
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"]
    resources = [for table in aws_dynamodb_table.accounts : table.arn]
  }
  statement {
    sid       = "LeasesAndSecrets"
    actions   = ["dynamodb:PutItem"]
    resources = [aws_dynamodb_table.accounts["usage"].arn, aws_dynamodb_table.accounts["secrets"].arn]
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
}
