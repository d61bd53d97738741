# One node: its lake, its door, its functions, its gateway, its runs by the clock, and who is told when something breaks.

data "aws_region" "here" {}
data "aws_partition" "here" {}

locals {
  name      = "${var.node.prefix}-${var.node.code}"
  codes     = concat([var.node.code], var.node.hosted)
  china     = data.aws_partition.here.partition == "aws-cn"
  functions = var.node.functions && var.node.edge && var.node.domain != null
  tags      = merge(var.node.tags, { "tianlake:node" = var.node.code, "tianlake:stack" = local.name })
}

resource "terraform_data" "rules" {
  lifecycle {
    precondition {
      condition     = !(local.china && var.node.edge)
      error_message = "node.edge must be false in aws-cn: CloudFront has no functions there, and the gateway admits requests (docs/decisions/0007)."
    }
    precondition {
      condition     = !local.china || var.node.domain != null
      error_message = "node.domain is needed in aws-cn: a site without a domain that was put on record (ICP) is not served."
    }
    precondition {
      condition     = local.china == (var.node.budget.unit == "CNY")
      error_message = "node.budget.unit must be CNY in aws-cn, and USD elsewhere."
    }
  }
}

# What gateway and API know their CDN by. It is made once; `terraform apply -replace` makes another one.
resource "terraform_data" "pass" {
  input = "${uuid()}${uuid()}"
  lifecycle {
    ignore_changes = [input]
  }
}

module "storage" {
  source           = "../storage"
  providers        = { aws = aws, aws.replica = aws.replica }
  name             = local.name
  codes            = local.codes
  noncurrent_days  = var.node.noncurrent_days
  audit_lock       = var.node.audit_lock
  replicated       = var.node.replicated
  cdn_reads        = var.node.edge
  distribution_arn = module.cdn.distribution_arn
  tags             = local.tags
}

module "accounts" {
  source = "../accounts"
  prefix = local.name
  tags   = local.tags
}

module "network" {
  source = "../network"
  name   = local.name
  cidr   = var.node.cidr
  tags   = local.tags
}

data "aws_iam_policy_document" "gateway" {
  source_policy_documents = [module.storage.desk_policy, module.accounts.desk_policy]
}

locals {
  settings = join("\n", concat([
    "[lake]", "url = ${jsonencode(module.storage.lake_url)}", "",
    "[aws]", "region = ${jsonencode(data.aws_region.here.name)}", "",
    "[accounts]", "url = ${jsonencode(module.accounts.url)}", "strict = ${var.node.strict}",
    ], var.node.issuer == null ? [] : [
    "issuer = ${jsonencode(var.node.issuer.url)}", "issuer_key = ${jsonencode(var.node.issuer.key)}",
  ], [""]))
  node_files = toset(flatten([for code in local.codes : [
    for pattern in ["node.toml", "children/*.toml"] : tolist(fileset(var.workspace, "nodes/${code}/${pattern}"))
  ]]))
  files = merge({ "tianlake.toml" = local.settings }, { for path in local.node_files : path => file("${var.workspace}/${path}") })
}

module "gateway" {
  source          = "../gateway"
  name            = "${local.name}-gateway"
  image           = var.node.image
  size            = { cpu = var.node.gateway.cpu, memory_mib = var.node.gateway.memory_mib, workers = var.node.gateway.workers }
  count_range     = { least = var.node.gateway.least, most = var.node.gateway.most }
  codes           = local.codes
  files           = local.files
  network         = { vpc_id = module.network.vpc_id, subnet_ids = module.network.subnet_ids }
  policy          = data.aws_iam_policy_document.gateway.json
  certificate_arn = var.node.gateway.certificate_arn
  from_cidrs      = var.node.gateway.from_cidrs
  pass            = terraform_data.pass.output
  tags            = local.tags
}

module "api" {
  count    = local.functions ? 1 : 0
  source   = "../api"
  name     = local.name
  packages = var.packages
  codes    = local.codes
  policies = {
    desk = [module.storage.desk_policy, module.accounts.desk_policy]
    door = [module.storage.reader_policy, module.accounts.door_policy]
  }
  environment = merge({
    TIANLAKE_ACCOUNTS = module.accounts.url
    TIANLAKE_LAKE     = module.storage.lake_url
    TIANLAKE_NODE     = var.node.code
    TIANLAKE_NODES    = join(",", var.node.hosted)
    TIANLAKE_PROXIES  = "1"
    TIANLAKE_STRICT   = var.node.strict ? "1" : "0"
    TIANLAKE_URL      = "https://${var.node.domain}"
    }, var.node.issuer == null ? {} : {
    TIANLAKE_ISSUER     = var.node.issuer.url
    TIANLAKE_ISSUER_KEY = var.node.issuer.key
  })
  tags = local.tags
}

module "wall" {
  count     = local.china ? 0 : 1
  source    = "../waf"
  providers = { aws = aws.edge }
  name      = local.name
  scope     = "CLOUDFRONT"
  limits    = var.node.limits
  tags      = local.tags
}

# Before the API, so that nobody gets round the CDN; in aws-cn before the load balancer, which has no other.
module "inner_wall" {
  count      = local.china || local.functions ? 1 : 0
  source     = "../waf"
  name       = "${local.name}-inner"
  scope      = "REGIONAL"
  limits     = var.node.limits
  needs_pass = true
  pass       = terraform_data.pass.output
  protects = merge(
    local.functions ? { api = one(module.api[*].stage_arn) } : {},
    local.china ? { gateway = module.gateway.balancer_arn } : {},
  )
  tags = local.tags
}

module "cdn" {
  source         = "../cdn"
  providers      = { aws = aws, aws.edge = aws.edge }
  name           = local.name
  domain         = var.node.domain
  certificate    = var.node.certificate
  edge           = var.node.edge
  packages       = var.packages
  policies       = [module.storage.reader_policy, module.accounts.door_policy]
  below          = length(var.node.hosted) > 0
  bucket_domain  = module.storage.domain_name
  gateway_domain = var.node.gateway.domain
  api            = local.functions ? { domain_name = module.api[0].domain_name, path = module.api[0].path } : null
  pass           = terraform_data.pass.output
  web_acl_arn    = one(module.wall[*].arn)
  logs_arn       = module.storage.logs_arn
  log_access     = var.node.log_access && !local.china
  price_class    = var.node.price_class
  tags           = local.tags
}

module "watch" {
  source          = "../watch"
  providers       = { aws = aws, aws.edge = aws.edge }
  name            = local.name
  code            = var.node.code
  region          = data.aws_region.here.name
  emails          = var.node.emails
  budget          = var.node.budget
  distribution_id = module.cdn.distribution_id
  functions       = local.functions ? module.api[0].functions : {}
  api_name        = local.functions ? module.api[0].api_name : null
  gateway         = module.gateway.metrics
  tables          = module.accounts.table_names
  canary = {
    host  = coalesce(var.node.domain, module.cdn.domain_name)
    paths = local.china ? {} : { "/catalog.json" = "stac_version", "/node.json" = var.node.code }
  }
  tags = local.tags
}

locals {
  # What docs/operate.md says is to run by a timer. Each exits with something else than 0 where somebody should look.
  schedules = merge({
    federate  = { arguments = ["federate"], when = "rate(1 hour)" }
    audit     = { arguments = ["audit", "verify"], when = "cron(0 1 * * ? *)" }
    copies    = { arguments = ["replica", "verify"], when = "cron(30 1 * * ? *)" }
    cases     = { arguments = ["case", "list", "--check"], when = "cron(0 8 * * ? *)" }
    incidents = { arguments = ["incident", "list", "--check"], when = "cron(5 8 * * ? *)" }
    freshness = { arguments = ["freshness"], when = "cron(0 9 ? * MON *)" }
  }, var.node.schedules)
}

module "batch" {
  count     = var.node.scheduled ? 1 : 0
  source    = "../batch"
  name      = "${local.name}-runs"
  image     = var.node.image
  schedules = local.schedules
  cluster   = var.node.cluster
  network   = { vpc_id = module.network.vpc_id, subnet_ids = module.network.subnet_ids }
  policies  = [module.storage.writer_policy, module.accounts.desk_policy]
  topic_arn = module.watch.topic_arn
  tags      = local.tags
}
