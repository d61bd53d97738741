# One REST API before the functions, with the routes that Chalice has: it finds its view by the route's own text.

locals {
  routes = jsondecode(file("${path.module}/routes.json"))
  paths = { for path, name in merge([for name, routes in local.routes : { for route in routes : route => name }]...) : path => {
    x-amazon-apigateway-any-method = {
      parameters = [for part in regexall("\\{([a-z0-9_]+)\\+?\\}", path) : { name = part[0], in = "path", required = true, type = "string" }]
      responses  = { default = { description = "What the function answers" } }
      x-amazon-apigateway-integration = {
        type                = "aws_proxy"
        httpMethod          = "POST"
        passthroughBehavior = "when_no_match"
        timeoutInMillis     = 29000
        uri                 = aws_lambda_function.function[name].invoke_arn
      }
    }
  } }
  body = jsonencode({
    swagger                                = "2.0"
    info                                   = { title = var.name, version = "1" }
    schemes                                = ["https"]
    x-amazon-apigateway-binary-media-types = ["*/*"]
    paths                                  = local.paths
  })
}

resource "aws_api_gateway_rest_api" "functions" {
  name               = var.name
  description        = "Functions of the node ${var.codes[0]}"
  body               = local.body
  binary_media_types = ["*/*"]
  tags               = var.tags

  endpoint_configuration {
    types = ["REGIONAL"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_deployment" "functions" {
  rest_api_id = aws_api_gateway_rest_api.functions.id
  triggers    = { body = sha256(local.body) }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "access" {
  # checkov:skip=CKV_AWS_158:lines hold neither queries nor keys; CloudWatch encrypts them with its own key
  name              = "/aws/apigateway/${var.name}"
  retention_in_days = var.log_days
  tags              = var.tags
}

resource "aws_api_gateway_stage" "live" {
  # checkov:skip=CKV_AWS_120:answers hang on keys and quotas, which a cache here would not see
  # checkov:skip=CKV2_AWS_51:clients have keys, not certificates
  # checkov:skip=CKV_AWS_73:tracing would send addresses of people's searches to another service
  # checkov:skip=CKV2_AWS_29:its web ACL is made by the waf module
  # checkov:skip=CKV2_AWS_77:AWSManagedRulesKnownBadInputsRuleSet is in the ACL of the waf module
  rest_api_id   = aws_api_gateway_rest_api.functions.id
  deployment_id = aws_api_gateway_deployment.functions.id
  stage_name    = "live"
  tags          = var.tags

  # Never the query nor a header field: keys stand there (docs/operate.md).
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      requestId = "$context.requestId", time = "$context.requestTimeEpoch", method = "$context.httpMethod",
      route     = "$context.resourcePath", status = "$context.status", bytes = "$context.responseLength",
      latency   = "$context.responseLatency",
    })
  }
}

resource "aws_api_gateway_method_settings" "all" {
  # checkov:skip=CKV_AWS_225:answers hang on keys and quotas, which a cache here would not see
  # checkov:skip=CKV_AWS_308:nothing is cached
  rest_api_id = aws_api_gateway_rest_api.functions.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "*/*"

  settings {
    metrics_enabled        = true
    logging_level          = "ERROR"
    data_trace_enabled     = false
    throttling_rate_limit  = var.rate.per_second
    throttling_burst_limit = var.rate.burst
  }
}

resource "aws_lambda_permission" "gateway" {
  for_each      = local.functions
  statement_id  = "CalledByTheApi"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.function[each.key].function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.functions.execution_arn}/${aws_api_gateway_stage.live.stage_name}/*/*"
}
