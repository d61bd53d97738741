# Runs by the clock.
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name      = "tianlake-156130000-runs"
  image     = "123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/tianlake@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  network   = { vpc_id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"] }
  policies  = ["{}"]
  topic_arn = "arn:aws:sns:ap-southeast-1:123456789012:t"
  schedules = { federate = { arguments = ["federate"], when = "rate(1 hour)" } }
}

run "batch" {
  command = plan
  module {
    source = "./modules/batch"
  }
  assert {
    condition     = aws_efs_file_system.workspace.encrypted
    error_message = "The workspace holds keys of the node."
  }
}

run "batch_refuses" {
  command = plan
  module {
    source = "./modules/batch"
  }
  variables {
    name      = "X"
    image     = "tianlake:latest"
    size      = { cpu = 100 }
    schedules = { federate = { arguments = [], when = "now" } }
  }
  expect_failures = [var.name, var.image, var.size, var.schedules]
}
