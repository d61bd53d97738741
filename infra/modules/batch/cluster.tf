# Builds of many parts: a run that brings a Dask scheduler of its own, and tasks of workers that find it by a file in the
# workspace, which is named after the run. Nothing of it stands between runs: when the command ends, its task ends, the
# scheduler's goodbye ends the workers, and with them their tasks.

locals {
  # EventBridge Scheduler writes in the time for which both schedules of a run were due.
  scheduler_file = "/workspace/.dask-%s-<aws.scheduler.scheduled-time>.json"
  scheduler_port = 8786
  worker_ports   = { worker = [9000, 9099], nanny = [9100, 9199] }

  clustered = { for name, each in var.schedules : name => each if each.workers > 0 }
  cluster   = var.cluster == null ? {} : { it = var.cluster }
  tls       = try(var.cluster.tls, null)
  engine    = "${local.tls == null ? "dask" : "dask+tls"}://127.0.0.1:${local.scheduler_port}?wait=${local.patience_s}"
  # Fargate takes a minute or two to fetch an image and start it.
  patience_s = 900

  dask_tls = local.tls == null ? [] : [
    "--protocol", "tls",
    "--tls-ca-file", "/workspace/${local.tls}/ca.pem",
    "--tls-cert", "/workspace/${local.tls}/cert.pem",
    "--tls-key", "/workspace/${local.tls}/key.pem",
  ]
  scheduler_command = concat(
    ["scheduler", "--port", tostring(local.scheduler_port), "--dashboard-address", "127.0.0.1:8787"], local.dask_tls
  )
  # A tenth of a task's memory is the nannies' and the system's; Dask ends a worker that takes more than its share.
  worker_command = var.cluster == null ? [] : concat([
    "worker",
    "--nworkers", tostring(var.cluster.processes),
    "--nthreads", "1",
    "--memory-limit", "${floor(var.cluster.memory_mib * 0.9 / var.cluster.processes)}MiB",
    "--worker-port", join(":", local.worker_ports.worker),
    "--nanny-port", join(":", local.worker_ports.nanny),
    "--dashboard-address", "127.0.0.1:0",
    "--local-directory", local.scratch,
    "--death-timeout", tostring(local.patience_s),
  ], local.dask_tls)
}

resource "aws_security_group" "cluster" {
  # checkov:skip=CKV2_AWS_5:schedules attach it to each task of a cluster
  for_each    = local.cluster
  name        = "${var.name}-cluster"
  description = "Scheduler and workers of one cluster, among themselves alone"
  vpc_id      = var.network.vpc_id
  tags        = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "cluster" {
  for_each                     = var.cluster == null ? {} : local.cluster_ports
  security_group_id            = aws_security_group.cluster["it"].id
  description                  = "${each.key}, from the cluster"
  ip_protocol                  = "tcp"
  from_port                    = each.value[0]
  to_port                      = each.value[1]
  referenced_security_group_id = aws_security_group.cluster["it"].id
  tags                         = var.tags
}

resource "aws_vpc_security_group_egress_rule" "cluster" {
  for_each                     = var.cluster == null ? {} : local.cluster_ports
  security_group_id            = aws_security_group.cluster["it"].id
  description                  = "${each.key}, in the cluster"
  ip_protocol                  = "tcp"
  from_port                    = each.value[0]
  to_port                      = each.value[1]
  referenced_security_group_id = aws_security_group.cluster["it"].id
  tags                         = var.tags
}

locals {
  cluster_ports = merge(local.worker_ports, { scheduler = [local.scheduler_port, local.scheduler_port] })
}

# --- the run, with its scheduler beside it ---------------------------------------------------------------------------

resource "aws_ecs_task_definition" "cluster" {
  for_each                 = local.cluster
  family                   = "${var.name}-cluster"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.size.cpu
  memory                   = var.size.memory_mib
  execution_role_arn       = aws_iam_role.start.arn
  task_role_arn            = aws_iam_role.run.arn
  tags                     = var.tags

  ephemeral_storage {
    size_in_gib = var.size.disk_gib
  }

  volume {
    name = "workspace"
    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.workspace.id
      transit_encryption = "ENABLED"
      authorization_config {
        access_point_id = aws_efs_access_point.workspace.id
        iam             = "ENABLED"
      }
    }
  }

  volume {
    name = "scratch"
  }

  container_definitions = jsonencode([
    merge(local.container, {
      dependsOn = [{ containerName = "scheduler", condition = "START" }]
    }),
    merge(local.container, {
      name       = "scheduler"
      entryPoint = ["dask"]
      command    = local.scheduler_command
      essential  = false
    }),
  ])
}

# --- workers ---------------------------------------------------------------------------------------------------------

resource "aws_ecs_task_definition" "worker" {
  for_each                 = local.cluster
  family                   = "${var.name}-worker"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.cpu
  memory                   = each.value.memory_mib
  execution_role_arn       = aws_iam_role.start.arn
  task_role_arn            = aws_iam_role.run.arn
  tags                     = var.tags

  ephemeral_storage {
    size_in_gib = each.value.disk_gib
  }

  volume {
    name = "workspace"
    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.workspace.id
      transit_encryption = "ENABLED"
      authorization_config {
        access_point_id = aws_efs_access_point.workspace.id
        iam             = "ENABLED"
      }
    }
  }

  volume {
    name = "scratch"
  }

  # `timeout`: whatever happens to scheduler and network, a worker is not paid for longer.
  container_definitions = jsonencode([merge(local.container, {
    entryPoint = ["timeout", "--kill-after=60", tostring(each.value.hours * 3600), "dask"]
    command    = local.worker_command
    mountPoints = [
      { sourceVolume = "workspace", containerPath = "/workspace", readOnly = true },
      { sourceVolume = "scratch", containerPath = local.scratch, readOnly = false },
    ]
    name = "worker"
  })])
}

# --- by the clock ----------------------------------------------------------------------------------------------------

resource "aws_scheduler_schedule" "workers" {
  # checkov:skip=CKV_AWS_297:what is scheduled is the names of commands
  for_each                     = local.clustered
  name                         = "${var.name}-${each.key}-workers"
  description                  = "${each.value.workers} tasks of workers for: tianlake ${join(" ", each.value.arguments)}"
  schedule_expression          = each.value.when
  schedule_expression_timezone = "Asia/Shanghai"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_ecs_cluster.runs.arn
    role_arn = aws_iam_role.clock.arn
    input    = local.inputs["${each.key}-workers"]

    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.worker["it"].arn
      launch_type         = "FARGATE"
      task_count          = each.value.workers
      propagate_tags      = "TASK_DEFINITION"
      network_configuration {
        assign_public_ip = true
        security_groups  = [aws_security_group.run.id, aws_security_group.cluster["it"].id]
        subnets          = var.network.subnet_ids
      }
    }

    retry_policy {
      maximum_retry_attempts       = 2
      maximum_event_age_in_seconds = 600
    }
  }
}
