r"""Conditions of a contract: SQL expressions over named columns, restricted to safe and portable constructs.

A condition is one boolean expression of the PostgreSQL dialect: comparisons, `and`, `or`, `not`, `+ - * / %`,
`is [not] null`, `in`, `between`, `like`, `ilike`, `~`, `~*` and their negations, `case`, literals, `date '2026-01-01'`,
columns, and the functions in `FUNCTIONS`. None of them can fail, whatever is in the columns: a division by zero is
null, and so is a cast of a text that is not a number. A condition that is null does not hold: callers write
`coalesce(condition, false)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NoReturn

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import ParseError, SqlglotError, TokenError

from app.contract.conditions_check import Checker
from app.contract.conditions_errors import InvalidCondition, raise_invalid_at
from app.contract.conditions_language import FUNCTIONS, example_for

__all__ = ["FUNCTIONS", "Condition", "InvalidCondition", "parse_condition"]

MAX_LENGTH: Final = 4000
MAX_TOKENS: Final = 500
MAX_NESTING: Final = 20
OPENING: Final = (TokenType.L_PAREN, TokenType.CASE, TokenType.NOT, TokenType.DASH)
NOT_ALLOWED: Final = {
    TokenType.SEMICOLON: "one condition only; join several with and",
    TokenType.PARAMETER: "parameters are not allowed; write the value",
    TokenType.PLACEHOLDER: "parameters are not allowed; write the value",
    TokenType.COLON: "parameters are not allowed; write the value",
    TokenType.BYTE_STRING: "write texts as 'text', without E",
    TokenType.HEREDOC_STRING: "write texts as 'text'",
    TokenType.HEX_STRING: "write numbers as digits",
    TokenType.BIT_STRING: "write numbers as digits",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition.

    Attributes:
        text: as written in the contract.
        names: columns that it uses.
        types: types of these columns, by name.
    """

    text: str
    names: frozenset[str]
    types: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def sql(self, expressions: Mapping[str, str]) -> str:
        """Return the condition in PostgreSQL's dialect, with each column replaced by a SQL expression.

        The result is boolean or null. It is plain SQL: a text literal in it may contain colons, which
        `app.contract.quoting.escape_colons` escapes where it becomes part of a statement for SQLAlchemy's text().

        Args:
            expressions: by the name of the column; of its type: text, integer, numeric, date or boolean.
        """
        tree = _checked(self.text, self.types).copy()
        for node in reversed(list(tree.walk())):
            whole = node
            if isinstance(node, exp.Column):
                expression = expressions[node.name]
                whole = exp.Var(this=expression if _is_name(expression) else f"({expression})")
            if node.meta.get("is_integer_operand"):  # the product of two integers may be none
                whole = exp.Cast(this=whole.copy(), to=exp.DataType.build("numeric", dialect="postgres"))
            if whole is not node:
                tree = whole if node is tree else tree
                node.replace(whole)
            if isinstance(node, exp.Div):
                node.set("typed", True)  # PostgreSQL's own division
        return tree.sql(dialect="postgres", normalize_functions="lower")

    def expression(self) -> exp.Expr:
        """Return the checked expression, which sqlglot renders in other dialects: `.sql("spark")`."""
        return _checked(self.text, self.types).copy()


def parse_condition(text: str, types: Mapping[str, str]) -> Condition:
    """Parse a condition over columns of these types; raises InvalidCondition.

    Args:
        types: `string`, `integer`, `number`, `date` or `boolean`, by the name of the column.
    """
    known = tuple(sorted(types.items()))
    names = frozenset(column.name for column in _checked(text, known).find_all(exp.Column))
    return Condition(text, names, tuple((name, type_) for name, type_ in known if name in names))


def _is_name(expression: str) -> bool:
    return all(part.isidentifier() for part in expression.split("."))


@lru_cache(maxsize=1000)
def _checked(text: str, types: tuple[tuple[str, str], ...]) -> exp.Expr:
    example = example_for(dict(types))
    _check_tokens(text, example)
    try:
        tree = sqlglot.parse_one(text, dialect="postgres", into=exp.Condition)
    except ParseError as error:
        causes = error.__cause__.errors if isinstance(error.__cause__, ParseError) else error.errors
        _raise_unparsed(text, causes, example)
    except (SqlglotError, RecursionError):
        raise InvalidCondition(f"{text[:60]!r} is not a SQL condition, such as {example}") from None
    return Checker(text, dict(types)).condition(tree)


def _check_tokens(text: str, example: str) -> None:
    if len(text) > MAX_LENGTH:
        raise InvalidCondition(f"the condition has {len(text):,} characters; write several of up to {MAX_LENGTH:,}")
    try:
        tokens = sqlglot.tokenize(text, read="postgres")
    except TokenError:
        raise InvalidCondition(f"{text[:60]!r} has a quote that is not closed") from None
    if not tokens:
        raise InvalidCondition(f"the condition is empty; write one, such as {example}")
    for token in tokens:
        if token.comments:
            raise_invalid_at(text, token.start, "comments are not allowed; remove it")
        if token.token_type in NOT_ALLOWED:
            raise_invalid_at(text, token.start, NOT_ALLOWED[token.token_type])
    if len(tokens) > MAX_TOKENS or sum(token.token_type in OPENING for token in tokens) > MAX_NESTING * 10:
        raise InvalidCondition(f"the condition has {len(tokens)} words and signs; write several of up to {MAX_TOKENS}")
    _check_nesting(text, tokens)


def _check_nesting(text: str, tokens: list[sqlglot.Token]) -> None:
    depth = run = 0
    for token in tokens:
        depth += token.token_type in (TokenType.L_PAREN, TokenType.CASE)
        depth -= token.token_type in (TokenType.R_PAREN, TokenType.END)
        run = run + 1 if token.token_type in (TokenType.NOT, TokenType.DASH, TokenType.PLUS) else 0
        if depth > MAX_NESTING or run > MAX_NESTING:
            raise_invalid_at(text, token.start, "the condition is nested too deep; write several")


def _raise_unparsed(text: str, errors: list[dict[str, object]], example: str) -> NoReturn:
    for error in errors:
        line, column, highlight = error.get("line"), error.get("col"), error.get("highlight")
        if isinstance(line, int) and isinstance(column, int) and isinstance(highlight, str):
            start = sum(map(len, text.split("\n")[: line - 1])) + line - 1 + column - len(highlight)
            raise_invalid_at(text, max(start, 0), f"this is not a SQL condition here; write e.g. {example}")
    raise InvalidCondition(f"{text[:60]!r} is not a SQL condition, such as {example}")
