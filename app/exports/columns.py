"""Columns of a customer in exports, lists and lookups, in the order of every format."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, FromClause

from app.segments.model.segment_table.rows import SchemeName

ColumnType = Literal["text", "date", "integer", "smallint", "amount"]
Origin = Literal["customer", "segment", "assignment"]


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """Column of an exported customer.

    Attributes:
        name: as in the answers of the API.
        type: of its values; amount has two decimals.
        origin: customer: from the customer's state; segment: the same for all customers of a segment; assignment: from
            the customer's state, written behind the segment.
        is_nullable: whether a value may be missing.
    """

    name: str
    type: ColumnType
    origin: Origin
    is_nullable: bool = False


COLUMNS: Final = (
    ExportColumn("customer_id", "text", "customer"),
    ExportColumn("country", "text", "customer", is_nullable=True),
    ExportColumn("first_invoice_date", "date", "customer"),
    ExportColumn("last_invoice_date", "date", "customer"),
    ExportColumn("recency", "integer", "customer"),
    ExportColumn("frequency", "integer", "customer"),
    ExportColumn("monetary", "amount", "customer"),
    ExportColumn("currency", "text", "segment"),
    ExportColumn("scheme", "text", "segment"),
    ExportColumn("segment", "text", "segment"),
    ExportColumn("slug", "text", "segment"),
    ExportColumn("tier", "text", "segment"),
    ExportColumn("cluster", "smallint", "assignment"),
    ExportColumn("segment_since", "date", "assignment"),
    ExportColumn("as_of", "date", "assignment"),
)
NAMES: Final = tuple(column.name for column in COLUMNS)


def columns_from(origin: Origin) -> tuple[ExportColumn, ...]:
    """Return the columns of an origin, in order."""
    return tuple(column for column in COLUMNS if column.origin == origin)


def state_columns(states: FromClause, scheme: SchemeName) -> list[ColumnElement[Any]]:
    """Return the columns that a state of a customer has itself, in their order; the others come from the segment."""
    c = states.c
    computed = {
        "last_invoice_date": (c.as_of - c.recency).label("last_invoice_date"),
        "segment_since": c[f"{scheme}_since"].label("segment_since"),
    }
    names = [column.name for column in COLUMNS if column.origin != "segment"]
    return [computed[name] if name in computed else c[name] for name in names]
