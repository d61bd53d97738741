# Alarms by e-mail, a canary, a dashboard, a budget. What CloudFront measures is kept in us-east-1: so are its alarms.

locals {
  each_function = merge([for what, function in var.functions : {
    "${what}-errors"    = { function = function, metric = "Errors", above = 5, says = "calls of ${what} fail" }
    "${what}-throttled" = { function = function, metric = "Throttles", above = 10, says = "more calls of ${what} than may run at once" }
  }]...)
}

data "aws_caller_identity" "here" {}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "AlarmsBudgetsAndRulesPublish"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.told.arn]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com", "events.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.here.account_id]
    }
  }
}

resource "aws_sns_topic" "told" {
  # checkov:skip=CKV_AWS_26:messages name an alarm and its number, and budgets cannot write to topics with AWS's own key
  name = "${var.name}-alarms"
  tags = var.tags
}

resource "aws_sns_topic_policy" "told" {
  arn    = aws_sns_topic.told.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_sns_topic_subscription" "email" {
  for_each  = toset(var.emails)
  topic_arn = aws_sns_topic.told.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_sns_topic" "edge" {
  # checkov:skip=CKV_AWS_26:messages name an alarm and its number, and no key
  provider = aws.edge
  name     = "${var.name}-edge-alarms"
  tags     = var.tags
}

resource "aws_sns_topic_subscription" "edge" {
  for_each  = toset(var.emails)
  provider  = aws.edge
  topic_arn = aws_sns_topic.edge.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_cloudwatch_metric_alarm" "site" {
  provider            = aws.edge
  alarm_name          = "${var.name}-site-errors"
  alarm_description   = "More than 1 in 100 answers of the site are 5xx"
  namespace           = "AWS/CloudFront"
  metric_name         = "5xxErrorRate"
  dimensions          = { DistributionId = var.distribution_id, Region = "Global" }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 2
  threshold           = 1
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.edge.arn]
  ok_actions          = [aws_sns_topic.edge.arn]
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "function" {
  for_each            = local.each_function
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "In five minutes ${each.value.says} more than ${each.value.above} times"
  namespace           = "AWS/Lambda"
  metric_name         = each.value.metric
  dimensions          = { FunctionName = each.value.function }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = each.value.above
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.told.arn]
  ok_actions          = [aws_sns_topic.told.arn]
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "api" {
  count               = length(var.functions) == 0 ? 0 : 1
  alarm_name          = "${var.name}-api-errors"
  alarm_description   = "The API answers 5xx"
  namespace           = "AWS/ApiGateway"
  metric_name         = "5XXError"
  dimensions          = { ApiName = var.api_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 2
  threshold           = 10
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.told.arn]
  ok_actions          = [aws_sns_topic.told.arn]
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "gateway" {
  alarm_name          = "${var.name}-gateway-down"
  alarm_description   = "No container of the gateway is healthy"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HealthyHostCount"
  dimensions          = { LoadBalancer = var.gateway.balancer, TargetGroup = var.gateway.targets }
  statistic           = "Minimum"
  period              = 60
  evaluation_periods  = 3
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.told.arn]
  ok_actions          = [aws_sns_topic.told.arn]
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "gateway_errors" {
  alarm_name          = "${var.name}-gateway-errors"
  alarm_description   = "The gateway answers 5xx"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  dimensions          = { LoadBalancer = var.gateway.balancer }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 2
  threshold           = 50
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.told.arn]
  ok_actions          = [aws_sns_topic.told.arn]
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "table" {
  for_each            = var.tables
  alarm_name          = "${var.name}-${each.key}-throttled"
  alarm_description   = "DynamoDB turns requests to ${each.value} away"
  namespace           = "AWS/DynamoDB"
  metric_name         = "ThrottledRequests"
  dimensions          = { TableName = each.value }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 2
  threshold           = 10
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.told.arn]
  ok_actions          = [aws_sns_topic.told.arn]
  tags                = var.tags
}

# --- canary: asks from several continents what a visitor would ask ---------------------------------------------------

resource "aws_route53_health_check" "canary" {
  for_each          = var.canary.paths
  type              = "HTTPS_STR_MATCH"
  fqdn              = var.canary.host
  port              = 443
  resource_path     = each.key
  search_string     = each.value
  request_interval  = 30
  failure_threshold = 3
  measure_latency   = true
  enable_sni        = true
  tags              = merge(var.tags, { Name = "${var.name} ${each.key}" })
}

resource "aws_cloudwatch_metric_alarm" "canary" {
  for_each            = aws_route53_health_check.canary
  provider            = aws.edge
  alarm_name          = "${var.name}-canary-${replace(trim(each.key, "/"), "/", "-")}"
  alarm_description   = "https://${var.canary.host}${each.key} does not answer as it should"
  namespace           = "AWS/Route53"
  metric_name         = "HealthCheckStatus"
  dimensions          = { HealthCheckId = each.value.id }
  statistic           = "Minimum"
  period              = 60
  evaluation_periods  = 3
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.edge.arn]
  ok_actions          = [aws_sns_topic.edge.arn]
  tags                = var.tags
}

# --- budget ----------------------------------------------------------------------------------------------------------

resource "aws_budgets_budget" "month" {
  name         = var.name
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = tostring(var.budget.amount)
  limit_unit   = var.budget.unit
  tags         = var.tags

  cost_filter {
    name   = "TagKeyValue"
    values = [format("user:tianlake:node$%s", var.code)]
  }

  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }
    content {
      comparison_operator        = "GREATER_THAN"
      notification_type          = notification.key
      threshold                  = notification.value
      threshold_type             = "PERCENTAGE"
      subscriber_email_addresses = var.emails
    }
  }
}

# --- dashboard -------------------------------------------------------------------------------------------------------

locals {
  widgets = concat([
    { title = "Site: requests, errors", region = "us-east-1", metrics = [
      ["AWS/CloudFront", "Requests", "DistributionId", var.distribution_id, "Region", "Global", { stat = "Sum" }],
      ["AWS/CloudFront", "5xxErrorRate", "DistributionId", var.distribution_id, "Region", "Global", { yAxis = "right" }],
      ["AWS/CloudFront", "CacheHitRate", "DistributionId", var.distribution_id, "Region", "Global", { yAxis = "right" }],
    ] },
    { title = "Site: bytes", region = "us-east-1", metrics = [
      ["AWS/CloudFront", "BytesDownloaded", "DistributionId", var.distribution_id, "Region", "Global", { stat = "Sum" }],
    ] },
    { title = "Gateway: requests, time", region = var.region, metrics = [
      ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", var.gateway.balancer, { stat = "Sum" }],
      ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.gateway.balancer, { stat = "p99", yAxis = "right" }],
    ] },
    { title = "Gateway: processor", region = var.region, metrics = [
      ["AWS/ECS", "CPUUtilization", "ClusterName", var.gateway.cluster, "ServiceName", var.gateway.service],
    ] },
    { title = "Account store: units", region = var.region, metrics = [for table in values(var.tables) :
      ["AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", table, { stat = "Sum" }]
    ] },
    ], [for what, function in var.functions :
    { title = "Function ${what}: calls, errors, time", region = var.region, metrics = [
      ["AWS/Lambda", "Invocations", "FunctionName", function, { stat = "Sum" }],
      ["AWS/Lambda", "Errors", "FunctionName", function, { stat = "Sum" }],
      ["AWS/Lambda", "Duration", "FunctionName", function, { stat = "p99", yAxis = "right" }],
    ] }
  ])
}

resource "aws_cloudwatch_dashboard" "node" {
  dashboard_name = var.name
  dashboard_body = jsonencode({ widgets = [for number, each in local.widgets : {
    type       = "metric", x = (number % 2) * 12, y = floor(number / 2) * 6, width = 12, height = 6
    properties = { title = each.title, region = each.region, metrics = each.metrics, period = 300, view = "timeSeries" }
  }] })
}
