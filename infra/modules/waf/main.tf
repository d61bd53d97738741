# The outer wall: floods by address and known attacks. Who may have what is decided behind it, by the door.

locals {
  # Behind a CDN who connects is the CDN. What it tells of the client may begin with what the client made up: here it only
  # softens the wall, and the door goes by the last entry.
  key   = var.scope == "CLOUDFRONT" ? "IP" : "FORWARDED_IP"
  calls = ["/accounts", "/cases", "/usage", "/geocoder", "/v2/", "/staticimage", "/sql", "/ogc", "/stac"]
  managed = {
    AWSManagedRulesAmazonIpReputationList = 20
    AWSManagedRulesKnownBadInputsRuleSet  = 21
  }
}

resource "aws_wafv2_web_acl" "wall" {
  # checkov:skip=CKV_AWS_192:AWSManagedRulesKnownBadInputsRuleSet is there, by a dynamic block that the check does not expand
  name        = var.name
  description = "Outer wall of ${var.name}"
  scope       = var.scope
  tags        = var.tags

  default_action {
    allow {}
  }

  # Whoever does not come by our CDN could write any address into X-Forwarded-For.
  dynamic "rule" {
    for_each = var.needs_pass ? [1] : []
    content {
      name     = "only-by-our-cdn"
      priority = 0
      action {
        block {}
      }
      statement {
        not_statement {
          statement {
            byte_match_statement {
              positional_constraint = "EXACTLY"
              search_string         = var.pass
              field_to_match {
                single_header {
                  name = "tianlake-origin"
                }
              }
              text_transformation {
                priority = 0
                type     = "NONE"
              }
            }
          }
        }
      }
      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = "${var.name}-only-by-our-cdn"
        sampled_requests_enabled   = false
      }
    }
  }

  rule {
    name     = "all"
    priority = 10
    action {
      block {
        custom_response {
          response_code = 429
          response_header {
            name  = "retry-after"
            value = "300"
          }
        }
      }
    }
    statement {
      rate_based_statement {
        limit                 = var.limits.all
        evaluation_window_sec = 300
        aggregate_key_type    = local.key
        dynamic "forwarded_ip_config" {
          for_each = local.key == "IP" ? [] : ["X-Forwarded-For"]
          content {
            header_name       = forwarded_ip_config.value
            fallback_behavior = "NO_MATCH"
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-all"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "calls"
    priority = 11
    action {
      block {
        custom_response {
          response_code = 429
          response_header {
            name  = "retry-after"
            value = "300"
          }
        }
      }
    }
    statement {
      rate_based_statement {
        limit                 = var.limits.calls
        evaluation_window_sec = 300
        aggregate_key_type    = local.key
        dynamic "forwarded_ip_config" {
          for_each = local.key == "IP" ? [] : ["X-Forwarded-For"]
          content {
            header_name       = forwarded_ip_config.value
            fallback_behavior = "NO_MATCH"
          }
        }
        scope_down_statement {
          or_statement {
            dynamic "statement" {
              for_each = local.calls
              content {
                byte_match_statement {
                  positional_constraint = "CONTAINS"
                  search_string         = statement.value
                  field_to_match {
                    uri_path {}
                  }
                  text_transformation {
                    priority = 0
                    type     = "URL_DECODE"
                  }
                }
              }
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-calls"
      sampled_requests_enabled   = false
    }
  }

  dynamic "rule" {
    for_each = local.managed
    content {
      name     = rule.key
      priority = rule.value
      override_action {
        none {}
      }
      statement {
        managed_rule_group_statement {
          name        = rule.key
          vendor_name = "AWS"
        }
      }
      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = "${var.name}-${rule.key}"
        sampled_requests_enabled   = false
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "protected" {
  for_each     = var.protects
  resource_arn = each.value
  web_acl_arn  = aws_wafv2_web_acl.wall.arn
}

resource "aws_cloudwatch_log_group" "refused" {
  # checkov:skip=CKV_AWS_158:keys are taken out of what is logged (redacted_fields); CloudWatch encrypts it with its own key
  name              = "aws-waf-logs-${var.name}"
  retention_in_days = var.log_days
  tags              = var.tags
}

resource "aws_wafv2_web_acl_logging_configuration" "refused" {
  resource_arn            = aws_wafv2_web_acl.wall.arn
  log_destination_configs = [aws_cloudwatch_log_group.refused.arn]

  redacted_fields {
    query_string {}
  }
  dynamic "redacted_fields" {
    for_each = ["authorization", "x-api-key", "tianlake-admitted", "tianlake-origin", "referer"]
    content {
      single_header {
        name = redacted_fields.value
      }
    }
  }

  logging_filter {
    default_behavior = "DROP"
    filter {
      behavior    = "KEEP"
      requirement = "MEETS_ANY"
      condition {
        action_condition {
          action = "BLOCK"
        }
      }
    }
  }
}
