# The outer wall.
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name  = "tianlake-156130000"
  scope = "CLOUDFRONT"
}

run "waf" {
  command = plan
  module {
    source = "./modules/waf"
  }
}

run "waf_before_an_api" {
  command = plan
  module {
    source = "./modules/waf"
  }
  variables {
    scope      = "REGIONAL"
    needs_pass = true
    pass       = "secret"
    protects   = { api = "arn:aws:apigateway:ap-southeast-1::/restapis/a1/stages/live" }
  }
}

run "waf_refuses" {
  command = plan
  module {
    source = "./modules/waf"
  }
  variables {
    scope  = "EVERYWHERE"
    limits = { all = 50, calls = 60 }
  }
  expect_failures = [var.scope, var.limits]
}
