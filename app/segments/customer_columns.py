"""Columns of a customer in lists, lookups and exports, declared once."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, FromClause

from app.segments.model.segment_table.rows import SchemeName

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
    """

    name: str
    type: ColumnType
    origin: Origin
    is_nullable: bool = False


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
)
"""In the order of columns in exports."""
COLUMN_NAMES: Final = tuple(column.name for column in CUSTOMER_COLUMNS)


def columns_from(origin: Origin) -> tuple[CustomerColumn, ...]:
    """Return the columns of an origin, in order."""
    return tuple(column for column in CUSTOMER_COLUMNS if column.origin == origin)


def state_columns(states: FromClause, scheme: SchemeName) -> list[ColumnElement[Any]]:
    """Return the columns that come from a customer's state, in order; the others come from the segment."""
    c = states.c
    derived = {
        "segment_since": c[f"{scheme}_since"].label("segment_since"),
    }
    names = [column.name for column in CUSTOMER_COLUMNS if column.origin != "segment"]
    return [derived[name] if name in derived else c[name] for name in names]
