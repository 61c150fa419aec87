"""Format of a historical export, from options: delimiter, decimal mark, encoding and date format."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from app.contract.dates import DateFormat
from app.contract.dialects import check_delimiter, check_encoding
from app.contract.model import Dialect, SourceContract
from app.errors import Misconfigured

Checked = TypeVar("Checked")


def export_contract(
    source_contract: SourceContract,
    *,
    delimiter: str = ",",
    decimal: str = ".",
    encoding: str = "utf-8",
    date_format: str = "%Y-%m-%d",
) -> SourceContract:
    """Return the columns of a contract in another dialect; raises Misconfigured with the name of the option."""
    dialect = Dialect(
        delimiter=_checked("--delimiter", check_delimiter, delimiter),
        is_delimiter_declared=True,
        encoding=_checked("--encoding", check_encoding, encoding),
        decimal=_checked("--decimal", _check_decimal, decimal),
        timezone=source_contract.dialect.timezone,
    )
    dates = _checked("--date-format", DateFormat, date_format)
    columns = tuple(
        replace(column, formats=(dates,)) if column.name == "invoice_date" else column
        for column in source_contract.contract.columns
    )
    return replace(
        source_contract,
        contract=replace(source_contract.contract, columns=columns),
        server=replace(source_contract.server, dialect=dialect),
    )


def date_formats(source_contract: SourceContract) -> tuple[DateFormat, ...]:
    """Return the declared formats of the date of a sale."""
    column = source_contract.contract.column("invoice_date")
    return column.formats if column and column.formats else (DateFormat("%Y-%m-%d"),)


def _checked(option: str, check: Callable[[str], Checked], text: str) -> Checked:
    try:
        return check(text)
    except ValueError as error:
        raise Misconfigured(f"{option}: {error}") from None


def _check_decimal(text: str) -> str:
    if text not in {".", ","}:
        raise ValueError(f"{text[:20]!r} is not a decimal mark; write . or ,")
    return text
