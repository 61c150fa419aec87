"""Conditions on a column and a list of values, which is bound as one array."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, any_, literal


def is_any(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Return the condition that a column has one of these values: IN has a parameter for each, of at most 65,535."""
    return column == any_(literal(list(values), ARRAY(column.type)))
