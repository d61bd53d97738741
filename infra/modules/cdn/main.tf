# One distribution for a node and the nodes below it. CloudFront chooses origin and policies by the path that the client
# sent; the function at the edge then sends the request on under its one address.

locals {
  # API Gateway refuses the Host of another name.
  api_request = "all-viewer-but-host"
  calls       = toset(["api", "web", "stac"])
  behaviours = flatten([for each in local.profile.behaviours : [for path in each.paths : concat(
    [{ path = path, said = each, origin = contains(local.calls, each.origin) ? (var.api == null ? "gateway" : "api") : each.origin }],
    # The function of accounts and cases is that of the node at the root; the gateway knows all nodes.
    var.below && startswith(path, "/") ? [{ path = "${local.said.below}${path}", said = each,
    origin = contains(local.calls, each.origin) ? (var.api == null || each.origin == "api" ? "gateway" : "api") : each.origin }] : [],
  )]])
}

resource "aws_cloudfront_origin_access_control" "bucket" {
  count                             = var.edge ? 1 : 0
  name                              = "${var.name}-bucket"
  description                       = "Tianlake: signs what is asked of the bucket"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_distribution" "site" {
  # checkov:skip=CKV_AWS_86:logs are delivered by aws_cloudwatch_log_delivery, without queries: CloudFront's older logs hold keys
  # checkov:skip=CKV_AWS_310:an origin that fails has no second one; the lake's copy in the other region is brought back by an operator
  # checkov:skip=CKV_AWS_374:a public map is for everybody; where it may not be, the operator decides
  # checkov:skip=CKV_AWS_305:the function at the edge answers the root by the portal's page
  # checkov:skip=CKV2_AWS_47:AWSManagedRulesKnownBadInputsRuleSet is in the ACL of the waf module
  # checkov:skip=CKV2_AWS_32:gateway and functions set their own header fields; buckets have a policy
  # checkov:skip=CKV_AWS_174:TLS 1.2 at least, where there is a domain; CloudFront's own certificate takes no choice
  # checkov:skip=CKV2_AWS_42:a stack without a domain has no certificate but CloudFront's own
  # checkov:skip=CKV_AWS_68:the ACL is the waf module's, where the partition has one for distributions
  enabled         = true
  is_ipv6_enabled = !local.china
  comment         = "Tianlake ${var.name}"
  http_version    = local.china ? "http2" : "http2and3"
  price_class     = local.china ? "PriceClass_All" : var.price_class
  aliases         = compact([var.domain])
  web_acl_id      = var.web_acl_arn
  tags            = var.tags

  dynamic "origin" {
    for_each = aws_cloudfront_origin_access_control.bucket
    content {
      origin_id                = "bucket"
      domain_name              = var.bucket_domain
      origin_access_control_id = origin.value.id
    }
  }

  origin {
    origin_id   = "gateway"
    domain_name = var.gateway_domain
    custom_origin_config {
      http_port                = 80
      https_port               = 443
      origin_protocol_policy   = "https-only"
      origin_ssl_protocols     = ["TLSv1.2"]
      origin_read_timeout      = 30
      origin_keepalive_timeout = 50
    }
    custom_header {
      name  = "tianlake-origin"
      value = var.pass
    }
    # Without policies CloudFront hands on what a client made up, unless the origin has a value of its own.
    dynamic "custom_header" {
      for_each = local.china ? [var.domain] : []
      content {
        name  = "x-forwarded-host"
        value = custom_header.value
      }
    }
  }

  dynamic "origin" {
    for_each = var.api == null ? [] : [var.api]
    content {
      origin_id   = "api"
      domain_name = origin.value.domain_name
      origin_path = origin.value.path
      custom_origin_config {
        http_port              = 80
        https_port             = 443
        origin_protocol_policy = "https-only"
        origin_ssl_protocols   = ["TLSv1.2"]
        origin_read_timeout    = 30
      }
      custom_header {
        name  = "tianlake-origin"
        value = var.pass
      }
    }
  }

  dynamic "ordered_cache_behavior" {
    for_each = local.behaviours
    content {
      path_pattern           = ordered_cache_behavior.value.path
      target_origin_id       = ordered_cache_behavior.value.origin
      viewer_protocol_policy = "redirect-to-https"
      allowed_methods        = local.said.methods[ordered_cache_behavior.value.said.methods]
      cached_methods         = local.said.cached_methods
      compress               = local.cache_policies[ordered_cache_behavior.value.said.cache_policy].compressed
      cache_policy_id        = local.china ? null : local.cache_ids[ordered_cache_behavior.value.said.cache_policy]
      min_ttl                = local.china ? local.cache_policies[ordered_cache_behavior.value.said.cache_policy].min_ttl_s : null
      default_ttl            = local.china ? local.cache_policies[ordered_cache_behavior.value.said.cache_policy].default_ttl_s : null
      max_ttl                = local.china ? local.cache_policies[ordered_cache_behavior.value.said.cache_policy].max_ttl_s : null
      origin_request_policy_id = local.china || ordered_cache_behavior.value.said.origin_request_policy == null ? null : (
      local.request_ids[ordered_cache_behavior.value.origin == "api" ? local.api_request : ordered_cache_behavior.value.said.origin_request_policy])
      response_headers_policy_id = (ordered_cache_behavior.value.said.response_headers_policy == null ? null :
      aws_cloudfront_response_headers_policy.own[ordered_cache_behavior.value.said.response_headers_policy].id)

      dynamic "forwarded_values" {
        for_each = local.forwarded
        content {
          query_string = true
          headers      = forwarded_values.value
          cookies {
            forward = "none"
          }
        }
      }

      dynamic "lambda_function_association" {
        for_each = aws_lambda_function.edge
        content {
          event_type   = local.said.viewer_request.event_type
          include_body = local.said.viewer_request.include_body
          lambda_arn   = lambda_function_association.value.qualified_arn
        }
      }
    }
  }

  default_cache_behavior {
    target_origin_id           = local.profile.default.origin
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = local.said.methods[local.profile.default.methods]
    cached_methods             = local.said.cached_methods
    compress                   = local.cache_policies[local.profile.default.cache_policy].compressed
    cache_policy_id            = local.china ? null : local.cache_ids[local.profile.default.cache_policy]
    min_ttl                    = local.china ? local.cache_policies[local.profile.default.cache_policy].min_ttl_s : null
    default_ttl                = local.china ? local.cache_policies[local.profile.default.cache_policy].default_ttl_s : null
    max_ttl                    = local.china ? local.cache_policies[local.profile.default.cache_policy].max_ttl_s : null
    origin_request_policy_id   = local.china || local.profile.default.origin_request_policy == null ? null : local.request_ids[local.profile.default.origin_request_policy]
    response_headers_policy_id = local.profile.default.response_headers_policy == null ? null : aws_cloudfront_response_headers_policy.own[local.profile.default.response_headers_policy].id

    dynamic "forwarded_values" {
      for_each = local.forwarded
      content {
        query_string = true
        headers      = forwarded_values.value
        cookies {
          forward = "none"
        }
      }
    }

    dynamic "lambda_function_association" {
      for_each = aws_lambda_function.edge
      content {
        event_type   = local.said.viewer_request.event_type
        include_body = local.said.viewer_request.include_body
        lambda_arn   = lambda_function_association.value.qualified_arn
      }
    }
  }

  dynamic "custom_error_response" {
    for_each = toset(local.said.error_codes)
    content {
      error_code            = custom_error_response.value
      error_caching_min_ttl = local.said.error_caching_min_ttl_s
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = var.domain == null
    acm_certificate_arn            = var.certificate.acm_arn
    iam_certificate_id             = var.certificate.iam_id
    minimum_protocol_version       = var.domain == null ? null : "TLSv1.2_2021"
    ssl_support_method             = var.domain == null ? null : "sni-only"
  }
}

# --- access logs: what was asked for and by whom, never the query, where keys stand ----------------------------------

resource "aws_cloudwatch_log_delivery_source" "access" {
  count        = var.log_access ? 1 : 0
  provider     = aws.edge
  name         = "${var.name}-access"
  log_type     = "ACCESS_LOGS"
  resource_arn = aws_cloudfront_distribution.site.arn
  tags         = var.tags
}

resource "aws_cloudwatch_log_delivery_destination" "access" {
  count         = var.log_access ? 1 : 0
  provider      = aws.edge
  name          = "${var.name}-access"
  output_format = "json"
  tags          = var.tags
  delivery_destination_configuration {
    destination_resource_arn = "${var.logs_arn}/cdn"
  }
}

resource "aws_cloudwatch_log_delivery" "access" {
  count                    = var.log_access ? 1 : 0
  provider                 = aws.edge
  delivery_source_name     = aws_cloudwatch_log_delivery_source.access[0].name
  delivery_destination_arn = aws_cloudwatch_log_delivery_destination.access[0].arn
  record_fields = [
    "date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem", "sc-status", "x-edge-result-type",
    "x-edge-request-id", "cs-protocol", "time-taken", "ssl-protocol", "cs-protocol-version", "time-to-first-byte", "sc-content-type", "sc-range-start", "sc-range-end",
  ]
  tags = var.tags
}
