"""Conditions of a contract: SQL expressions over named columns, restricted to what is safe and portable."""

from collections.abc import Mapping
from dataclasses import dataclass


class InvalidCondition(ValueError):
    """A condition that is malformed, or uses something that is not allowed; the message says where and the remedy."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition.

    Attributes:
        text: as written in the contract.
        names: columns that it uses.
    """

    text: str
    names: frozenset[str]

    def sql(self, expressions: Mapping[str, str]) -> str:
        """Return the condition in PostgreSQL's dialect, with each column replaced by a SQL expression."""
        raise NotImplementedError


def parse_condition(text: str, types: Mapping[str, str]) -> Condition:
    """Parse a condition over columns of these types; raises InvalidCondition."""
    raise NotImplementedError
