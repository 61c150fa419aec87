"""Check of the texts that a column is compared with, where all its values are known."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from sqlglot import exp

from app.contract.conditions import Condition
from app.contract.conditions_errors import raise_invalid


def check_texts(condition: Condition, known: Mapping[str, Collection[str]]) -> None:
    """Raise InvalidCondition for a comparison by `=`, `<>` or `in` with a text that a column never has.

    Args:
        condition: a checked condition.
        known: all values of columns, by the name of the column.
    """
    for node in condition.expression().find_all(exp.EQ, exp.NEQ, exp.In):
        parts = [part.unnest() for part in (node.this, *node.expressions, node.args.get("expression")) if part]
        columns = [part.name for part in parts if isinstance(part, exp.Column) and part.name in known]
        texts = [part for part in parts if isinstance(part, exp.Literal) and part.is_string]
        for column in columns:
            for text in texts:
                if text.name not in known[column]:
                    raise_invalid(condition.text, text, _problem(column, text.name, known[column]))


def _problem(column: str, text: str, values: Collection[str]) -> str:
    near = get_close_matches("-".join(text.lower().split()), values, n=1, cutoff=0.5)
    remedy = f"did you mean {near[0]!r}?" if near else f"its values are {', '.join(map(repr, values))}"
    return f"{column} is never {text[:80]!r}; {remedy}"
