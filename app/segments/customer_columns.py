"""Columns of a customer in lists, lookups and exports, declared once."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, FromClause

from app.segments.model.schemes import AnySchemeName, SchemeName
from app.segments.score_columns import SCORE_NAMES, score_columns

ColumnType = Literal["text", "smallint", "integer", "amount", "date", "number"]
Origin = Literal["customer", "segment", "assignment"]


@dataclass(frozen=True, slots=True)
class CustomerColumn:
    """A column of a customer.

    Attributes:
        name: name in every representation.
        type: type of its values; amount has two decimals, number up to four.
        origin: customer: from the customer's state; segment: the same for all customers of a segment; assignment: from
            the customer's state, written after the segment.
        is_nullable: whether a value may be missing.
        scheme: scheme of which it is a column; None for every scheme.
    """

    name: str
    type: ColumnType
    origin: Origin
    is_nullable: bool = False
    scheme: SchemeName | None = None


CUSTOMER_COLUMNS: Final = (
    CustomerColumn("customer_id", "text", "customer"),
    CustomerColumn("country", "text", "customer", is_nullable=True),
    CustomerColumn("first_invoice_date", "date", "customer"),
    CustomerColumn("last_invoice_date", "date", "customer"),
    CustomerColumn("recency", "integer", "customer"),
    CustomerColumn("frequency", "integer", "customer"),
    CustomerColumn("monetary", "amount", "customer"),
    CustomerColumn("currency", "text", "segment", is_nullable=True),
    CustomerColumn("scheme", "text", "segment"),
    CustomerColumn("segment", "text", "segment"),
    CustomerColumn("slug", "text", "segment"),
    CustomerColumn("tier", "text", "segment"),
    CustomerColumn("cluster", "smallint", "assignment"),
    CustomerColumn("segment_since", "date", "assignment"),
    CustomerColumn("as_of", "date", "assignment"),
    CustomerColumn("expected_purchases", "number", "assignment", is_nullable=True),
    CustomerColumn("clv", "amount", "assignment", is_nullable=True),
    CustomerColumn("p_buys", "number", "assignment", is_nullable=True),
    CustomerColumn("next_order", "date", "assignment", is_nullable=True),
    *(CustomerColumn(name, "smallint", "assignment", scheme="rfm") for name in SCORE_NAMES),
)
"""In the order of columns in exports."""


def columns_of(scheme: str, origin: Origin | None = None) -> tuple[CustomerColumn, ...]:
    """Return the columns of customers in a scheme, in order; with `origin`, those from there."""
    of_scheme = (column for column in CUSTOMER_COLUMNS if column.scheme in (None, scheme))
    return tuple(column for column in of_scheme if origin in (None, column.origin))


def column_names(scheme: str) -> tuple[str, ...]:
    """Return the names of the columns of customers in a scheme, in order."""
    return tuple(column.name for column in columns_of(scheme))


def state_columns(states: FromClause, scheme: AnySchemeName, run: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Return the columns that come from a customer's state, in order; the others come from the segment.

    Args:
        states: states of customers; those of members for `custom`.
        scheme: the scheme.
        run: training run of the states.
    """
    c = states.c
    derived = {"segment_since": c[f"{scheme}_since"], **(score_columns(states, run) if scheme == "rfm" else {})}
    names = [column.name for column in columns_of(scheme) if column.origin != "segment"]
    return [derived[name].label(name) if name in derived else c[name] for name in names]
