# Cities without a bucket of their own (依托省级节点的市县): they lie in the province's bucket below their codes, and are
# served at /CODE/. One stack for all of them; a small gateway.

provider "aws" {
  region = "ap-southeast-1"
}

provider "aws" {
  alias  = "edge"
  region = "us-east-1"
}

provider "aws" {
  alias  = "replica"
  region = "ap-east-1"
}

module "node" {
  source    = "../../modules/node"
  providers = { aws = aws, aws.edge = aws.edge, aws.replica = aws.replica }
  packages  = var.packages
  workspace = var.workspace

  node = {
    code        = "156130000"
    hosted      = ["156131000", "156130200"]
    domain      = var.domain
    certificate = { acm_arn = var.site_certificate_arn }
    image       = var.image
    gateway = {
      domain          = "gateway.${var.domain}"
      certificate_arn = var.gateway_certificate_arn
      cpu             = 512
      memory_mib      = 1024
      workers         = 1
      least           = 1
      most            = 4
    }
    emails = var.emails
    budget = { amount = 300 }
  }
}
