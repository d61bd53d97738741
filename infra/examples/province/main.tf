# A province outside the China regions of AWS: a function at the edge, functions behind an API, a gateway for tiles.
# Accounts are the nation's, whose keys it takes over (docs/accounts.md): `issuer` in the node.

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
    domain      = var.domain
    certificate = { acm_arn = var.site_certificate_arn }
    image       = var.image
    gateway     = { domain = "gateway.${var.domain}", certificate_arn = var.gateway_certificate_arn }
    emails      = var.emails
    budget      = { amount = 800 }
    price_class = "PriceClass_200"
  }
}
