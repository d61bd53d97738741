# Alarms, canary, dashboard, budget.
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "edge"
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name            = "tianlake-156130000"
  code            = "156130000"
  region          = "ap-southeast-1"
  emails          = ["duty@example.org"]
  budget          = { amount = 500 }
  distribution_id = "E1"
  functions       = { api = "tianlake-156130000-api", web = "tianlake-156130000-web", stac = "tianlake-156130000-stac" }
  api_name        = "tianlake-156130000"
  gateway         = { balancer = "app/b/1", targets = "targetgroup/t/1", cluster = "c", service = "s" }
  tables          = { accounts = "tianlake-156130000-accounts" }
  canary          = { host = "map.example.org", paths = { "/catalog.json" = "stac_version" } }
}

run "watch" {
  command = plan
  module {
    source = "./modules/watch"
  }
  providers = {
    aws      = aws
    aws.edge = aws.edge
  }
}

run "watch_refuses" {
  command = plan
  module {
    source = "./modules/watch"
  }
  providers = {
    aws      = aws
    aws.edge = aws.edge
  }
  variables {
    emails = []
    budget = { amount = 0 }
  }
  expect_failures = [var.emails, var.budget]
}
