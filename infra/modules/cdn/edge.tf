# The viewer-request function: replicated from us-east-1 to where people are.

data "aws_partition" "here" {}
data "aws_caller_identity" "here" {}

locals {
  package = var.edge ? jsondecode(file("${var.packages}/packages.json")).edge : null
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "edge" {
  source_policy_documents = var.policies
  statement {
    sid     = "WriteTheLogInTheRegionOfTheReader"
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [
      "arn:${data.aws_partition.here.partition}:logs:*:${data.aws_caller_identity.here.account_id}:log-group:/aws/lambda/us-east-1.${var.name}-edge:*",
    ]
  }
}

resource "aws_iam_role" "edge" {
  count              = var.edge ? 1 : 0
  name               = "${var.name}-edge"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "edge" {
  count  = var.edge ? 1 : 0
  name   = "admit"
  role   = aws_iam_role.edge[0].id
  policy = data.aws_iam_policy_document.edge.json
}

resource "aws_lambda_function" "edge" {
  # checkov:skip=CKV_AWS_117:Lambda@Edge has no VPC
  # checkov:skip=CKV_AWS_116:viewers wait for its answer; there is no queue to a failed one
  # checkov:skip=CKV_AWS_115:Lambda@Edge takes no reserved concurrency
  # checkov:skip=CKV_AWS_272:packages are built here, byte for byte the same, and named by their hash
  # checkov:skip=CKV_AWS_50:Lambda@Edge has no tracing
  count            = var.edge ? 1 : 0
  provider         = aws.edge
  function_name    = "${var.name}-edge"
  description      = "Tianlake admission"
  role             = aws_iam_role.edge[0].arn
  filename         = "${var.packages}/${local.package.file}"
  source_code_hash = local.package.sha256
  handler          = local.package.handler
  runtime          = local.package.runtime
  memory_size      = 128
  timeout          = 5
  publish          = true
  # Replicas at the edge are deleted hours after the last distribution let go of it: Terraform would wait in vain.
  skip_destroy = true
  tags         = var.tags

  depends_on = [aws_iam_role_policy.edge]
}
