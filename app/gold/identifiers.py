"""Customers by the values of other identifiers: e-mail addresses, loyalty cards."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, Select, Text, any_, literal, select

from app.gold.tables import customer_identifier

LONGEST_IDENTIFIER: Final = 256
"""Characters; longer values find nobody."""
LATEST: Final = tuple(customer_identifier.c[name].desc() for name in ("invoice_date", "invoice_no", "customer_id"))
i = customer_identifier.c


def owner(name: str, value: str) -> ColumnElement[Any]:
    """Return the customer of the latest sale with a normalised value, as a scalar of SQL."""
    found = select(i.customer_id).where(i.name == name, i.value == value)
    return found.order_by(*LATEST).limit(1).scalar_subquery()


def owners(name: str, values: Sequence[str]) -> Select[tuple[str, str]]:
    """Select the normalised values that were found, each with the customer of the latest sale."""
    is_requested = i.value == any_(literal(list(values), ARRAY(Text)))
    found = select(i.value, i.customer_id).where(i.name == name, is_requested)
    return found.distinct(i.value).order_by(i.value, *LATEST)
