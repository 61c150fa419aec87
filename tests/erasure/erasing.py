"""Erasures in tests, and searches for what is left of a customer."""

import json
from dataclasses import replace
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Engine

from app.erasure.erase import erase
from app.jobs.context import Context
from app.quality.measure import measure
from app.source.open import read_source_contract
from app.suppression.key import Key
from tests.loading import everything, query

SECRET = "a-key-for-tests-of-erasures-0123456789"  # noqa: S105  # for tests only
KEY = Key(SECRET.encode())
TOTALS = """
    select
        f.rows_read, f.rows_loaded, f.rows_quarantined,
        (select count(*) from bronze.retail_transactions as r where r.file_id = f.id),
        (select count(*) from silver.retail_transactions as r where r.file_id = f.id),
        (select count(*) from silver.quarantine as r where r.file_id = f.id and r.status <> 'replayed'),
        (select sum(total_price) from silver.retail_transactions as r where r.file_id = f.id),
        (select sum(rows) from quality.file_dates as r where r.file_id = f.id and layer = 'silver'),
        (select sum(passed + failed) from quality.expectation_results as r where r.file_id = f.id)
    from pipeline.source_file as f
    order by f.id
"""
MEASURED = ("quality.file_profile", "quality.file_dates", "quality.expectation_results", "quality.file_money")


def with_key(context: Context, secret: str | None = SECRET) -> Context:
    """Return the context with an erasure key, or without one."""
    key = None if secret is None else SecretStr(secret)
    return replace(context, settings=context.settings.model_copy(update={"erasure_key": key}))


def erased(context: Context, customer_id: str = "17850", requested_by: str = "cli") -> dict[str, Any]:
    """Erase a customer and return the certificate."""
    certificate = erase(context.engine, context.settings, customer_id, requested_by)
    assert certificate is not None, f"customer {customer_id!r} is unknown"
    return certificate


def mentions(engine: Engine, text: str) -> list[str]:
    """Return the tables that contain a text in any column of any row."""
    return sorted(table for table, rows in everything(engine).items() if any(text in _plain(row) for row in rows))


def totals(engine: Engine) -> list[tuple[Any, ...]]:
    """Return each file's rows by the ledger and by the tables, its revenue and its measurements."""
    return query(engine, TOTALS)


def measured_again(context: Context) -> bool:
    """Return whether measuring every loaded file again changes nothing."""
    before = {table: everything(context.engine)[table] for table in MEASURED}
    loaded = query(context.engine, "select id from pipeline.source_file where state in ('loaded', 'source_missing')")
    with context.engine.begin() as connection:
        measure(connection, [file_id for (file_id,) in loaded], read_source_contract(context.settings))
    return before == {table: everything(context.engine)[table] for table in MEASURED}


def _plain(row: str) -> str:
    return json.dumps(json.loads(row), ensure_ascii=False)
