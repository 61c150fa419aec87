import json
from importlib import resources
from typing import Any

import jsonschema_rs
import pytest

from app.contract.document import read_document
from app.contract.open import BUILT_IN, open_contract
from app.contract.problems import Problems
from app.contract.standard import check_standard
from tests.contract.declared import COLUMNS, problem, problems, text

HEAD = "apiVersion: v3.2.0\nkind: DataContract\nid: shop\nversion: 1.0.0\n"


def test_the_smallest_contract_is_of_the_standard() -> None:
    found = Problems("f")
    check_standard(read_document(text().encode(), found), found)
    assert not found.found


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_built_in_contract_is_of_the_standard(name: str) -> None:
    found = Problems(name)
    check_standard(read_document(open_contract(name).text.encode(), found), found)
    assert not found.found


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_built_in_contract_with_a_place_and_single_formats_meets_the_json_schema(name: str) -> None:
    root: Any = read_document(open_contract(name).text.encode(), Problems(name)).plain()
    for server in root["servers"]:
        server["location"] = "s3://shop/sales"
    for column in root["schema"][0]["properties"]:
        if isinstance(column.get("logicalTypeOptions", {}).get("format"), list):
            column["logicalTypeOptions"]["format"] = "list"
    schema = resources.files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8")
    validator = jsonschema_rs.validator_for(json.loads(schema))
    assert [fault.message for fault in validator.iter_errors(root)] == []


@pytest.mark.parametrize("key", ["apiVersion", "kind", "id", "version"])
def test_a_missing_key_is_named_with_an_example(key: str) -> None:
    head = "".join(line for line in HEAD.splitlines(keepends=True) if not line.startswith(f"{key}:"))
    assert problem(text(head=head)).startswith(f"1: {key}: the key is missing; add it, for example {key}: ")


def test_a_missing_schema_is_named() -> None:
    assert problem(HEAD).startswith("1: schema: the key is missing; add it")


ONE_OBJECT = "schema: a list of one object is needed, the rows of sales; write a single - name: sales"
COLUMNS_NEEDED = "a list of columns is needed; write each as - {name: invoice_no, physicalName: …}"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("schema:\n    name: sales\n", [f"6: {ONE_OBJECT}"]),
        ("schema: sales\n", [f"5: {ONE_OBJECT}"]),
        ("schema: []\n", [f"5: {ONE_OBJECT}"]),
        ("schema:\n  - name: sales\n    properties: 5\n", [f"7: schema.sales.properties: {COLUMNS_NEEDED}"]),
        (
            "schema:\n  - name: sales\n    propertys: []\n",
            [
                "6: schema.sales.properties: the key is missing; add it with a list of columns",
                "7: schema.sales.propertys: the key is unknown; did you mean properties?",
            ],
        ),
    ],
)
def test_a_schema_without_columns_is_the_only_problem(schema: str, expected: list[str]) -> None:
    assert problems(HEAD + schema) == expected


def test_another_version_of_the_standard_is_refused() -> None:
    document = text(head=HEAD.replace("v3.2.0", "v2.2.2"))
    assert problem(document) == "1: apiVersion: 'v2.2.2' is not supported; write apiVersion: v3.2.0"


def test_another_kind_is_refused() -> None:
    document = text(head=HEAD.replace("DataContract", "DataProduct"))
    assert problem(document) == "2: kind: 'DataProduct' is not supported; write kind: DataContract"


def test_an_unknown_status_is_refused() -> None:
    assert problem(text(tail="status: activ\n")).endswith("status: 'activ' is not a status; did you mean active?")


def test_an_unknown_key_is_refused_with_the_nearest_one() -> None:
    assert (
        problem(text(tail="customProperty: []\n"))
        == "13: customProperty: the key is unknown; did you mean customProperties?"
    )


def test_an_unknown_key_of_a_column_is_refused_with_the_nearest_one() -> None:
    document = text(columns={"quantity": "{name: quantity, physicalname: Qty}"})
    expected = "11: schema.sales.properties.quantity.physicalname: the key is unknown; did you mean physicalName?"
    assert problem(document) == expected


def test_a_number_for_a_text_is_to_be_put_in_quotes() -> None:
    assert (
        problem(text(head=HEAD.replace("1.0.0", "1.0")))
        == '4: version: input should be a valid string; put it in quotes: "1.0"'
    )


def test_synonyms_have_the_form_of_the_standard() -> None:
    document = text(columns={"quantity": "{name: quantity, synonyms: [Qty]}"})
    assert problem(document).endswith("write each as - {synonym: NAME}")


def test_a_mapping_in_place_of_a_list_is_refused() -> None:
    assert any("servers" in found for found in problems(text(tail="servers: {server: a}\n")))


def test_every_fault_is_found_in_one_run() -> None:
    document = text(
        columns={**COLUMNS, "quantity": "{name: quantity, logicaltype: integer}"}, tail="tail: 1\nservrs: []\n"
    )
    assert [found.split(":")[0] for found in problems(document)] == ["11", "13", "14"]
