"""Columns of a customer in lists, lookups and exports, declared once."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, FromClause

from app.segments.model.segment_table.rows import SchemeName

ColumnType = Literal["text", "smallint", "integer", "decimal", "date"]


@dataclass(frozen=True, slots=True)
class CustomerColumn:
    """A column of a customer.

    Attributes:
        name: name in every representation.
        type: type of its values.
        is_of_segment: whether all customers of a segment have the same value.
        is_nullable: whether the value may be missing.
    """

    name: str
    type: ColumnType
    is_of_segment: bool = False
    is_nullable: bool = False


CUSTOMER_COLUMNS: Final = (
    CustomerColumn("customer_id", "text"),
    CustomerColumn("country", "text", is_nullable=True),
    CustomerColumn("first_invoice_date", "date"),
    CustomerColumn("last_invoice_date", "date"),
    CustomerColumn("recency", "integer"),
    CustomerColumn("frequency", "integer"),
    CustomerColumn("monetary", "decimal"),
    CustomerColumn("currency", "text", is_of_segment=True),
    CustomerColumn("scheme", "text", is_of_segment=True),
    CustomerColumn("segment", "text", is_of_segment=True),
    CustomerColumn("slug", "text", is_of_segment=True),
    CustomerColumn("tier", "text", is_of_segment=True),
    CustomerColumn("cluster", "smallint"),
    CustomerColumn("segment_since", "date"),
    CustomerColumn("as_of", "date"),
)
"""In the order of the files; the columns of the segment are neighbours."""


def state_columns(states: FromClause, scheme: SchemeName) -> list[ColumnElement[Any]]:
    """Return the columns that a state of a customer has itself, in their order; the others come from the segment."""
    c = states.c
    derived = {
        "last_invoice_date": (c.as_of - c.recency).label("last_invoice_date"),
        "segment_since": c[f"{scheme}_since"].label("segment_since"),
    }
    names = [column.name for column in CUSTOMER_COLUMNS if not column.is_of_segment]
    return [derived[name] if name in derived else c[name] for name in names]
