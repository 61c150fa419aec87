import pytest

from app.contract.compare import Difference, diff
from app.contract.open import BUILT_IN, open_contract
from tests.contract.declared import contract, custom, server_with


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_contract_does_not_differ_from_itself(name: str) -> None:
    assert diff(open_contract(name), open_contract(name)) == ()


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            {"server": server_with("decimal", '","')},
            Difference("servers.till.decimal", ".", ",", "reading"),
        ),
        (
            {"columns": {"quantity": "{name: quantity, physicalName: Pieces}"}, "server": "type: s3"},
            Difference("columns.quantity.names", "qty", "pieces", "reading"),
        ),
        (
            {
                "columns": {"quantity": "{name: quantity, physicalName: Qty, logicalTypeOptions: {minimum: 1}}"},
                "server": "type: s3",
            },
            Difference("columns.quantity.minimum", None, "1", "validating"),
        ),
        (
            {"custom": custom("returns", "net"), "server": "type: s3"},
            Difference("returns", "exclude", "net", "counting"),
        ),
        (
            {"server": "location: /sales"},
            Difference("servers.till.location", None, "/sales", "none"),
        ),
        (
            {"tail": "name: Shop\n", "server": "type: s3"},
            Difference("name", "shop", "Shop", "none"),
        ),
    ],
)
def test_a_difference_says_where_what_and_its_effect(parts: dict[str, object], expected: Difference) -> None:
    assert diff(contract(server="type: s3"), contract(**parts)) == (expected,)


def test_a_new_column_is_compared_by_what_it_declares() -> None:
    found = diff(contract(), contract(columns={"loyalty": "{name: loyalty, physicalName: Card, required: true}"}))
    assert [(one.where, one.after) for one in found] == [
        ("columns.loyalty.names", "card"),
        ("columns.loyalty.required", "True"),
    ]


def test_a_new_rule_changes_how_rows_are_validated() -> None:
    rule = "      - {name: small, type: custom, engine: regulars, implementation: 'total_price < 10'}\n"
    assert {(one.where, one.effect) for one in diff(contract(), contract(rules=rule))} == {
        ("quality.small.implementation", "validating"),
        ("quality.small.severity", "validating"),
    }


def test_contracts_differ_in_effect_exactly_if_their_hashes_do() -> None:
    first, *others = (open_contract(name) for name in BUILT_IN)
    for other in others:
        assert any(one.effect != "none" for one in diff(first, other)) is (first.sha256 != other.sha256)
