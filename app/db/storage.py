"""Disk space of tables, by layer (schema of the database)."""

from dataclasses import dataclass

from sqlalchemy import Connection

from app.db.metadata import SCHEMAS
from app.db.sql import named


@dataclass(frozen=True, slots=True)
class TableSize:
    """Disk space of a table.

    Attributes:
        layer: schema of the table.
        rows: estimated number of rows.
        dead_rows: estimated number of deleted or replaced rows whose space is not free for others yet.
        table_bytes: rows, with large values.
        index_bytes: all indexes.
        total_bytes: both.
    """

    layer: str
    table: str
    rows: int
    dead_rows: int
    table_bytes: int
    index_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class LayerSize:
    """Disk space of all tables of a layer."""

    layer: str
    table_bytes: int
    index_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Storage:
    """Disk space of the database.

    Attributes:
        database_bytes: the whole database, with the catalogs of PostgreSQL.
        layers: the largest first.
        tables: the largest first.
    """

    database_bytes: int
    layers: list[LayerSize]
    tables: list[TableSize]


def read_storage(connection: Connection) -> Storage:
    """Read the disk space of the database and its tables."""
    rows = connection.execute(named(__package__, "read_storage"), {"schemas": list(SCHEMAS)}).mappings().all()
    tables = [TableSize(**{name: value for name, value in row.items() if name != "database_bytes"}) for row in rows]
    layers = [_sum(layer, tables) for layer in sorted({table.layer for table in tables})]
    return Storage(rows[0]["database_bytes"], sorted(layers, key=lambda each: -each.total_bytes), tables)


def _sum(layer: str, tables: list[TableSize]) -> LayerSize:
    own = [table for table in tables if table.layer == layer]
    return LayerSize(
        layer,
        sum(table.table_bytes for table in own),
        sum(table.index_bytes for table in own),
        sum(table.total_bytes for table in own),
    )
