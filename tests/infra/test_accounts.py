"""modules/accounts makes the tables that the code makes."""

from __future__ import annotations

from terraform_kit import INFRA

from tianlake.functions.accounts.dynamodb_tables import EXPIRES, key_schemas
from tianlake.functions.admission.ports import EDGE, LINKS, SUBNETS

PREFIX = "tianlake-156130000"


def test_the_tables_are_those_of_the_code(tested):
    tables = tested.plans["accounts"].of("aws_dynamodb_table")
    made = {each["name"]: tuple(filter(None, (each["hash_key"], each["range_key"]))) for each in tables.values()}
    assert made == key_schemas(PREFIX)
    for each in tables.values():
        assert each["billing_mode"] == "PAY_PER_REQUEST"
        assert {(attribute["name"], attribute["type"]) for attribute in each["attribute"]} == {
            (name, "S") for name in made[each["name"]]
        }


def test_rows_of_days_that_are_over_remove_themselves_from_usage_alone(tested):
    tables = tested.plans["accounts"].of("aws_dynamodb_table")
    expiring = {
        each["name"]: each["ttl"][0]["attribute_name"]
        for each in tables.values()
        if each["ttl"] and each["ttl"][0]["enabled"]
    }
    assert expiring == {f"{PREFIX}-usage": EXPIRES}


def test_who_lets_in_changes_no_account(tested):
    plan = tested.plans["accounts"]
    said = {each["sid"]: each for each in plan.resources["data.aws_iam_policy_document.door"]["statement"]}
    assert {action for each in said.values() for action in each["actions"]} == {
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
        "dynamodb:PutItem",
        "kms:Decrypt",
    }


def test_who_lets_in_reads_the_secrets_that_it_needs_and_not_the_one_that_signs(tested):
    said = {
        each["sid"]: each
        for each in tested.plans["accounts"].resources["data.aws_iam_policy_document.door"]["statement"]
    }
    (condition,) = said["SecretsThatLetIn"]["condition"]
    assert (condition["test"], condition["variable"]) == ("ForAllValues:StringEquals", "dynamodb:LeadingKeys")
    assert set(condition["values"]) == {EDGE, LINKS, SUBNETS}
    text = (INFRA / "modules/accounts/policies.tf").read_text().partition('"desk"')[0]
    assert text.count('["secrets"]') == 1, "no other statement of the door names the table"
    assert "for table in" not in text
