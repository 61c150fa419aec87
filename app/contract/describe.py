"""Description of a contract as table rows, for display."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from app.contract.business import WEEKDAYS
from app.contract.expectations import Expectation, expectations
from app.contract.model import Column, Contract, Dialect, Server

Row = tuple[str, str]
DEFAULT_DIALECT: Final = Dialect()


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column of a contract.

    Attributes:
        header_names: names of the column in files.
        reading: how values are converted to the type, such as trimming, letter case and date formats.
    """

    name: str
    header_names: str
    type: str
    is_required: bool
    reading: str
    description: str


@dataclass(frozen=True, slots=True)
class Description:
    """Description of a contract.

    Attributes:
        summary, rules: pairs of a name and a value.
        sources: pairs of the name of a source and the keys of its dialect that differ from the default.
    """

    summary: tuple[Row, ...]
    sources: tuple[Row, ...]
    columns: tuple[ColumnRow, ...]
    expectations: tuple[Expectation, ...]
    rules: tuple[Row, ...]


def describe(contract: Contract, name: str | None = None, location: str | None = None) -> Description:
    """Return the declarations of a contract as rows of tables.

    Args:
        name: name of the source whose server has no location; None for that of the server.
        location: its location; None if it is not known.
    """
    return Description(
        summary=(
            ("id", contract.id),
            ("name", contract.name),
            ("version", contract.version),
            ("sha256", contract.sha256),
        ),
        sources=tuple(_source(server, name, location) for server in contract.servers),
        columns=tuple(_column(column) for column in contract.columns),
        expectations=expectations(contract),
        rules=tuple(_rules(contract)),
    )


def _source(server: Server, name: str | None, location: str | None) -> Row:
    if server.location is not None:
        return server.name, _files(server.location, server.dialect)
    return name or server.name, _files(location or "REGULARS_SOURCE", server.dialect)


def _files(location: str, dialect: Dialect) -> str:
    texts = {
        field.name: _as_text(getattr(dialect, field.name))
        for field in fields(dialect)
        if getattr(dialect, field.name) != getattr(DEFAULT_DIALECT, field.name)
        and field.name != "is_delimiter_declared"
    }
    if dialect.skip_when is not None:
        texts["skip_when"] = dialect.skip_when.text
    if dialect.fill_down is not None:
        texts["fill_down"] = f"{', '.join(dialect.fill_down.columns)} by {dialect.fill_down.by}"
    differing = (f"{name.replace('_', ' ')} {text}" for name, text in texts.items())
    return "; ".join((location, *differing))


def _as_text(value: object) -> str:
    return " ".join(repr(one) for one in value) if isinstance(value, tuple) else repr(value)


def _column(column: Column) -> ColumnRow:
    return ColumnRow(
        name=column.name,
        header_names=", ".join(column.header_names),
        type=column.type,
        is_required=column.is_required,
        reading="; ".join(_reading(column)),
        description=column.description,
    )


def _reading(column: Column) -> Iterator[str]:
    if column.formats:
        yield "as " + " or ".join(one.declared for one in column.formats)
    if column.trim:
        yield "trimmed"
    if column.case != "keep":
        yield f"in {column.case} case"
    if column.strip_decimal:
        yield "without .0"
    if column.strip_leading_zeros:
        yield "without leading zeros"
    if column.placeholders:
        yield f"null if {', '.join(column.placeholders)}"
    if column.is_identifier:
        yield "identifier"
    if column.is_personal:
        yield "personal"


def _rules(contract: Contract) -> Iterator[Row]:
    yield "cancellationWhen", contract.cancellation.text if contract.cancellation else "never"
    yield "countsWhen", contract.counts.text if contract.counts else "always"
    yield "returns", contract.returns
    yield "overlap", contract.overlap
    if contract.currency is not None:
        rates = contract.currency.rates
        yield "currency", contract.currency.code + (f", {len(rates):,} rates" if rates else "")
    days = contract.date_range
    if days is not None:
        with_date = f"{days.before:,} days before to {days.after:,} after the date in the file's name"
        yield "dateRange", f"{with_date}; else {days.start} to today + {days.days_ahead:,}"
    if contract.arrival is not None:
        every_days, until = contract.arrival.every_days, contract.arrival.until
        every = "every day" if every_days == 1 else f"every {every_days:,} days"
        weekdays = ", ".join(WEEKDAYS[day - 1].title() for day in contract.arrival.weekdays)
        yield "arrival", f"{every}{f' by {until}' if until else ''}, expected on {weekdays}"
