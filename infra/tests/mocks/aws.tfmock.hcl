mock_data "aws_partition" {
  defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
}
mock_data "aws_region" {
  defaults = { name = "ap-southeast-1" }
}
mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}
mock_data "aws_availability_zones" {
  defaults = { names = ["ap-southeast-1a", "ap-southeast-1b"] }
}
mock_data "aws_ec2_managed_prefix_list" {
  defaults = { id = "pl-0123456789abcdef0" }
}
mock_data "aws_iam_policy_document" {
  defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
}
mock_resource "aws_s3_bucket" {
  defaults = { arn = "arn:aws:s3:::mocked" }
}
mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
}
mock_resource "aws_kms_key" {
  defaults = { arn = "arn:aws:kms:ap-southeast-1:123456789012:key/mocked" }
}
mock_resource "aws_dynamodb_table" {
  defaults = { arn = "arn:aws:dynamodb:ap-southeast-1:123456789012:table/mocked" }
}
mock_resource "aws_lambda_function" {
  defaults = {
    arn           = "arn:aws:lambda:ap-southeast-1:123456789012:function:mocked"
    qualified_arn = "arn:aws:lambda:us-east-1:123456789012:function:mocked:1"
    invoke_arn    = "arn:aws:apigateway:ap-southeast-1:lambda:path/2015-03-31/functions/arn:aws:lambda:ap-southeast-1:123456789012:function:mocked/invocations"
  }
}
mock_resource "aws_lambda_layer_version" {
  defaults = { arn = "arn:aws:lambda:ap-southeast-1:123456789012:layer:mocked:1" }
}
mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:ap-southeast-1:123456789012:log-group:mocked" }
}
mock_resource "aws_api_gateway_rest_api" {
  defaults = { id = "mocked1234", execution_arn = "arn:aws:execute-api:ap-southeast-1:123456789012:mocked1234" }
}
mock_resource "aws_api_gateway_stage" {
  defaults = { arn = "arn:aws:apigateway:ap-southeast-1::/restapis/mocked1234/stages/live", invoke_url = "https://mocked1234.execute-api.ap-southeast-1.amazonaws.com/live" }
}
mock_resource "aws_cloudfront_distribution" {
  defaults = { id = "EMOCKED", arn = "arn:aws:cloudfront::123456789012:distribution/EMOCKED", domain_name = "dmocked.cloudfront.net" }
}
mock_resource "aws_wafv2_web_acl" {
  defaults = { arn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/mocked/1" }
}
mock_resource "aws_sns_topic" {
  defaults = { arn = "arn:aws:sns:ap-southeast-1:123456789012:mocked" }
}
mock_resource "aws_lb" {
  defaults = { arn = "arn:aws:elasticloadbalancing:ap-southeast-1:123456789012:loadbalancer/app/mocked/1", arn_suffix = "app/mocked/1", dns_name = "mocked.elb.amazonaws.com" }
}
mock_resource "aws_lb_target_group" {
  defaults = { arn = "arn:aws:elasticloadbalancing:ap-southeast-1:123456789012:targetgroup/mocked/1", arn_suffix = "targetgroup/mocked/1" }
}
mock_resource "aws_lb_listener" {
  defaults = { arn = "arn:aws:elasticloadbalancing:ap-southeast-1:123456789012:listener/app/mocked/1/2" }
}
mock_resource "aws_ecs_cluster" {
  defaults = { arn = "arn:aws:ecs:ap-southeast-1:123456789012:cluster/mocked", id = "arn:aws:ecs:ap-southeast-1:123456789012:cluster/mocked" }
}
mock_resource "aws_ecs_task_definition" {
  defaults = { arn = "arn:aws:ecs:ap-southeast-1:123456789012:task-definition/mocked:1" }
}
mock_resource "aws_efs_file_system" {
  defaults = { arn = "arn:aws:elasticfilesystem:ap-southeast-1:123456789012:file-system/fs-mocked", id = "fs-0123456789abcdef0" }
}
mock_resource "aws_efs_access_point" {
  defaults = { arn = "arn:aws:elasticfilesystem:ap-southeast-1:123456789012:access-point/fsap-mocked", id = "fsap-0123456789abcdef0" }
}
mock_resource "aws_cloudwatch_log_delivery_destination" {
  defaults = { arn = "arn:aws:logs:us-east-1:123456789012:delivery-destination:mocked" }
}
