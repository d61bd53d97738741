output "cluster" {
  description = "Name of the cluster that runs are started in."
  value       = aws_ecs_cluster.runs.name
}

output "task" {
  description = "Name of the task definition of a run."
  value       = aws_ecs_task_definition.run.family
}

output "file_system_id" {
  description = "Id of the file system that holds the workspace."
  value       = aws_efs_file_system.workspace.id
}
