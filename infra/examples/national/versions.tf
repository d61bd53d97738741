terraform {
  required_version = ">= 1.11"

  # Where the state lies is told by `terraform init -backend-config=backend.hcl` (infra/README.md).
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}
