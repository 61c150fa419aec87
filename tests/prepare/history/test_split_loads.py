"""Daily files of a split export are loaded without a quarantined row."""

from dataclasses import replace
from pathlib import Path

import pytest
from app.source.csv_format import CsvFormat
from sqlalchemy import Engine

from app.jobs.context import Context
from app.prepare.history.split import split
from app.settings import Settings
from tests.loading import load, query
from tests.prepare.history.exports import declared, text_file

SILVER = """select invoice_date::text, quantity, unit_price::text, description
    from silver.retail_transactions order by 1"""
GERMAN = {"delimiter": ";", "decimal": ",", "encoding": "cp1252", "date_format": "%d.%m.%Y %H:%M"}
EXPORT = (
    "Invoice;StockCode;Description;Quantity;Price;CustomerID;InvoiceDate\n"
    '536365;85123A;"Öl; klein";2;1234,50;17850;1.12.2010 8:26\n'
    "536366;85123A;Öl;3;0,85;17851;13.12.2010 18:05\n"
)


@pytest.mark.parametrize("loads", [{}, GERMAN], ids=["the default format", "the format of the export"])
def test_daily_files_are_loaded_whole(
    context: Context, engine: Engine, folder: Path, tmp_path: Path, loads: dict[str, str]
) -> None:
    settings = Settings(**{**context.settings.model_dump(exclude_none=True), **loads})
    reads = declared(";", ",", "cp1252", GERMAN["date_format"])
    split(text_file(tmp_path, EXPORT, "cp1252"), folder, reads=reads, writes=CsvFormat.declared(settings))
    load(replace(context, settings=settings))
    loaded = query(engine, SILVER)
    assert loaded == [("2010-12-01", 2, "1234.50", "Öl; klein"), ("2010-12-13", 3, "0.85", "Öl")]
