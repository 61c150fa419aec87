"""Fingerprint of a contract: a hash of its meaning, not of its text."""

import hashlib
import json
import re
from collections.abc import Collection, Iterable
from typing import Final

from app.contract.conditions import Condition
from app.contract.header_names import header_key
from app.contract.model import Column, Contract, Dialect, SourceContract

READING: Final = (
    *("format", "delimiter", "isDelimiterDeclared", "encoding", "quote", "escape", "header", "emptyLastColumn"),
    "sheet",
)
"""Keys of a dialect that determine how bytes become rows; the others determine how columns are read."""
READING_OF_WORKBOOKS: Final = (*READING, "decimal")
"""The keys for workbooks, whose numbers are written into bronze with the decimal mark."""
QUOTES: Final = "'\""
PARTS: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|[<>!]=|<>|!?~\*?|::|[^\w\s]""")


def fingerprint(contract: Contract) -> str:
    """Return the SHA-256 of all keys that affect the reading, validation and counting of rows.

    Names and descriptions of the contract, locations, suffixes and the arrival of files do not, nor does the order in
    which columns, names and rules are written. Names of servers do only if these have different dialects, because they
    then say which files are read by which of them.
    """
    names = frozenset(column.name for column in contract.columns) | {server.name for server in contract.servers}
    found = meaning(contract, brief=names)
    servers = found["servers"]
    if isinstance(servers, dict) and len(set(map(_hashed, servers.values()))) == 1:
        found["servers"] = next(iter(servers.values()))
    return _hashed(found)


def reading_fingerprint(source_contract: SourceContract) -> str:
    """Return the SHA-256 of all keys that determine how the bytes of a source's files become rows of bronze."""
    dialect, defaults = _dialect(source_contract.dialect), _dialect(Dialect())
    columns = {
        column.name: {"names": _column(column)["names"], "required": column.is_required}
        for column in source_contract.contract.columns
    }
    reading = READING_OF_WORKBOOKS if source_contract.dialect.format == "xlsx" else READING
    declared = {name: dialect[name] for name in reading if dialect[name] != defaults[name]}
    return _hashed({"dialect": declared, "columns": columns})


def bronze_reading(source_contract: SourceContract) -> str | None:
    """Return the reading_fingerprint that a file's rows in bronze need in order to be validated by a contract.

    None if they need none: bronze has the texts of the file. Numbers of workbooks are written by the contract.
    """
    return reading_fingerprint(source_contract) if source_contract.dialect.format == "xlsx" else None


def _hashed(value: dict[str, object]) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def meaning(contract: Contract, brief: Collection[str] = ()) -> dict[str, object]:
    """Return a contract in its canonical form, with the keys of the contract file.

    brief: columns and servers of which only differences from the defaults are returned, so that an option of a later
    release changes no hash.
    """
    currency, days = contract.currency, contract.date_range
    servers = {server.name: _dialect(server.dialect) for server in contract.servers}
    columns = {column.name: _column(column) for column in contract.columns}
    for parts, defaults in ((servers, _dialect(Dialect())), (columns, _column(Column("", ())))):
        for name in parts.keys() & set(brief):
            parts[name] = _declared(parts[name], defaults)
    return {
        "servers": servers,
        "columns": columns,
        "quality": {
            rule.name: {"implementation": canonical_condition(rule.condition), "severity": rule.severity}
            for rule in contract.rules
        },
        "cancellationWhen": canonical_condition(contract.cancellation),
        "countsWhen": canonical_condition(contract.counts),
        "returns": contract.returns,
        "overlap": contract.overlap,
        "currency": currency
        and {"code": currency.code, "rates": {f"{rate.day} {rate.code}": rate.rate for rate in currency.rates}},
        "dateRange": days
        and {
            "before": days.before,
            "after": days.after,
            "from": str(days.start),
            "until": f"today + {days.days_ahead}",
        },
    }


def _declared(values: dict[str, object], defaults: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value != defaults[name]}


def canonical_condition(condition: Condition | None) -> str | None:
    """Return a condition in canonical spelling: without spaces, line breaks, and capitals outside of quotes.

    The parser's rendering would say more, but may differ in its next version, and change every hash.
    """
    if condition is None:
        return None
    return " ".join(part if part[0] in QUOTES else part.lower() for part in PARTS.findall(condition.text))


def _dialect(dialect: Dialect) -> dict[str, object]:
    skip_when = canonical_condition(dialect.skip_when)
    fill_down = dialect.fill_down and {"columns": sorted(dialect.fill_down.columns), "by": dialect.fill_down.by}
    return {
        "format": dialect.format,
        "delimiter": dialect.delimiter,
        "isDelimiterDeclared": dialect.is_delimiter_declared,
        "encoding": dialect.encoding,
        "decimal": dialect.decimal,
        "thousands": dialect.thousands,
        "currencyMarks": _ordered(dialect.currency_marks),
        "quote": dialect.quote,
        "escape": dialect.escape,
        "header": dialect.header,
        "skipWhen": skip_when,
        "emptyLastColumn": dialect.is_empty_last_column_tolerated,
        "nullWords": _ordered(dialect.null_words),
        "fillDown": fill_down,
        "sheet": dialect.sheet,
        "timezone": dialect.timezone,
    }


def _column(column: Column) -> dict[str, object]:
    return {
        "names": _ordered({header_key(name) for name in column.header_names}),
        "logicalType": column.type,
        "required": column.is_required,
        "minLength": column.min_length,
        "maxLength": column.max_length,
        "pattern": column.pattern,
        "minimum": column.minimum,
        "maximum": column.maximum,
        "exclusiveMinimum": column.exclusive_minimum,
        "exclusiveMaximum": column.exclusive_maximum,
        "enum": _ordered(column.enum),
        "format": [one.declared for one in column.formats],
        "trim": column.trim,
        "case": column.case,
        "stripDecimal": column.strip_decimal,
        "stripLeadingZeros": column.strip_leading_zeros,
        "placeholders": _ordered(column.placeholders),
        "identifier": column.is_identifier,
    }


def _ordered(texts: Iterable[str]) -> list[str]:
    return sorted(texts)
