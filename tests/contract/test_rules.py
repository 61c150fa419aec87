import pytest

from app.contract.rules import MAX_RULES
from tests.contract.declared import contract, problem, text


def rule(**changes: str) -> str:
    keys = {"name": "no_gifts", "type": "custom", "engine": "regulars", "implementation": "\"invoice_no <> 'GIFT'\""}
    return "      - {" + ", ".join(f"{key}: {value}" for key, value in {**keys, **changes}.items() if value) + "}\n"


def test_a_rule_is_a_condition_that_quarantines_by_default() -> None:
    (found,) = contract(rules=rule()).rules
    assert (found.name, found.condition.text, found.severity) == ("no_gifts", "invoice_no <> 'GIFT'", "error")


@pytest.mark.parametrize("severity", ["error", "warning", "critical"])
def test_a_rule_has_a_severity(severity: str) -> None:
    assert contract(rules=rule(severity=severity)).rules[0].severity == severity


def test_rules_of_the_type_text_are_documentation() -> None:
    assert contract(rules="      - {type: text, description: Sales are daily.}\n").rules == ()


def test_a_rule_may_use_the_total_of_a_row() -> None:
    assert contract(rules=rule(implementation='"total_price < 10000"')).rules[0].condition.names == {"total_price"}


def test_a_rule_may_use_other_declared_columns() -> None:
    declared = {"basket": "{name: basket, logicalType: integer}"}
    assert contract(columns=declared, rules=rule(implementation='"basket > 0"')).rules


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "No Gifts"}, "is not a rule name; use at most 63 of a-z, 0-9 and _, a letter first"),
        ({"name": ""}, "'' is not a rule name"),
        ({"name": "valid_quantity"}, "valid_quantity is already an expectation; choose another name"),
        ({"name": "valid_total_price"}, "valid_total_price is already an expectation"),
        ({"name": "parse"}, "parse is already an expectation"),
        ({"name": "plausible_date"}, "plausible_date is already an expectation"),
        ({"severity": "fatal"}, "use one of error, warning, critical"),
        ({"type": "sql"}, "rules of the type sql are not checked by Regulars; write {name: …, type: custom"),
        ({"type": ""}, "rules of the type library are not checked by Regulars"),
        ({"engine": "soda"}, "only the engine regulars is run; write engine: regulars, or type: text"),
        ({"implementation": ""}, "the condition is missing"),
        ({"mustBe": "0"}, "a row rule has no such key"),
        ({"severty": "error"}, "did you mean severity?"),
        ({"implementation": "\"quantity > 'x'\""}, "quality.no_gifts.implementation: "),
        ({"implementation": '"quantty > 1"'}, "quantity"),
        ({"implementation": '"(select 1) = 1"'}, "quality.no_gifts.implementation: "),
    ],
)
def test_a_faulty_rule_is_refused_with_a_remedy(changes: dict[str, str], expected: str) -> None:
    assert expected in problem(text(rules=rule(**changes)))


def test_two_rules_of_one_name_are_refused() -> None:
    assert "no_gifts is already an expectation" in problem(text(rules=rule() + rule()))


def test_too_many_rules_are_refused() -> None:
    rules = "".join(rule(name=f"rule_{number}") for number in range(MAX_RULES + 1))
    assert "at most 200 rules are allowed" in problem(text(rules=rules))
