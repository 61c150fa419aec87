"""Daily files of a split export are loaded without a quarantined row."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app.jobs.context import Context
from app.settings import Settings
from app.source.open import read_source_contract
from tests.contracts import written
from tests.loading import load, query
from tests.prepare.history.exports import declared, split, text_file

SILVER = """select invoice_date::text, quantity, unit_price::text, description
    from silver.retail_transactions order by 1"""
DATES = "%d.%m.%Y %H:%M"
GERMAN = {
    "server": {"delimiter": "semicolon", "decimal": ",", "encoding": "cp1252"},
    "columns": {"invoice_date": {"logicalTypeOptions": {"format": DATES}}},
}
QUOTED = {"server": {"delimiter": "semicolon", "quote": "'", "escape": "backslash"}}
EXPORT = (
    "Invoice;StockCode;Description;Quantity;Price;CustomerID;InvoiceDate\n"
    '536365;85123A;"Öl; klein";2;1234,50;17850;1.12.2010 8:26\n'
    "536366;85123A;Öl;3;0,85;17851;13.12.2010 18:05\n"
)


@pytest.mark.parametrize(
    "loads", [{}, GERMAN, QUOTED], ids=["the default format", "the format of the export", "other quotes"]
)
def test_daily_files_are_loaded_whole(
    context: Context, engine: Engine, folder: Path, tmp_path: Path, loads: dict[str, Any]
) -> None:
    settings = Settings(**{**context.settings.model_dump(exclude_none=True), "contract": written(tmp_path, **loads)})
    reads = declared(";", ",", "cp1252", DATES)
    split(text_file(tmp_path, EXPORT, "cp1252"), folder, reads=reads, writes=read_source_contract(settings))
    load(replace(context, settings=settings))
    loaded = query(engine, SILVER)
    assert loaded == [("2010-12-01", 2, "1234.50", "Öl; klein"), ("2010-12-13", 3, "0.85", "Öl")]
