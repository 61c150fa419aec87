"""Customers by the values of other identifiers: e-mail addresses, loyalty cards."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ARRAY, Select, Text, column, func, literal, select, true

from app.db.arrays import is_any
from app.gold.tables import customer_identifier

LONGEST_IDENTIFIER: Final = 256
"""Characters; longer values find no customer."""
LATEST: Final = tuple(customer_identifier.c[name].desc() for name in ("invoice_date", "invoice_no", "customer_id"))
i = customer_identifier.c


def customers_with(name: str, values: Sequence[str]) -> Select[tuple[str]]:
    """Select the customers who have one of these normalised values in a sale that counts."""
    return select(i.customer_id).where(i.name == name, is_any(i.value, values))


def owners(name: str, values: Sequence[str]) -> Select[tuple[str, str]]:
    """Select the normalised values that were found, each with the customer of the latest sale with it."""
    given = (
        func.unnest(literal(list(values), ARRAY(Text)))
        .table_valued(column("value", Text), name="given")
        .render_derived()
    )
    owner = select(i.customer_id).where(i.name == name, i.value == given.c.value).order_by(*LATEST).limit(1).lateral()
    return select(given.c.value, owner.c.customer_id).select_from(given.join(owner, true()))
