# What behaviours.json says, as CloudFront has it. Policies that AWS manages are used by their ids.

locals {
  # In aws-cn CloudFront takes no policies ("The parameter CachePolicyId can't be set for this region"), nor an origin access
  # control: a behaviour has lifetimes and header fields of its own, and keeps answers apart by all that it hands on.
  china     = data.aws_partition.here.partition == "aws-cn"
  forwarded = local.china ? [local.said.without_policies.headers] : []

  said    = jsondecode(file("${path.module}/behaviours.json"))
  profile = local.said[var.edge ? "with_edge" : "without_edge"]
  used = {
    cache   = toset([for each in concat(local.profile.behaviours, [local.profile.default]) : each.cache_policy])
    request = toset(compact([for each in concat(local.profile.behaviours, [local.profile.default]) : each.origin_request_policy]))
    headers = toset(compact([for each in concat(local.profile.behaviours, [local.profile.default]) : each.response_headers_policy]))
  }
  cache_policies   = { for name, policy in local.said.cache_policies : name => policy if contains(local.used.cache, name) }
  request_policies = { for name, policy in local.said.origin_request_policies : name => policy }

  cache_ids = { for name, policy in local.cache_policies : name => try(policy.id, aws_cloudfront_cache_policy.own[name].id) if !local.china }
  request_ids = { for name, policy in local.request_policies : name => try(policy.id, aws_cloudfront_origin_request_policy.own[name].id)
  if !local.china && (contains(local.used.request, name) || can(policy.id)) }
}

resource "aws_cloudfront_cache_policy" "own" {
  for_each    = { for name, policy in local.cache_policies : name => policy if !can(policy.id) && !local.china }
  name        = "${var.name}-${each.key}"
  comment     = "Tianlake: ${each.key}"
  min_ttl     = each.value.min_ttl_s
  default_ttl = each.value.default_ttl_s
  max_ttl     = each.value.max_ttl_s

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_gzip   = each.value.compressed
    enable_accept_encoding_brotli = each.value.compressed
    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = length(each.value.headers) == 0 ? "none" : "whitelist"
      dynamic "headers" {
        for_each = length(each.value.headers) == 0 ? [] : [each.value.headers]
        content {
          items = headers.value
        }
      }
    }
    query_strings_config {
      query_string_behavior = each.value.query.behavior
      dynamic "query_strings" {
        for_each = length(each.value.query.names) == 0 ? [] : [each.value.query.names]
        content {
          items = query_strings.value
        }
      }
    }
  }
}

resource "aws_cloudfront_origin_request_policy" "own" {
  for_each = { for name, policy in local.request_policies : name => policy if contains(local.used.request, name) && !can(policy.id) && !local.china }
  name     = "${var.name}-${each.key}"
  comment  = "Tianlake: ${each.key}"
  cookies_config {
    cookie_behavior = "none"
  }
  headers_config {
    header_behavior = each.value.headers.behavior
    headers {
      items = each.value.headers.names
    }
  }
  query_strings_config {
    query_string_behavior = each.value.query.behavior
  }
}

resource "aws_cloudfront_response_headers_policy" "own" {
  # checkov:skip=CKV_AWS_259:HSTS is set below, for two years
  for_each = { for name, policy in local.said.response_headers_policies : name => policy if contains(local.used.headers, name) }
  name     = "${var.name}-${each.key}"
  comment  = "Tianlake: ${each.key}"

  cors_config {
    access_control_allow_credentials = false
    access_control_max_age_sec       = local.said.cors.max_age_s
    origin_override                  = local.said.cors.override
    access_control_allow_headers {
      items = local.said.cors.allow_headers
    }
    access_control_allow_methods {
      items = local.said.cors.allow_methods
    }
    access_control_allow_origins {
      items = local.said.cors.allow_origins
    }
    access_control_expose_headers {
      items = local.said.cors.expose_headers
    }
  }

  custom_headers_config {
    dynamic "items" {
      for_each = each.value.headers
      content {
        header   = items.key
        value    = items.value
        override = each.value.override
      }
    }
  }

  security_headers_config {
    content_type_options {
      override = true
    }
    strict_transport_security {
      access_control_max_age_sec = 63072000
      include_subdomains         = false
      override                   = true
    }
    dynamic "content_security_policy" {
      for_each = each.value.content_security_policy == null ? [] : [each.value.content_security_policy]
      content {
        content_security_policy = content_security_policy.value
        override                = each.value.override
      }
    }
  }
}
