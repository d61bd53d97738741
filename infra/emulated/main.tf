# What LocalStack in host mode has of a node: bucket and copies, account store, functions behind their API.
# Not there in it, and so seen in plans alone: load balancer, EFS, Fargate that runs, Lambda@Edge, CloudFront that serves,
# walls that refuse, delivery of logs, health checks.

terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

variable "endpoint" {
  description = "Base URL of the emulator."
  type        = string
}

variable "packages" {
  description = "Folder of packages."
  type        = string
}

locals {
  name  = "emulated-156130000"
  codes = ["156130000"]
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {
    apigateway = var.endpoint
    cloudwatch = var.endpoint
    dynamodb   = var.endpoint
    iam        = var.endpoint
    kms        = var.endpoint
    lambda     = var.endpoint
    logs       = var.endpoint
    s3         = var.endpoint
    sts        = var.endpoint
  }
}

provider "aws" {
  alias                       = "replica"
  region                      = "us-west-2"
  access_key                  = "test"
  secret_key                  = "test"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {
    s3  = var.endpoint
    sts = var.endpoint
  }
}

module "storage" {
  source    = "../modules/storage"
  providers = { aws = aws, aws.replica = aws.replica }
  name      = local.name
  codes     = local.codes
}

module "accounts" {
  source = "../modules/accounts"
  prefix = local.name
}

module "api" {
  source   = "../modules/api"
  name     = local.name
  packages = var.packages
  codes    = local.codes
  policies = {
    desk = [module.storage.desk_policy, module.accounts.desk_policy]
    door = [module.storage.reader_policy, module.accounts.door_policy]
  }
  environment = {
    TIANLAKE_ACCOUNTS = module.accounts.url
    TIANLAKE_LAKE     = module.storage.lake_url
    TIANLAKE_NODE     = "156130000"
  }
}

output "lake_url" {
  description = "[lake] url."
  value       = module.storage.lake_url
}

output "accounts" {
  description = "[accounts] url."
  value       = module.accounts.url
}

output "functions" {
  description = "Names of the functions."
  value       = module.api.functions
}
