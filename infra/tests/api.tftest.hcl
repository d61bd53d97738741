# Functions and their API.
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name        = "tianlake-156130000"
  packages    = "./tests/packages"
  codes       = ["156130000"]
  policies    = { desk = ["{}"], door = ["{}"] }
  environment = { TIANLAKE_NODE = "156130000" }
}

run "api" {
  command = plan
  module {
    source = "./modules/api"
  }
  assert {
    condition     = alltrue([for each in aws_lambda_function.function : each.reserved_concurrent_executions == 50])
    error_message = "What a flood can cost is bounded."
  }
  assert {
    condition     = length(aws_lambda_function.function["api"].layers) == 0
    error_message = "The account function carries no DuckDB."
  }
}

run "api_refuses" {
  command = plan
  module {
    source = "./modules/api"
  }
  variables {
    name        = "X"
    packages    = "./tests"
    memory_mib  = { api = 64 }
    concurrency = 0
    rate        = { per_second = 0, burst = 1 }
    log_days    = 7
  }
  expect_failures = [var.name, var.packages, var.memory_mib, var.concurrency, var.rate, var.log_days]
}
