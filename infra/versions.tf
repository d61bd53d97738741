# The root of the tests below: `terraform test` plans and applies every module and example with a provider that is mocked.
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}
