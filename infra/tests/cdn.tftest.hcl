# The distribution.
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "edge"
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name           = "tianlake-156130000"
  edge           = true
  packages       = "./tests/packages"
  policies       = ["{}"]
  domain         = "map.example.org"
  certificate    = { acm_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1" }
  bucket_domain  = "tianlake-156130000.s3.ap-southeast-1.amazonaws.com"
  gateway_domain = "gateway.map.example.org"
  api            = { domain_name = "a1.execute-api.ap-southeast-1.amazonaws.com", path = "/live" }
  pass           = "secret"
  web_acl_arn    = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/w/1"
  logs_arn       = "arn:aws:s3:::tianlake-156130000-logs"
}

run "cdn" {
  command = plan
  module {
    source = "./modules/cdn"
  }
  providers = {
    aws      = aws
    aws.edge = aws.edge
  }
  variables {
    below = true
  }
}

run "cdn_without_edge" {
  command = plan
  module {
    source = "./modules/cdn"
  }
  providers = {
    aws      = aws
    aws.edge = aws.edge
  }
  variables {
    edge        = false
    api         = null
    web_acl_arn = null
    log_access  = false
  }
  assert {
    condition     = length(aws_lambda_function.edge) == 0 && output.edge_function == null
    error_message = "Nothing of Lambda@Edge is made."
  }
}

run "cdn_in_china" {
  command = plan
  module {
    source = "./modules/cdn"
  }
  providers = {
    aws      = aws
    aws.edge = aws.edge
  }
  variables {
    edge        = false
    api         = null
    certificate = { iam_id = "ASCAEXAMPLE" }
    web_acl_arn = null
    log_access  = false
  }
  override_data {
    target          = data.aws_partition.here
    values          = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
    override_during = plan
  }
  assert {
    condition     = aws_cloudfront_distribution.site.http_version == "http2" && !aws_cloudfront_distribution.site.is_ipv6_enabled && aws_cloudfront_distribution.site.price_class == "PriceClass_All"
    error_message = "Nothing is asked for that CloudFront has not in China."
  }
}

run "cdn_refuses" {
  command = plan
  module {
    source = "./modules/cdn"
  }
  providers = {
    aws      = aws
    aws.edge = aws.edge
  }
  variables {
    name        = "X"
    certificate = {}
    packages    = "./tests"
    price_class = "PriceClass_300"
  }
  expect_failures = [var.name, var.certificate, var.packages, var.price_class]
}
