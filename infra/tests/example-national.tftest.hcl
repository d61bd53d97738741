# The example national.
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
  packages                = "./tests/packages"
  workspace               = "./tests/workspace"
  image                   = "123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/tianlake@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  emails                  = ["duty@example.org"]
  gateway_certificate_arn = "arn:aws-cn:iam::123456789012:server-certificate/gateway"
  site_certificate_id     = "ASCAEXAMPLE"
}

run "example_national" {
  command = plan
  module {
    source = "./examples/national"
  }
  providers = {
    aws         = aws
    aws.edge    = aws.edge
    aws.replica = aws.replica
  }
  override_data {
    target          = module.node.data.aws_partition.here
    values          = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
    override_during = plan
  }
  override_data {
    target          = module.node.module.cdn.data.aws_partition.here
    values          = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
    override_during = plan
  }
}
