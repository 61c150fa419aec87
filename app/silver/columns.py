"""Columns of a contract in the statement that validates a file: as received, filled, and typed."""

from dataclasses import dataclass
from typing import Final

from app.contract.boolean_words import FALSE_WORDS, TRUE_WORDS
from app.contract.dates_sql import DateSql
from app.contract.model import Column, Contract, Dialect
from app.contract.quoting import escape_colons
from app.db.sql import rendered
from app.silver.expressions import (
    decimal_number,
    integer,
    number_text,
    typed_id,
    typed_text,
    without_null_words,
)

PRECISIONS: Final = {"quantity": (14, 3), "unit_price": (10, 2), "line_total": (14, 2)}
BRONZE: Final = "bronze.sales_row"
OTHER_PRECISION: Final = (24, 6)


@dataclass(frozen=True, slots=True)
class DateColumn:
    """Parts of the statement that reads the dates of a column; see DateSql.

    Attributes:
        text: expression of the text.
        days: common table expressions with the day of each distinct text.
        join: join of these days to the rows.
        day: expression of the day of a row.
    """

    text: str
    days: str
    join: str
    day: str


def date_column(column: Column, dialect: Dialect) -> DateColumn:
    """Return the parts of the statement that read a column of dates, each distinct text of a file once."""
    name, dates, written = column.name, DateSql(column.formats, dialect.timezone), f"date_{column.name}"
    slots = {
        "column": name,
        "text": written,
        "key": dates.key(written),
        "days": dates.days(f"keys_of_{name}", "date_key"),
        "day": dates.day(f"k.{written}", "k.date_key", "d.day"),
    }
    days = escape_colons(rendered(__package__, "days", slots).rstrip())
    join = f"left join days_of_{name} as d_{name} on d_{name}.{written} = t.{written}"
    return DateColumn(filled_text(column, dialect), days, join, f"d_{name}.day")


def typed_name(column: Column) -> str:
    """Return the name of a column's typed value; names from the contract get a prefix, as they may be SQL keywords."""
    return column.name if column.is_known else f"own_{column.name}"


def typed_names(contract: Contract) -> dict[str, str]:
    """Return the names of values by the names that conditions of the contract use."""
    return {column.name: typed_name(column) for column in contract.columns} | {"total_price": "total_price"}


def received(column: Column) -> str:
    """Return the expression of a column in bronze, of the alias `b`."""
    if column.is_known:
        return f"b.{column.bronze_name}"
    return f"b.rescued_data ->> '{column.name}'"


def filled_text(column: Column, dialect: Dialect) -> str:
    """Return the expression of a column without null words and filled down, over `raw_<name>`."""
    raw = without_null_words(f"raw_{column.name}", dialect)
    if dialect.fill_down is not None and column.name in dialect.fill_down.columns:
        return f"coalesce(nullif(btrim({raw}), ''), first_{column.name})"
    return raw


def first_rows(contract: Contract, dialect: Dialect) -> str:
    """Return the join of the first value in each group of the columns that are filled down; empty without any."""
    fill = dialect.fill_down
    if fill is None:
        return ""
    by = next(received(column) for column in contract.columns if column.name == fill.by)
    filled = {
        column.name: without_null_words(received(column), dialect)
        for column in contract.columns
        if column.name in fill.columns
    }
    firsts = [
        f"(array_agg({text} order by b.line_no)\n            filter (where btrim({text}) <> ''))[1] as first_{name}"
        for name, text in filled.items()
    ]
    return rendered(__package__, "first_rows", {"by": by, "firsts": ", ".join(firsts)}).rstrip()


def number(column: Column, dialect: Dialect) -> str | None:
    """Return the expression of the text from which a number is parsed; None for columns of other types."""
    return number_text(filled_text(column, dialect), dialect) if column.type in {"integer", "number"} else None


def typed(column: Column, dialect: Dialect) -> str:
    """Return the expression of a column's typed value; for dates, see `date_column`."""
    if column.name == "customer_id":
        return typed_id(column, filled_text(column, dialect))
    if column.type == "integer":
        return integer(f"text_{column.name}")
    if column.type == "number":
        minimum = column.minimum if column.minimum is not None else column.exclusive_minimum
        return decimal_number(f"text_{column.name}", *PRECISIONS.get(column.name, OTHER_PRECISION), minimum)
    if column.type == "boolean":
        word = f"lower(btrim({filled_text(column, dialect)}))"
        return f"case when {word} in {TRUE_WORDS} then true when {word} in {FALSE_WORDS} then false end"
    return typed_text(column, filled_text(column, dialect))
