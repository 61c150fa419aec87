"""Data of the benchmark of the dashboard: three years of daily files, their sums and measurements, two trainings.

Rows are written to the tables directly; sums of periods are added up by the function that a load calls.
"""

from datetime import timedelta
from itertools import groupby
from typing import Final

import psycopg
from sqlalchemy import Engine, text

from app.db.engine import make_engine
from app.db.migrate import migrate
from benchmarks import reads, trends

AS_OF: Final = trends.FIRST + timedelta(days=trends.DAYS)
MEASUREMENTS: Final = """
    insert into quality.file_profile (file_id, layer, processing_date, rows, null_invoices, null_stock_codes,
        null_customers, bad_quantities, bad_prices, rescued_rows, money)
    select id, layer, cast(received_at as date), 5000 - n, 0, 0, 1000, 10 - n, 0, 0, 80000
    from pipeline.source_file cross join (values ('bronze', 0), ('silver', 10)) as l (layer, n);
    insert into quality.file_dates (file_id, layer, invoice_date, rows, money)
    select file_id, layer, processing_date, rows, money from quality.file_profile;
    insert into quality.expectation_results (file_id, expectation, passed, failed, money)
    select f.id, e.name, 5000 - e.failed, e.failed, 10 * e.failed
    from pipeline.source_file as f
    cross join (values ('quantity_valid', 7), ('price_valid', 2), ('date_valid', 1), ('invoice_present', 0),
        ('stock_code_present', 0), ('parse', 0)) as e (name, failed);
    insert into quality.file_money (file_id, invoice_date, outcome, reason, rows, money)
    select f.id, cast(f.received_at as date), o.outcome, o.reason, o.rows, 10 * o.rows
    from pipeline.source_file as f
    cross join (values ('counted', null, 3900), ('no_customer', null, 1000), ('returned', null, 90),
        ('quarantined', 'quantity_valid', 7), ('quarantined', 'price_valid', 3)) as o (outcome, reason, rows);
    insert into silver.quarantine (file_id, line_no, invoice_date, raw, reasons, quarantined_at, total_price)
    select f.id, n, cast(f.received_at as date), '536365,85123A,LANTERN,-6,2.55,17850,United Kingdom,2026-02-01',
        '[{"expectation": "quantity_valid", "column": "Quantity", "value": "-6"}]', f.received_at, 15.30
    from pipeline.source_file as f cross join generate_series(1, 10) as n
"""
CHANGED: Final = "update gold.customer_rfm set frequency = frequency + 3, monetary = monetary * 2 where random() < 0.05"


def stock(url: str, customers: int, invoices: int) -> dict[str, str]:
    """Migrate a database, write all data and train twice; return a slug, a customer and a run."""
    engine = make_engine(url)
    migrate(engine)
    _write(engine, url, customers, invoices)
    days = [trends.FIRST + timedelta(days=n) for n in range(trends.DAYS)]
    for _, month in groupby(days, key=lambda day: day.replace(day=1)):
        trends.add_up(engine, set(month))
    reads.analyze(url)
    reads.train(engine, AS_OF)
    with engine.begin() as connection:
        connection.execute(text(CHANGED))
    reads.train(engine, AS_OF)
    with engine.begin() as connection:
        connection.execute(text(reads.DAYS_OF_SEGMENTS), {"days": trends.DAYS - 1})
        largest = "select slug from segments.segment_summary where scheme = 'kmeans' order by customers desc limit 1"
        found = {
            "slug": connection.scalar(text(largest)),
            "customer_id": connection.scalar(text("select min(customer_id) from gold.customer_rfm")),
            "run_id": str(connection.scalar(text("select run_id from pipeline.job_run where job = 'ingest'"))),
        }
    reads.analyze(url)
    engine.dispose()
    return found


def _write(engine: Engine, url: str, customers: int, invoices: int) -> None:
    values = {"first": trends.FIRST, "days": trends.DAYS, "customers": customers, "invoices": invoices}
    with engine.begin() as connection:
        for statement in (*reads.FILES.split(";\n"), *MEASUREMENTS.split(";\n")):
            connection.execute(text(statement), {"as_of": AS_OF, "days": trends.DAYS})
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select setseed(0.5)")
        for statement in (trends.INVOICES, trends.CUSTOMERS, trends.UNCOUNTED):
            connection.execute(statement, values)
    reads.analyze(url)
