"""What LocalStack in host mode does beside S3 and DynamoDB: functions run, REST APIs call them, the rest is stored."""

from __future__ import annotations

import io
import json
import urllib.request
import uuid
import zipfile
from collections.abc import Mapping
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError
from localstack_kit import LocalStack

ROLE = "arn:aws:iam::000000000000:role/function"
ORIGIN = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}

HANDLER = """
import importlib.util, os, boto3
import helper

def handler(event, context):
    if event.get("fail"):
        raise ValueError("as asked")
    if event.get("exit"):
        os._exit(3)
    while event.get("hang"):
        pass
    print("said something")
    names = [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]]
    foreign = [name for name in ("localstack", "moto", "cryptography", "pip") if importlib.util.find_spec(name)]
    return {"buckets": names, "foreign": foreign, "helper": helper.WORD, "own": os.environ["OWN"],
            "id": context.aws_request_id, "arn": context.invoked_function_arn}

def page(event, context):
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": event["path"] + event["httpMethod"]}
"""


def archive(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as found:
        for name, text in files.items():
            found.writestr(name, text)
    return buffer.getvalue()


def make(localstack: LocalStack, handler: str = "entry.handler", code: str = HANDLER, **more: Any) -> str:
    """Make a function with a layer, wait until it can be called, and return its name."""
    client = localstack.session.client("lambda", endpoint_url=localstack.url)
    layer = client.publish_layer_version(
        LayerName="helper", Content={"ZipFile": archive({"python/helper.py": 'WORD = "of the layer"'})}
    )
    name = f"f-{uuid.uuid4().hex[:8]}"
    client.create_function(
        FunctionName=name,
        Role=ROLE,
        Runtime="python3.11",
        Handler=handler,
        Code={"ZipFile": archive({"entry.py": code})},
        Layers=[layer["LayerVersionArn"]],
        Environment={"Variables": {"OWN": "set"}},
        **more,
    )
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    return name


def invoke(localstack: LocalStack, name: str, event: object) -> tuple[str | None, Any]:
    client = localstack.session.client("lambda", endpoint_url=localstack.url)
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    return answer.get("FunctionError"), json.load(answer["Payload"])


@pytest.fixture(scope="module")
def function(localstack: LocalStack) -> str:
    return make(localstack, Timeout=20)


def test_a_function_runs_with_its_bundle_its_layer_and_boto3_and_nothing_else(
    localstack: LocalStack, function: str
) -> None:
    bucket = localstack.make_bucket()
    error, told = invoke(localstack, function, {})
    assert error is None, told
    assert bucket in told["buckets"], "AWS is reached where LocalStack answers"
    assert (told["foreign"], told["helper"], told["own"]) == ([], "of the layer", "set")
    assert told["arn"].endswith(f":function:{function}")


@pytest.mark.parametrize(
    ("event", "said"), [({"fail": True}, "as asked"), ({"exit": True}, "exit status 3")], ids=["raises", "exits"]
)
def test_a_function_that_fails_says_so_and_is_called_again(
    localstack: LocalStack, function: str, event: object, said: str
) -> None:
    error, told = invoke(localstack, function, event)
    assert (error, said in told["errorMessage"]) == ("Unhandled", True)
    assert invoke(localstack, function, {})[0] is None


def test_a_function_that_takes_too_long_is_ended(localstack: LocalStack) -> None:
    name = make(localstack, Timeout=2)
    error, told = invoke(localstack, name, {"hang": True})
    assert (error, "timed out after 2.00 seconds" in told["errorMessage"]) == ("Unhandled", True)
    busy = [each for each in psutil.Process(localstack.pid).children() if each.cpu_percent(0.2) > 50]
    assert busy == [], "its process was ended"


def test_a_rest_api_calls_a_function(localstack: LocalStack) -> None:
    name = make(localstack, "entry.page")
    api = localstack.session.client("apigateway", endpoint_url=localstack.url)
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    described = {
        "swagger": "2.0",
        "info": {"title": name, "version": "1"},
        "paths": {
            "/{proxy+}": {
                "x-amazon-apigateway-any-method": {
                    "parameters": [{"name": "proxy", "in": "path", "required": True, "type": "string"}],
                    "responses": {},
                    "x-amazon-apigateway-integration": {
                        "type": "aws_proxy",
                        "httpMethod": "POST",
                        "uri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
                    },
                }
            }
        },
    }
    found = api.import_rest_api(body=json.dumps(described).encode())["id"]
    api.create_deployment(restApiId=found, stageName="live")
    url = f"{localstack.url}/restapis/{found}/live/_user_request_/a/b"
    with urllib.request.urlopen(url, timeout=60) as answer:
        assert (answer.status, answer.read()) == (200, b"/a/bGET")


def test_what_nobody_runs_here_is_stored(localstack: LocalStack) -> None:
    client = localstack.session.client
    groups = client("wafv2", endpoint_url=localstack.url).list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
    queues = client("batch", endpoint_url=localstack.url).describe_job_queues()["jobQueues"]
    clusters = client("ecs", endpoint_url=localstack.url).list_clusters()["clusterArns"]
    canaries = client("synthetics", endpoint_url=localstack.url).describe_canaries()["Canaries"]
    apis = client("apigatewayv2", endpoint_url=localstack.url).get_apis()["Items"]
    assert (groups, queues, clusters, canaries, apis) == ([], [], [], [], [])
    repositories = client("ecr", endpoint_url=localstack.url)
    assert repositories.create_repository(repositoryName="builds")["repository"]["repositoryName"] == "builds"
    spent = client("budgets", endpoint_url=localstack.url).describe_budgets(AccountId="000000000000")
    assert spent.get("Budgets", []) == []


def test_what_moto_lacks_is_stored_too(localstack: LocalStack) -> None:
    client = localstack.session.client
    cloudfront = client("cloudfront", endpoint_url=localstack.url)
    wanted = {"Name": "kept", "MinTTL": 0, "DefaultTTL": 5, "MaxTTL": 9}
    made = cloudfront.create_cache_policy(CachePolicyConfig=wanted)
    id_, tag = made["CachePolicy"]["Id"], made["ETag"]
    assert cloudfront.get_cache_policy(Id=id_)["CachePolicy"]["CachePolicyConfig"] == wanted
    with pytest.raises(ClientError, match="PreconditionFailed"):
        cloudfront.update_cache_policy(Id=id_, CachePolicyConfig=wanted, IfMatch="another")
    cloudfront.update_cache_policy(Id=id_, CachePolicyConfig={**wanted, "MaxTTL": 10}, IfMatch=tag)
    assert cloudfront.get_cache_policy(Id=id_)["CachePolicy"]["CachePolicyConfig"]["MaxTTL"] == 10
    cloudfront.delete_cache_policy(Id=id_, IfMatch=tag)
    with pytest.raises(ClientError, match="NoSuchCachePolicy"):
        cloudfront.get_cache_policy(Id=id_)
    efs = client("efs", endpoint_url=localstack.url)
    files = efs.create_file_system(CreationToken="kept")["FileSystemId"]
    efs.put_backup_policy(FileSystemId=files, BackupPolicy={"Status": "ENABLED"})
    assert efs.describe_backup_policy(FileSystemId=files)["BackupPolicy"]["Status"] == "ENABLED"
    balancers = client("elbv2", endpoint_url=localstack.url).describe_load_balancers()["LoadBalancers"]
    scaling = client("application-autoscaling", endpoint_url=localstack.url)
    assert (balancers, scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]) == ([], [])
    budgets = client("budgets", endpoint_url=localstack.url)
    limit = {"Amount": "5", "Unit": "USD"}
    budget = {"BudgetName": "kept", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": limit}
    tags = [{"Key": "tianlake:node", "Value": "156130000"}]
    budgets.create_budget(AccountId="000000000000", Budget=budget, ResourceTags=tags)
    try:
        arn = "arn:aws:budgets::000000000000:budget/kept"
        assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == tags
    finally:
        budgets.delete_budget(AccountId="000000000000", BudgetName="kept")


def test_a_distribution_is_read_back_with_all_its_behaviours_and_hears_invalidations(localstack: LocalStack) -> None:
    client = localstack.session.client("cloudfront", endpoint_url=localstack.url)
    behaviour = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "CachePolicyId": "p"}
    config: dict[str, Any] = {
        "CallerReference": uuid.uuid4().hex,
        "Comment": "before",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "a.example", "CustomOriginConfig": ORIGIN}]},
        "DefaultCacheBehavior": behaviour,
        "CacheBehaviors": {"Quantity": 2, "Items": [{**behaviour, "PathPattern": path} for path in ("/a", "/b")]},
    }
    tags = {"Items": [{"Key": "k", "Value": "v"}]}
    made = client.create_distribution_with_tags(
        DistributionConfigWithTags={"DistributionConfig": config, "Tags": tags}
    )["Distribution"]
    found = client.get_distribution_config(Id=made["Id"])
    assert found["DistributionConfig"] == config
    changed = {**config, "Comment": "after"}
    client.update_distribution(Id=made["Id"], IfMatch=found["ETag"], DistributionConfig=changed)
    assert client.get_distribution(Id=made["Id"])["Distribution"]["DistributionConfig"] == changed
    assert client.list_tags_for_resource(Resource=made["ARN"])["Tags"] == tags
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": "1"}
    client.create_invalidation(DistributionId=made["Id"], InvalidationBatch=batch)
    assert client.list_invalidations(DistributionId=made["Id"])["InvalidationList"]["Quantity"] == 1


def test_a_budget_tells_whom_it_warns_and_whose_it_is(localstack: LocalStack) -> None:
    client = localstack.session.client("budgets", endpoint_url=localstack.url)
    name, account = uuid.uuid4().hex, "000000000000"
    people = [{"SubscriptionType": "EMAIL", "Address": "duty@example.org"}]
    warned = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
    client.create_budget(
        AccountId=account,
        Budget={
            "BudgetName": name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "1", "Unit": "USD"},
        },
        NotificationsWithSubscribers=[{"Notification": warned, "Subscribers": people}],
        ResourceTags=[{"Key": "k", "Value": "v"}],
    )
    asked = {"AccountId": account, "BudgetName": name, "Notification": warned}
    assert client.describe_subscribers_for_notification(**asked)["Subscribers"] == people
    tags = client.list_tags_for_resource(ResourceARN=f"arn:aws:budgets::{account}:budget/{name}")["ResourceTags"]
    assert tags == [{"Key": "k", "Value": "v"}]
    with pytest.raises(ClientError, match="NotFoundException"):
        client.describe_subscribers_for_notification(**{**asked, "Notification": {**warned, "Threshold": 90.0}})
