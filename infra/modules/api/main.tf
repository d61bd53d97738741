# The functions of the web API, each with a role of its own.

data "aws_region" "here" {}
data "aws_partition" "here" {}

locals {
  packages = jsondecode(file("${var.packages}/packages.json"))
  functions = {
    api  = { memory_mib = 512, seconds = 15 }
    web  = { memory_mib = 3008, seconds = 29 }
    stac = { memory_mib = 1769, seconds = 29 }
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "function" {
  for_each                = local.functions
  source_policy_documents = each.key == "api" ? var.policies.desk : var.policies.door

  statement {
    sid       = "WriteTheLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function[each.key].arn}:*"]
  }
}

resource "aws_iam_role" "function" {
  for_each           = local.functions
  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions
  name     = "serve"
  role     = aws_iam_role.function[each.key].id
  policy   = data.aws_iam_policy_document.function[each.key].json
}

resource "aws_cloudwatch_log_group" "function" {
  # checkov:skip=CKV_AWS_158:logs hold neither queries nor header fields nor keys; CloudWatch encrypts them with its own key
  for_each          = local.functions
  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = var.log_days
  tags              = var.tags
}

resource "aws_lambda_layer_version" "shared" {
  for_each                 = toset(flatten([for name in keys(local.functions) : try(local.packages[name].layers, [])]))
  layer_name               = "${var.name}-${trimprefix(each.key, "layer-")}"
  filename                 = "${var.packages}/${local.packages[each.key].file}"
  source_code_hash         = local.packages[each.key].sha256
  compatible_runtimes      = [local.packages[each.key].runtime]
  compatible_architectures = [local.packages[each.key].architecture]
}

resource "aws_lambda_function" "function" {
  # checkov:skip=CKV_AWS_117:they speak to S3 and DynamoDB alone; a VPC would put a NAT gateway before both
  # checkov:skip=CKV_AWS_116:they are called synchronously; whoever called has the error
  # checkov:skip=CKV_AWS_173:their environment holds addresses and public keys, and no secret
  # checkov:skip=CKV_AWS_272:packages are built here, byte for byte the same, and named by their hash
  # checkov:skip=CKV_AWS_50:tracing would send addresses of people's searches to another service
  for_each                       = local.functions
  function_name                  = "${var.name}-${each.key}"
  description                    = "Tianlake ${each.key}"
  role                           = aws_iam_role.function[each.key].arn
  filename                       = "${var.packages}/${local.packages[each.key].file}"
  source_code_hash               = local.packages[each.key].sha256
  handler                        = local.packages[each.key].handler
  runtime                        = local.packages[each.key].runtime
  architectures                  = [local.packages[each.key].architecture]
  layers                         = [for name in try(local.packages[each.key].layers, []) : aws_lambda_layer_version.shared[name].arn]
  memory_size                    = lookup(var.memory_mib, each.key, each.value.memory_mib)
  timeout                        = each.value.seconds
  reserved_concurrent_executions = var.concurrency
  tags                           = var.tags

  environment {
    variables = var.environment
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}
