"""Error of an invalid condition, with its line and column."""

from typing import NoReturn

from sqlglot import exp


class InvalidCondition(ValueError):
    """A condition that is malformed, or uses something that is not allowed; the message says where and the remedy."""


def raise_invalid(text: str, node: exp.Expr, problem: str) -> NoReturn:
    """Raise InvalidCondition for a node of a parsed condition."""
    starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
    raise_invalid_at(text, min(starts, default=0), problem)


def raise_invalid_at(text: str, start: int, problem: str) -> NoReturn:
    """Raise InvalidCondition for the part of a condition that begins at a character."""
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    shown = text[start:].split("\n", 1)[0][:30].strip()
    raise InvalidCondition(f"line {line}, column {column} (at {shown!r}): {problem}")
