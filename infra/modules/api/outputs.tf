output "functions" {
  description = "Name of each function: api, web, stac."
  value       = { for name, function in aws_lambda_function.function : name => function.function_name }
}

output "url" {
  description = "Base URL of the API, without a final slash."
  value       = aws_api_gateway_stage.live.invoke_url
}

output "domain_name" {
  description = "Host of the API, for an origin."
  value       = "${aws_api_gateway_rest_api.functions.id}.execute-api.${data.aws_region.here.name}.${data.aws_partition.here.dns_suffix}"
}

output "path" {
  description = "Path of the stage, which comes before every route."
  value       = "/${aws_api_gateway_stage.live.stage_name}"
}

output "stage_arn" {
  description = "ARN of the stage, for a web ACL."
  value       = aws_api_gateway_stage.live.arn
}

output "api_name" {
  description = "Name of the API, as its metrics have it."
  value       = aws_api_gateway_rest_api.functions.name
}
