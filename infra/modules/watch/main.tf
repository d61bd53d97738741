# Alarms by e-mail, a canary, a dashboard, a budget. What CloudFront measures is kept in us-east-1: so are its alarms.

locals {
  # Somebody is told when a metric goes beyond its threshold in each of so many periods. Of a metric that says nothing there is
  # nothing wrong, but for those that always say something.
  usual = { statistic = "Sum", period_s = 300, periods = 2, when = "GreaterThanThreshold", silence = "notBreaching" }
  down  = { statistic = "Minimum", period_s = 60, periods = 3, when = "LessThanThreshold", silence = "breaching", threshold = 1 }

  alarms = merge(
    { for what, function in var.functions : "${what}-errors" => merge(local.usual, {
      says   = "In five minutes calls of ${what} fail more than 5 times"
      metric = ["AWS/Lambda", "Errors"], dimensions = { FunctionName = function }, threshold = 5, periods = 1
    }) },
    { for what, function in var.functions : "${what}-throttled" => merge(local.usual, {
      says   = "In five minutes more calls of ${what} than may run at once came more than 10 times"
      metric = ["AWS/Lambda", "Throttles"], dimensions = { FunctionName = function }, threshold = 10, periods = 1
    }) },
    { for name in slice([var.api_name], 0, length(var.functions) == 0 ? 0 : 1) : "rest-api-errors" => merge(local.usual, {
      says   = "The API answers 5xx"
      metric = ["AWS/ApiGateway", "5XXError"], dimensions = { ApiName = name }, threshold = 10
    }) },
    { for what, table in var.tables : "${what}-throttled" => merge(local.usual, {
      says   = "DynamoDB turns requests to ${table} away"
      metric = ["AWS/DynamoDB", "ThrottledRequests"], dimensions = { TableName = table }, threshold = 10
    }) },
    {
      gateway-down = merge(local.down, {
        says   = "No container of the gateway is healthy"
        metric = ["AWS/ApplicationELB", "HealthyHostCount"], dimensions = { LoadBalancer = var.gateway.balancer, TargetGroup = var.gateway.targets }
      })
      gateway-errors = merge(local.usual, {
        says   = "The gateway answers 5xx"
        metric = ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"], dimensions = { LoadBalancer = var.gateway.balancer }, threshold = 50
      })
    },
  )

  edge_alarms = merge(
    { site-errors = merge(local.usual, {
      says      = "More than 1 in 100 answers of the site are 5xx"
      metric    = ["AWS/CloudFront", "5xxErrorRate"], dimensions = { DistributionId = var.distribution_id, Region = "Global" }
      statistic = "Average", threshold = 1
    }) },
    { for path, check in aws_route53_health_check.canary : "canary-${replace(trim(path, "/"), "/", "-")}" => merge(local.down, {
      says   = "https://${var.canary.host}${path} does not answer as it should"
      metric = ["AWS/Route53", "HealthCheckStatus"], dimensions = { HealthCheckId = check.id }
    }) },
  )
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

resource "aws_cloudwatch_metric_alarm" "here" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  namespace           = each.value.metric[0]
  metric_name         = each.value.metric[1]
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period_s
  evaluation_periods  = each.value.periods
  threshold           = each.value.threshold
  comparison_operator = each.value.when
  treat_missing_data  = each.value.silence
  alarm_actions       = [aws_sns_topic.told.arn]
  ok_actions          = [aws_sns_topic.told.arn]
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "edge" {
  for_each            = local.edge_alarms
  provider            = aws.edge
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  namespace           = each.value.metric[0]
  metric_name         = each.value.metric[1]
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period_s
  evaluation_periods  = each.value.periods
  threshold           = each.value.threshold
  comparison_operator = each.value.when
  treat_missing_data  = each.value.silence
  alarm_actions       = [aws_sns_topic.edge.arn]
  ok_actions          = [aws_sns_topic.edge.arn]
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
