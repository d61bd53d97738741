# The example city-hosted.
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
  gateway_certificate_arn = "arn:aws:acm:ap-southeast-1:123456789012:certificate/2"
  site_certificate_arn    = "arn:aws:acm:us-east-1:123456789012:certificate/1"
}

run "example_city_hosted" {
  command = plan
  module {
    source = "./examples/city-hosted"
  }
  providers = {
    aws         = aws
    aws.edge    = aws.edge
    aws.replica = aws.replica
  }
}
