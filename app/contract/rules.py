"""Row rules of a contract: the conditions in the `quality` section of its schema."""

import re
from collections.abc import Mapping
from typing import Final, get_args

from app.contract.conditions import Condition, InvalidCondition, parse_condition
from app.contract.document import Entry
from app.contract.expectations import PARSE, PLAUSIBLE_DATE, VALID, VALID_TOTAL
from app.contract.fields import Fields, fields_of
from app.contract.model import Column, RowRule, Severity
from app.contract.problems import Problems

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
DERIVED: Final[Mapping[str, str]] = {"total_price": "number"}
"""Columns of the silver layer that every contract has, with their types."""
BUILT_IN_EXPECTATIONS: Final = (PARSE, PLAUSIBLE_DATE, VALID_TOTAL)
TYPES: Final = ("custom", "text")
ENGINE: Final = "regulars"
METRICS: Final = [
    "metric",
    "rule",
    "arguments",
    "query",
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
    "schedule",
    "scheduler",
]
"""Keys of the standard's rules on whole tables."""
MAX_RULES: Final = 200


def column_types(columns: tuple[Column, ...]) -> dict[str, str]:
    """Return the types of the names that conditions on rows can use."""
    return {**DERIVED, **{column.name: column.type for column in columns}}


def read_condition(fields: Fields, name: str, columns: tuple[Column, ...]) -> Condition | None:
    """Return a condition on rows; None if there is none, or an invalid one."""
    if name not in fields:
        return None
    try:
        return parse_condition(fields.text(name), column_types(columns))
    except InvalidCondition as error:
        fields.add(name, f"{error}")
        return None


def read_rules(schema: Entry, columns: tuple[Column, ...], problems: Problems) -> tuple[RowRule, ...]:
    """Return the row rules of a schema in their order; rules of the type `text` are documentation."""
    listed = schema.fields.get("quality")
    entries = [entry for entry in listed.items if isinstance(entry.value, dict)] if listed else []
    if len(entries) > MAX_RULES:
        problems.add(
            entries[MAX_RULES].line, entries[MAX_RULES].key, f"at most {MAX_RULES} rules are allowed; remove some"
        )
    taken = {*BUILT_IN_EXPECTATIONS, *(f"{VALID}{column.name}" for column in columns)}
    rules = []
    for entry in entries[:MAX_RULES]:
        rule = _rule(entry, columns, taken, problems)
        if rule is not None:
            taken.add(rule.name)
            rules.append(rule)
    return tuple(rules)


def _rule(entry: Entry, columns: tuple[Column, ...], taken: set[str], problems: Problems) -> RowRule | None:
    fields = fields_of(entry, problems)
    form = "write {name: …, type: custom, engine: regulars, implementation: CONDITION}"
    if fields.text("type") not in TYPES:
        what = f"rules of the type {fields.text('type', 'library')} are not checked by Regulars"
        fields.add("type", f"{what}; {form}")
        return None
    if fields.text("type") == "text":
        return None
    fields.reject(METRICS, f"a row rule has no such key; {form}")
    if fields.text("engine") != ENGINE:
        fields.add("engine", f"only the engine {ENGINE} is run; write engine: {ENGINE}, or type: text to document only")
    name = fields.text("name")
    if not NAME.fullmatch(name):
        fields.add("name", f"{name[:80]!r} is not a rule name; use at most 63 of a-z, 0-9 and _, a letter first")
    elif name in taken:
        fields.add("name", f"{name} is already an expectation; choose another name")
    if "implementation" not in fields:
        fields.add("implementation", f"the condition is missing; {form}")
    condition = read_condition(fields, "implementation", columns)
    severity = fields.word("severity", get_args(Severity), "error")
    return RowRule(name, condition, severity, fields.text("description")) if condition else None
