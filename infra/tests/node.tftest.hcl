# A node as a whole.
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "edge"
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "replica"
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  packages  = "./tests/packages"
  workspace = "./tests/workspace"

}

run "node" {
  command = plan
  module {
    source = "./modules/node"
  }
  providers = {
    aws         = aws
    aws.edge    = aws.edge
    aws.replica = aws.replica
  }
  variables {
    node = {
      code        = "156130000"
      image       = "123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/tianlake@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
      gateway     = { domain = "gateway.map.example.org", certificate_arn = "arn:aws:acm:ap-southeast-1:123456789012:certificate/2" }
      emails      = ["duty@example.org"]
      domain      = "map.example.org"
      certificate = { acm_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1" }
      hosted      = ["156131000"]
      budget      = { amount = 500 }
      issuer      = { url = "https://map.example.cn", key = "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }
    }
  }
  assert {
    condition     = output.lake_url == "s3://tianlake-156130000/{code}" && output.accounts == "dynamodb:tianlake-156130000" && output.site_url == "https://map.example.org"
    error_message = "The command finds lake, accounts and site."
  }
  assert {
    condition     = toset(keys(output.functions)) == toset(["api", "web", "stac", "edge"])
    error_message = "The command finds the functions."
  }
}

run "node_without_a_domain" {
  command = plan
  module {
    source = "./modules/node"
  }
  providers = {
    aws         = aws
    aws.edge    = aws.edge
    aws.replica = aws.replica
  }
  variables {
    node = {
      code       = "156130000"
      image      = "123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/tianlake@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
      gateway    = { domain = "gateway.map.example.org", certificate_arn = "arn:aws:acm:ap-southeast-1:123456789012:certificate/2" }
      emails     = ["duty@example.org"]
      budget     = { amount = 500 }
      scheduled  = false
      replicated = false
    }
  }
  assert {
    condition     = output.api_url == null && output.replica_bucket == null && output.runs == null
    error_message = "What was not asked for is not made."
  }
  assert {
    condition     = output.site_url == "https://dmocked.cloudfront.net"
    error_message = "CloudFront's own name is the site's."
  }
}

run "node_in_china" {
  command = plan
  module {
    source = "./modules/node"
  }
  providers = {
    aws         = aws
    aws.edge    = aws.edge
    aws.replica = aws.replica
  }
  variables {
    node = {
      code        = "156130000"
      image       = "123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/tianlake@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
      gateway     = { domain = "gateway.map.example.org", certificate_arn = "arn:aws-cn:acm:ap-southeast-1:123456789012:certificate/2" }
      emails      = ["duty@example.org"]
      domain      = "map.example.cn"
      certificate = { iam_id = "ASCAEXAMPLE" }
      edge        = false
      budget      = { amount = 5000, unit = "CNY" }
    }
  }
  override_data {
    target          = data.aws_partition.here
    values          = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
    override_during = plan
  }
  override_data {
    target          = module.cdn.data.aws_partition.here
    values          = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
    override_during = plan
  }
  assert {
    condition     = output.functions == {} && output.api_url == null
    error_message = "Nothing hangs on functions."
  }
}

run "node_in_china_refuses_an_edge" {
  command = plan
  module {
    source = "./modules/node"
  }
  providers = {
    aws         = aws
    aws.edge    = aws.edge
    aws.replica = aws.replica
  }
  variables {
    node = {
      code    = "156130000"
      image   = "123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/tianlake@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
      gateway = { domain = "gateway.map.example.org", certificate_arn = "arn:aws-cn:acm:ap-southeast-1:123456789012:certificate/2" }
      emails  = ["duty@example.org"]
      budget  = { amount = 5000 }
    }
  }
  override_data {
    target          = data.aws_partition.here
    values          = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
    override_during = plan
  }
  override_data {
    target          = module.cdn.data.aws_partition.here
    values          = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
    override_during = plan
  }
  expect_failures = [terraform_data.rules]
}

run "node_refuses" {
  command = plan
  module {
    source = "./modules/node"
  }
  providers = {
    aws         = aws
    aws.edge    = aws.edge
    aws.replica = aws.replica
  }
  variables {
    node = {
      code        = "130000"
      image       = "123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/tianlake@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
      gateway     = { domain = "gateway.map.example.org", certificate_arn = "arn:aws:acm:ap-southeast-1:123456789012:certificate/2" }
      emails      = ["duty@example.org"]
      prefix      = "Tianlake"
      domain      = "https://map.example.org/"
      certificate = { acm_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1" }
      hosted      = ["131000"]
      issuer      = { url = "https://map.example.cn", key = "secret" }
      budget      = { amount = 500 }
    }
  }
  expect_failures = [var.node]
}
