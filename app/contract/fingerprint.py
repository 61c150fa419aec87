"""Fingerprint of a contract: a hash of its meaning, not of its text."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Final

from app.contract.conditions import Condition
from app.contract.header_names import header_key
from app.contract.model import Column, Contract, Dialect

QUOTES: Final = "'\""
PARTS: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|[^\w\s]""")
DESCRIPTIVE: Final = frozenset({"description", "is_personal"})


def fingerprint(contract: Contract) -> str:
    """Return the SHA-256 of everything that decides how rows are read, judged and counted.

    Names and descriptions of the contract, locations, suffixes and the arrival of files do not, nor does the order in
    which columns, names and rules are written.
    """
    declared = meaning(contract)
    declared["servers"] = {
        server.name: _declared(_dialect(server.dialect), _dialect(Dialect())) for server in contract.servers
    }
    declared["columns"] = {
        column.name: _declared(_column(column), _column(Column(column.name, ()))) for column in contract.columns
    }
    canonical = json.dumps(declared, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _declared(values: dict[str, object], defaults: dict[str, object]) -> dict[str, object]:
    """Return what differs from the defaults, so that an option of a later release changes no hash."""
    return {name: value for name, value in values.items() if value != defaults[name]}


def meaning(contract: Contract) -> dict[str, object]:
    """Return a contract in its canonical form; keys are those of the contract file."""
    currency = contract.currency
    return {
        "servers": {server.name: _dialect(server.dialect) for server in contract.servers},
        "columns": {column.name: _column(column) for column in contract.columns},
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
        "dateRange": contract.date_range and asdict(contract.date_range),
    }


def canonical_condition(condition: Condition | None) -> str | None:
    """Return a condition without what its spelling adds: spaces, line breaks, and capitals outside of quotes.

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
    fields = {name: getattr(column, name) for name in column.__dataclass_fields__ if name not in DESCRIPTIVE}
    return {
        **fields,
        "header_names": _ordered({header_key(name) for name in column.header_names}),
        "enum": _ordered(column.enum),
        "placeholders": _ordered(column.placeholders),
        "formats": [one.declared for one in column.formats],
    }


def _ordered(texts: Iterable[str]) -> list[str]:
    return sorted(texts)
