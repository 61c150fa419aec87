"""Quality measurements of files: defects, invoice dates, money by outcome, warnings and expectations."""

from collections.abc import Sequence
from functools import cache, partial
from typing import Final, get_args

from sqlalchemy import Connection, TextClause, delete, insert, literal, select, text, update

from app.contract.expectations import VALID
from app.contract.model import Column, Contract, Dialect, SourceContract
from app.db.sql import named, rendered
from app.quality.estimated_numbers import ESTIMATED_FROM, estimated_number, number_texts
from app.quality.file_warnings import delete_warnings
from app.quality.tables import (
    LAYERS,
    OUTCOME_WITH_CUSTOMER,
    FileWarning,
    Layer,
    expectation_results,
    file_currency,
    file_dates,
    file_money,
    file_nulls,
    file_profile,
    file_warning,
)
from app.silver.expressions import number_text

BLANK_STOCK_CODE: Final = "stock_code is null or (stock_code like ' %' and btrim(stock_code) = '')"
PROFILED: Final = ("invoice_no", "stock_code", "customer_id")
"""Columns whose blank values the profile counts."""
MOJIBAKE: Final = r"[\u00c3\u00c2][\u0080-\u00bf]|\u00e2\u20ac|\ufffd|\u00c3[\u0152\u0153\u0178\u201e\u017e\u00bc]"
"""UTF-8 that was read as Windows-1252, and the replacement character."""
OUTCOME: Final = f"case when customer_id is null then 'no_customer' else {OUTCOME_WITH_CUSTOMER} end"
"""SQL of the outcome of a row in silver, one of `tables.OUTCOMES`."""
TEXTS: Final = ("description", "country", "customer_id")


def measure(connection: Connection, file_ids: Sequence[int], source_contract: SourceContract) -> None:
    """Measure bronze and silver of these files, in place of earlier measurements.

    Warnings about rules and overlaps stay: they come from the validation of rows, and from gold.
    """
    _delete(connection, file_ids, LAYERS)
    delete_warnings(connection, file_ids, "mojibake", "unknown_money", "other_sheets")
    load_statement = partial(named, __package__)
    statements = [
        silver_measurement_sql(),
        bronze_profile_sql(source_contract),
        quarantine_measurement_sql(source_contract.dialect),
    ]
    statements.append(load_statement("measure_other_sheets"))
    if may_mix_currencies(source_contract.contract):
        statements.append(load_statement("measure_currencies"))
    values = {
        "file_ids": list(file_ids),
        "mojibake": MOJIBAKE,
        "extra_columns": [column.name for column in source_contract.contract.columns if not column.is_known],
        "null_columns": [column.name for column in _other_columns(source_contract.contract)],
        "expectations": _required_expectations(source_contract.contract),
    }
    for statement in (*statements, load_statement("count_expectations")):
        connection.execute(statement, {bound: values[bound] for bound in statement.compile().params})


def transfer(connection: Connection, from_id: int, to_id: int) -> None:
    """Move the measurements and warnings of a file to the file that took over its rows; copy those of bronze.

    Warnings about overlaps stay: they come from gold.
    """
    _delete(connection, [to_id], LAYERS)
    delete_warnings(connection, [to_id], *get_args(FileWarning))
    _copy_nulls(connection, from_id, to_id)
    for table in (file_profile, file_dates):
        others = [column for column in table.c if column.name != "file_id"]
        copied = select(literal(to_id), *others).where(table.c.file_id == from_id, table.c.layer == "bronze")
        connection.execute(insert(table).from_select(["file_id", *others], copied))
        connection.execute(
            update(table).where(table.c.file_id == from_id, table.c.layer == "silver").values(file_id=to_id)
        )
    for table in (expectation_results, file_money, file_currency):
        connection.execute(update(table).where(table.c.file_id == from_id).values(file_id=to_id))
    w = file_warning.c
    connection.execute(update(file_warning).where(w.file_id == from_id, w.kind != "overlap").values(file_id=to_id))


def _copy_nulls(connection: Connection, from_id: int, to_id: int) -> None:
    c = file_nulls.c
    copied = select(literal(to_id), c.column_name, c.nulls).where(c.file_id == from_id)
    connection.execute(insert(file_nulls).from_select(["file_id", "column_name", "nulls"], copied))


def delete_silver_measurements(connection: Connection, file_ids: Sequence[int]) -> None:
    """Delete the silver measurements and the warnings of superseded files."""
    _delete(connection, file_ids, ("silver",))
    delete_warnings(connection, file_ids, *get_args(FileWarning))


def _delete(connection: Connection, file_ids: Sequence[int], layers: Sequence[Layer]) -> None:
    for table in ("file_profile", "file_dates"):
        connection.execute(named(__package__, f"delete_{table}"), {"file_ids": list(file_ids), "layers": list(layers)})
    if "bronze" in layers:
        connection.execute(delete(file_nulls).where(file_nulls.c.file_id.in_(file_ids)))
    for name in ("delete_expectation_results", "delete_outcomes"):
        connection.execute(named(__package__, name), {"file_ids": list(file_ids)})


def may_mix_currencies(contract: Contract) -> bool:
    """Return whether sums may mix currencies: the contract has a currency column, but no currency."""
    # With a declared currency, rows of other currencies are converted or quarantined.
    return contract.currency is None and contract.column("currency") is not None


def _required_expectations(contract: Contract) -> list[str]:
    """Return the names of expectations that are reported even if no row fails them."""
    return [f"{VALID}{column.name}" for column in contract.columns if column.is_required]


@cache
def silver_measurement_sql() -> TextClause:
    """Return the statement that measures silver."""
    # ASCII texts cannot be mojibake; comparing octet_length with length skips them more cheaply than the pattern.
    has_non_ascii = " or ".join(f"octet_length({name}) <> length({name})" for name in TEXTS)
    texts = ", ' ', ".join(TEXTS)
    slots = {
        "outcome": OUTCOME,
        "mojibake": f"({has_non_ascii}) and concat({texts}) ~ :mojibake",
    }
    return text(rendered(__package__, "measure_silver", slots))


@cache
def quarantine_measurement_sql(dialect: Dialect) -> TextClause:
    """Return the statement that measures quarantine, with an estimate of the money that cannot be read."""
    estimates = {name: estimated_number(column, dialect) for name, column in ESTIMATED_FROM.items()}
    return text(rendered(__package__, "measure_quarantine", {"number texts": number_texts(dialect), **estimates}))


@cache
def bronze_profile_sql(source_contract: SourceContract) -> TextClause:
    """Return the statement that counts defects in bronze rows; numbers are parsed as the contract declares them."""
    columns = _other_columns(source_contract.contract)
    has_stock_code = source_contract.contract.column("stock_code") is not None
    slots = {
        "quantity": _number(source_contract, "quantity"),
        "price": _number(source_contract, "unit_price"),
        # A column that the contract does not name has no defects.
        "no stock code": BLANK_STOCK_CODE if has_stock_code else "false",
        "null counts": ", ".join(f"count(*) filter (where {_is_blank(column.bronze_name)})" for column in columns),
    }
    return text(rendered(__package__, "profile_bronze", slots))


def _other_columns(contract: Contract) -> list[Column]:
    """Return the columns of bronze whose blank values the profile does not count."""
    return [column for column in contract.columns if column.is_known and column.name not in PROFILED]


def _is_blank(column: str) -> str:
    return f"{column} is null or ({column} like ' %' and btrim({column}) = '')"


def _number(source_contract: SourceContract, name: str) -> str:
    column = source_contract.contract.column(name)
    # A contract with line_total may have no quantity or unit_price: no row is counted as defective.
    return number_text(f"b.{column.bronze_name}", source_contract.dialect) if column is not None else "'1'"
