# Runs of the tianlake command by the clock, and builds that are too large for a desk: containers that end with their
# work, on a workspace that stays (EFS): recipes, sources, keys of the node.

data "aws_region" "here" {}
data "aws_partition" "here" {}
data "aws_caller_identity" "here" {}

locals {
  # The image has it as a volume of its user's: what Fargate mounts elsewhere belongs to root.
  scratch        = "/srv/tianlake"
  owner          = 1000
  arn            = "arn:${data.aws_partition.here.partition}"
  here           = "${data.aws_region.here.name}:${data.aws_caller_identity.here.account_id}"
  path           = split("/", split("@", var.image)[0])
  repository     = split(":", join("/", slice(local.path, min(1, length(local.path) - 1), length(local.path))))[0]
  repository_arn = "${local.arn}:ecr:${local.here}:repository/${local.repository}"
}

# --- the workspace ---------------------------------------------------------------------------------------------------

resource "aws_efs_file_system" "workspace" {
  # checkov:skip=CKV_AWS_184:encrypted with AWS's own key for EFS; whoever may mount it is decided by its policy and network
  encrypted = true
  tags      = merge(var.tags, { Name = var.name })

  lifecycle_policy {
    transition_to_ia = "AFTER_90_DAYS"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_efs_backup_policy" "workspace" {
  file_system_id = aws_efs_file_system.workspace.id
  backup_policy {
    status = "ENABLED"
  }
}

resource "aws_efs_access_point" "workspace" {
  file_system_id = aws_efs_file_system.workspace.id
  tags           = var.tags
  posix_user {
    uid = local.owner
    gid = local.owner
  }
  root_directory {
    path = "/workspace"
    creation_info {
      owner_uid   = local.owner
      owner_gid   = local.owner
      permissions = "0700"
    }
  }
}

resource "aws_efs_mount_target" "workspace" {
  count           = length(var.network.subnet_ids)
  file_system_id  = aws_efs_file_system.workspace.id
  subnet_id       = var.network.subnet_ids[count.index]
  security_groups = [aws_security_group.workspace.id]
}

resource "aws_security_group" "workspace" {
  name        = "${var.name}-workspace"
  description = "NFS from runs alone"
  vpc_id      = var.network.vpc_id
  tags        = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "workspace" {
  security_group_id            = aws_security_group.workspace.id
  description                  = "NFS from runs"
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
  referenced_security_group_id = aws_security_group.run.id
  tags                         = var.tags
}

resource "aws_security_group" "run" {
  # checkov:skip=CKV2_AWS_5:schedules attach it to each run
  name        = "${var.name}-run"
  description = "Nothing in; out to the workspace, other nodes, S3, DynamoDB and the registry"
  vpc_id      = var.network.vpc_id
  tags        = var.tags
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.run.id
  description       = "HTTPS: other nodes, S3, DynamoDB, the registry"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
  tags              = var.tags
}

resource "aws_vpc_security_group_egress_rule" "workspace" {
  security_group_id            = aws_security_group.run.id
  description                  = "NFS to the workspace"
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
  referenced_security_group_id = aws_security_group.workspace.id
  tags                         = var.tags
}

# --- runs ------------------------------------------------------------------------------------------------------------

resource "aws_cloudwatch_log_group" "run" {
  # checkov:skip=CKV_AWS_158:logs hold no keys; CloudWatch encrypts them with its own key
  name              = "/tianlake/${var.name}"
  retention_in_days = var.log_days
  tags              = var.tags
}

resource "aws_ecs_cluster" "runs" {
  name = var.name
  tags = var.tags
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

locals {
  # Of a run: other tasks have some of it otherwise.
  container = {
    name                   = "tianlake"
    image                  = var.image
    entryPoint             = ["tianlake", "-C", "/workspace"]
    command                = ["--help"]
    essential              = true
    readonlyRootFilesystem = true
    mountPoints = [
      { sourceVolume = "workspace", containerPath = "/workspace", readOnly = false },
      { sourceVolume = "scratch", containerPath = local.scratch, readOnly = false },
    ]
    environment = [
      { name = "AWS_REGION", value = data.aws_region.here.name },
      { name = "HOME", value = local.scratch },
      { name = "TMPDIR", value = local.scratch },
    ]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.run.name
        awslogs-region        = data.aws_region.here.name
        awslogs-stream-prefix = "run"
      }
    }
  }
}

resource "aws_ecs_task_definition" "run" {
  family                   = var.name
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

  container_definitions = jsonencode([local.container])
}

# --- by the clock ----------------------------------------------------------------------------------------------------

locals {
  inputs = { for name, overrides in merge(
    { for name, each in var.schedules : name => [{ name = "tianlake", command = each.arguments }] if each.workers == 0 },
    { for name, each in local.clustered : name => [
      { name = "tianlake", command = concat(each.arguments, ["--engine", local.engine]) },
      { name = "scheduler", command = concat(local.scheduler_command, ["--scheduler-file", format(local.scheduler_file, name)]) },
    ] },
    { for name, each in local.clustered : "${name}-workers" => [
      { name = "worker", command = concat(local.worker_command, ["--scheduler-file", format(local.scheduler_file, name)]) },
    ] },
    # Terraform writes < and > in JSON as \u003c and \u003e, where EventBridge Scheduler would not know its own words.
  ) : name => replace(replace(jsonencode({ containerOverrides = overrides }), "\\u003c", "<"), "\\u003e", ">") }
}

resource "aws_scheduler_schedule" "run" {
  # checkov:skip=CKV_AWS_297:what is scheduled is the names of commands
  for_each                     = var.schedules
  name                         = "${var.name}-${each.key}"
  description                  = "tianlake ${join(" ", each.value.arguments)}"
  schedule_expression          = each.value.when
  schedule_expression_timezone = "Asia/Shanghai"

  # Workers wait for their scheduler, but not for long.
  flexible_time_window {
    mode                      = each.value.workers > 0 ? "OFF" : "FLEXIBLE"
    maximum_window_in_minutes = each.value.workers > 0 ? null : 5
  }

  target {
    arn      = aws_ecs_cluster.runs.arn
    role_arn = aws_iam_role.clock.arn
    input    = local.inputs[each.key]

    ecs_parameters {
      task_definition_arn = each.value.workers > 0 ? aws_ecs_task_definition.cluster["it"].arn : aws_ecs_task_definition.run.arn
      launch_type         = "FARGATE"
      task_count          = 1
      propagate_tags      = "TASK_DEFINITION"
      network_configuration {
        assign_public_ip = true
        security_groups  = concat([aws_security_group.run.id], each.value.workers > 0 ? [aws_security_group.cluster["it"].id] : [])
        subnets          = var.network.subnet_ids
      }
    }

    retry_policy {
      maximum_retry_attempts       = 2
      maximum_event_age_in_seconds = 3600
    }
  }
}

# Every one of these commands exits with something else than 0 where somebody should look.
resource "aws_cloudwatch_event_rule" "failed" {
  name        = "${var.name}-failed"
  description = "A run of ${var.name} ended with something else than 0"
  tags        = var.tags
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail = {
      clusterArn = [aws_ecs_cluster.runs.arn]
      lastStatus = ["STOPPED"]
      containers = { exitCode = [{ anything-but = 0 }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "failed" {
  rule = aws_cloudwatch_event_rule.failed.name
  arn  = var.topic_arn
}
