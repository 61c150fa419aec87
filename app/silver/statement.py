"""The statement that validates the rows of a file, rendered from its contract."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import cache, lru_cache
from typing import Final, Literal

from sqlalchemy import TextClause, text

from app.contract.model import Contract, Currency, Severity, SourceContract
from app.contract.quoting import escape_colons
from app.db.sql import rendered
from app.silver.columns import BRONZE, date_column, first_rows, number, received, typed, typed_name, typed_names
from app.silver.expressions import is_return
from app.silver.row_checks import RowCheck, row_checks

RAW_COLUMNS: Final = (
    *("invoice_no", "stock_code", "description", "quantity", "unit_price", "customer_id", "country", "invoice_date"),
)
"""First columns of the text of a quarantined row, under every contract; its other columns follow."""
OPTIONAL: Final = {
    "stock_code": "text",
    "description": "text",
    "quantity": "numeric",
    "unit_price": "numeric",
    "country": "text",
    "currency": "text",
    "status": "text",
}
"""Columns of silver that a contract may leave out, and their types."""
FIRST_COLUMNS: Final = ("stock_code", "description", "quantity", "unit_price")
DAY_RATES: Final = """
rates as materialized (
    select
        r.code,
        r.rate,
        cast(generate_series(r.day, coalesce(r.next_day - 1, :latest), interval '1 day') as date) as day
    from (
        select code, rate, day, lead(day) over (partition by code order by day) as next_day
        from jsonb_to_recordset(cast(:rates as jsonb)) as given (code text, rate numeric, day date)
    ) as r
),"""
RATE_JOIN: Final = "left join rates as r on r.code = c.currency and r.day = c.invoice_date"
INDENT: Final = ",\n        "
MAX_PARTS: Final = 50
"""Pairs of a name and a value that a function of PostgreSQL takes."""


@cache
def clean_statement(source_contract: SourceContract) -> TextClause:
    """Return the statement that inserts the rows of a file into silver and quarantine."""
    contract, dialect = source_contract.contract, source_contract.dialect
    names = _raw_texts(contract)
    slots = {
        "validated": validated(source_contract),
        "raw names": ", ".join(names),
        "reasons": ",\n                    ".join(
            _reason(each) for each in row_checks(contract, dialect) if each.quarantines
        ),
        "silver columns": INDENT.join(_or_null(contract, name) for name in FIRST_COLUMNS),
        "effect": _effect(contract),
        "country": _or_null(contract, "country"),
        "more columns": INDENT.join(_or_null(contract, name) for name in ("currency", "status")),
        "attributes": _attributes(contract),
        "warnings": _failed(source_contract, "warning", "is_clean and not is_skipped"),
        "critical": _failed(source_contract, "critical", "not is_skipped"),
    }
    return text(rendered(__package__, "clean", slots))


def bound_rates(contract: Contract) -> dict[str, str]:
    """Return the rates that the statement binds; empty if it has none."""
    return {"rates": _as_json(contract.currency)} if contract.rates and contract.currency is not None else {}


@lru_cache(maxsize=4)
def _as_json(currency: Currency) -> str:
    # Ten years of five currencies take 0.1 s.
    return json.dumps([asdict(rate) for rate in currency.rates], default=str)


def validated(source_contract: SourceContract, rows: str = BRONZE) -> str:
    """Return the common table expressions that end in `validated`: a typed row for each row of `rows`."""
    contract, dialect = source_contract.contract, source_contract.dialect
    columns = [*contract.columns]
    dates = {column.name: date_column(column, dialect) for column in columns if column.type == "date"}
    texts = [f"{each} as text_{column.name}" for column in columns if (each := number(column, dialect)) is not None]
    days = {name: date.day for name, date in dates.items()}
    values = [f"{days.get(column.name) or typed(column, dialect)} as {typed_name(column)}" for column in columns]
    fill = [f"f.first_{name}" for name in dialect.fill_down.columns] if dialect.fill_down else []
    slots = {
        "rows": rows,
        "rates": DAY_RATES if contract.rates else "",
        "raw columns": INDENT.join([*(f"{received(column)} as raw_{column.name}" for column in columns), *fill]),
        "first rows": first_rows(contract, dialect),
        "texts": INDENT.join([*texts, *(f"{date.text} as date_{name}" for name, date in dates.items())]),
        "days": ",\n".join(date.days for date in dates.values()),
        "typed columns": INDENT.join(values),
        "joins": "\n    ".join(date.join for date in dates.values()),
        "rate": f"{_rate(contract)} as rate,\n        " if contract.rates else "",
        "rate join": RATE_JOIN if contract.rates else "",
        "total": _total(contract),
        "skipped": _condition(dialect.skip_when.sql(_raw_names(contract))) if dialect.skip_when else "false",
        "cancellation": _condition(contract.cancellation.sql(typed_names(contract)))
        if contract.cancellation
        else "false",
        "counts": _condition(contract.counts.sql(typed_names(contract))) if contract.counts else "true",
        "holds": "\n            and ".join(each.holds for each in row_checks(contract, dialect) if each.quarantines),
    }
    return rendered(__package__, "validate", slots)


def _raw_texts(contract: Contract) -> list[str]:
    first = [f"raw_{name}" if contract.column(name) is not None else "''" for name in RAW_COLUMNS]
    return [*first, *(f"raw_{column.name}" for column in contract.columns if column.name not in RAW_COLUMNS)]


def _reason(check: RowCheck) -> str:
    column = "null" if check.column is None else f"'{check.column}'"
    return f"('{check.name}', {column}, {check.value}, is_unsplit or {check.holds})"


def _or_null(contract: Contract, name: str) -> str:
    return name if contract.column(name) is not None else f"cast(null as {OPTIONAL[name]})"


def quantity_of(contract: Contract) -> str:
    """Return the expression of the quantity of a validated row, which a contract may leave out."""
    return _or_null(contract, "quantity")


def _total(contract: Contract) -> str:
    quantity = contract.column("quantity")
    # Whole pieces have no fractions of a cent. Others are rounded as silver stores them, before anything is tested.
    has_fractions = quantity is not None and quantity.type == "number"
    product = "round(quantity * unit_price, 2)" if has_fractions else "quantity * unit_price"
    has_total, has_product = contract.column("line_total") is not None, contract.column("unit_price") is not None
    amount = (f"coalesce(line_total, {product})" if has_product else "line_total") if has_total else product
    return f"round({amount} * {_rate(contract)}, 2)" if contract.rates else amount


def _rate(contract: Contract) -> str:
    code = f"'{contract.currency.code if contract.currency else ''}'"
    return f"case when coalesce(c.currency, {code}) = {code} then 1 else r.rate end"


def _effect(contract: Contract) -> str:
    other = "-1" if contract.returns == "net" else "0"
    return f"""case
            when customer_id is null or not is_counted then 0
            when {is_return(quantity_of(contract))} then {other}
            else 1
        end"""


def _attributes(contract: Contract) -> str:
    pairs = [f"'{column.name}', {typed_name(column)}" for column in contract.columns if not column.is_known]
    return f"jsonb_strip_nulls({_built('object', pairs)})" if pairs else "cast(null as jsonb)"


def _failed(source_contract: SourceContract, severity: Severity, among: str) -> str:
    checks = row_checks(source_contract.contract, source_contract.dialect)
    counted = [each for each in checks if each.severity == severity]
    # A line that cannot be split has no columns to be validated by.
    failed = (f"{among} and is_unsplit is not true and ({each.holds}) is not true" for each in counted)
    rows = [
        f"jsonb_build_object('name', '{each.name}', 'rows', count(*) filter (where {rule}),\n        "
        f"'money', cast(coalesce(sum(abs(total_price)) filter (where {rule}), 0) as text),\n        "
        f"'line', min(line_no) filter (where {rule}))"
        for each, rule in zip(counted, failed, strict=True)
    ]
    return _built("array", rows)


def _built(kind: Literal["array", "object"], parts: Sequence[str]) -> str:
    """Return the JSON of these parts, built piece by piece: a function of PostgreSQL has at most 100 arguments."""
    pieces = [parts[at : at + MAX_PARTS] for at in range(0, len(parts), MAX_PARTS)] or [()]
    return " || ".join(f"jsonb_build_{kind}({', '.join(piece)})" for piece in pieces)


def _condition(sql: str) -> str:
    return f"coalesce({escape_colons(sql)}, false)"


def _raw_names(contract: Contract) -> dict[str, str]:
    pairs: Iterable[tuple[str, str]] = (
        (name, f"raw_{column.name}") for column in contract.columns for name in (column.name, *column.header_names)
    )
    return dict(pairs)
