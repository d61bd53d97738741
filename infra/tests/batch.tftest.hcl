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
  cluster   = { cpu = 2048, memory_mib = 8192, processes = 3, hours = 6, tls = "tls" }
  schedules = {
    federate = { arguments = ["federate"], when = "rate(1 hour)" }
    rebuild  = { arguments = ["build", "--node", "156130000"], when = "cron(0 2 * * ? *)", workers = 8 }
  }
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
  assert {
    condition     = aws_scheduler_schedule.workers["rebuild"].target[0].ecs_parameters[0].task_count == 8 && aws_scheduler_schedule.workers["rebuild"].schedule_expression == aws_scheduler_schedule.run["rebuild"].schedule_expression
    error_message = "Workers begin when their run does."
  }
  assert {
    condition     = keys(aws_scheduler_schedule.workers) == ["rebuild"] && aws_scheduler_schedule.run["federate"].flexible_time_window[0].mode == "FLEXIBLE"
    error_message = "What is no build of many parts runs as before."
  }
}

run "batch_without_a_cluster" {
  command = plan
  module {
    source = "./modules/batch"
  }
  variables {
    cluster   = null
    schedules = { federate = { arguments = ["federate"], when = "rate(1 hour)" } }
  }
  assert {
    condition     = length(aws_ecs_task_definition.cluster) + length(aws_ecs_task_definition.worker) + length(aws_security_group.cluster) + length(aws_scheduler_schedule.workers) == 0
    error_message = "What was not asked for is not made."
  }
}

run "batch_refuses_a_cluster" {
  command = plan
  module {
    source = "./modules/batch"
  }
  variables {
    cluster   = { cpu = 3000, processes = 40, tls = "/etc/tls" }
    schedules = {}
  }
  expect_failures = [var.cluster]
}

run "batch_refuses_workers_by_two_clocks" {
  command = plan
  module {
    source = "./modules/batch"
  }
  variables {
    schedules = { rebuild = { arguments = ["build"], when = "rate(1 day)", workers = 8 } }
  }
  expect_failures = [var.schedules]
}

run "batch_refuses_more_than_ten_tasks_of_workers" {
  command = plan
  module {
    source = "./modules/batch"
  }
  variables {
    schedules = { rebuild = { arguments = ["build"], when = "cron(0 2 * * ? *)", workers = 11 } }
  }
  expect_failures = [var.schedules]
}

run "batch_refuses_workers_for_what_is_no_build" {
  command = plan
  module {
    source = "./modules/batch"
  }
  variables {
    schedules = { federate = { arguments = ["federate"], when = "cron(0 2 * * ? *)", workers = 1 } }
  }
  expect_failures = [var.schedules]
}

run "batch_refuses_workers_without_a_cluster" {
  command = plan
  module {
    source = "./modules/batch"
  }
  variables {
    cluster   = null
    schedules = { rebuild = { arguments = ["build"], when = "cron(0 2 * * ? *)", workers = 8 } }
  }
  expect_failures = [var.schedules]
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
