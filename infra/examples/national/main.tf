# The national node, in the China regions of AWS: maps for the public must be served from there (docs/decisions/0007).
# No functions at the edge: the gateway stands behind CloudFront and admits every request.

provider "aws" {
  region = "cn-north-1"
}

# In aws-cn there is no us-east-1: what CloudFront measures is kept in cn-northwest-1.
provider "aws" {
  alias  = "edge"
  region = "cn-northwest-1"
}

provider "aws" {
  alias  = "replica"
  region = "cn-northwest-1"
}

module "node" {
  source    = "../../modules/node"
  providers = { aws = aws, aws.edge = aws.edge, aws.replica = aws.replica }
  packages  = var.packages
  workspace = var.workspace

  node = {
    code        = "156000000"
    domain      = var.domain
    certificate = { iam_id = var.site_certificate_id }
    edge        = false
    image       = var.image
    gateway = {
      domain          = "gateway.${var.domain}"
      certificate_arn = var.gateway_certificate_arn
      cpu             = 4096
      memory_mib      = 8192
      workers         = 4
      least           = 4
      most            = 60
    }
    audit_lock  = { mode = "COMPLIANCE", days = 1827 }
    emails      = var.emails
    budget      = { amount = 30000, unit = "CNY" }
    price_class = "PriceClass_All"
  }
}
