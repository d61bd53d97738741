# Three roles: the clock starts a run, ECS fetches its image and keeps its log, and the run works on lake and workspace.

data "aws_iam_policy_document" "trust" {
  for_each = { tasks = "ecs-tasks.amazonaws.com", clock = "scheduler.amazonaws.com" }
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = [each.value]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.here.account_id]
    }
  }
}

data "aws_iam_policy_document" "clock" {
  statement {
    sid       = "StartRuns"
    actions   = ["ecs:RunTask"]
    resources = [for kind in ["", "-cluster", "-worker"] : "${local.arn}:ecs:${local.here}:task-definition/${var.name}${kind}:*"]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.runs.arn]
    }
  }
  statement {
    sid       = "TagRuns"
    actions   = ["ecs:TagResource"]
    resources = ["${local.arn}:ecs:${local.here}:task/${var.name}/*"]
  }
  statement {
    sid       = "HandRolesOn"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.start.arn, aws_iam_role.run.arn]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "start" {
  # checkov:skip=CKV_AWS_356:GetAuthorizationToken is of the registry as a whole and knows no resource
  statement {
    sid       = "KnowTheRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    sid       = "FetchTheImage"
    actions   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
    resources = [local.repository_arn]
  }
  statement {
    sid       = "WriteTheLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.run.arn}:*"]
  }
}

data "aws_iam_policy_document" "run" {
  source_policy_documents = var.policies
  statement {
    sid       = "MountTheWorkspace"
    actions   = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    resources = [aws_efs_file_system.workspace.arn]
    condition {
      test     = "StringEquals"
      variable = "elasticfilesystem:AccessPointArn"
      values   = [aws_efs_access_point.workspace.arn]
    }
  }
}

resource "aws_iam_role" "clock" {
  name               = "${var.name}-clock"
  assume_role_policy = data.aws_iam_policy_document.trust["clock"].json
  tags               = var.tags
}

resource "aws_iam_role_policy" "clock" {
  name   = "start-runs"
  role   = aws_iam_role.clock.id
  policy = data.aws_iam_policy_document.clock.json
}

resource "aws_iam_role" "start" {
  name               = "${var.name}-start"
  assume_role_policy = data.aws_iam_policy_document.trust["tasks"].json
  tags               = var.tags
}

resource "aws_iam_role_policy" "start" {
  name   = "start"
  role   = aws_iam_role.start.id
  policy = data.aws_iam_policy_document.start.json
}

resource "aws_iam_role" "run" {
  name               = "${var.name}-run"
  assume_role_policy = data.aws_iam_policy_document.trust["tasks"].json
  tags               = var.tags
}

resource "aws_iam_role_policy" "run" {
  name   = "run"
  role   = aws_iam_role.run.id
  policy = data.aws_iam_policy_document.run.json
}
