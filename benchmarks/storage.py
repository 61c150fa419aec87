"""Benchmark of the growth of the database: a year of nightly trainings against a month of them.

Customers are written to gold directly. Each night some of them have bought: they are assigned as an ingest does, all
are published under a new run as a training does (by one fitted model), and `retain` removes the states of expired
revisions, with the default settings. PostgreSQL's vacuum runs after it, as autovacuum does.

The bound is 2.0: bytes of all tables after 365 nights relative to those after 31. Sales are left out: without them the
ratio is higher. Tables with rows of customers are scaled to 100,000 customers, those with rows of runs are not.

    python benchmarks/storage.py [--customers 1500] [--scale-to 100000] [--nights 365]
"""

import argparse
import json
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg
from sqlalchemy import Connection, Engine, text

from app.db.embedded import embedded_postgres
from app.db.engine import make_engine
from app.db.migrate import migrate
from app.db.storage import read_storage
from app.gold.lock import lock_gold
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.retention import delete_expired
from app.segments.assign import assign, assign_all
from app.segments.model.segment_table.table import SegmentTable
from app.segments.publish import analyze_tables, current_run_id, publish
from app.segments.registry import TrainingRecord, register
from app.segments.rfm import read_features
from app.segments.training import TrainingSettings, train
from app.settings import Settings

FIRST: Final = date(2025, 1, 1)
MONTH: Final = 31
BOUND: Final = 2.0
CUSTOMERS: Final = """
    insert into gold.customer_rfm
        (customer_id, first_invoice_date, last_invoice_date, frequency, monetary, country, updated_at)
    select
        lpad(cast(c as text), 6, '0'), :first - 400, :first - 1 - cast(300 * power(random(), 2) as int),
        1 + cast(20 * power(random(), 3) as int), round(cast(exp(4 + 2 * random()) as numeric), 2), 'United Kingdom',
        now()
    from generate_series(1, :customers) as c
"""
BOUGHT: Final = """
    update gold.customer_rfm
    set last_invoice_date = :day, frequency = frequency + 1, monetary = monetary + 25, updated_at = clock_timestamp()
    where random() < :bought
"""


TABLES_OF_CUSTOMERS: Final = frozenset(
    {
        "gold.customer_rfm",
        "segments.customer_segment",
        "segments.customer_segment_history",
        "segments.customer_forecast",
        "segments.customer_change",
        "webhooks.webhook_event",
    }
)
VACUUM: Final = "vacuum gold.customer_rfm, " + ", ".join(
    f"segments.{table}"
    for table in (
        "customer_segment",
        "customer_segment_history",
        "customer_forecast",
        "distribution",
        "cluster_summary",
        "segment_summary",
    )
)


def fit(connection: Connection, table: SegmentTable) -> TrainingRecord:
    """Train the model that all nights publish."""
    features, settings = read_features(connection, FIRST), TrainingSettings("latest")
    return train(connection, features, FIRST, settings, table, lambda: None)


def run_night(engine: Engine, day: date, bought: float, table: SegmentTable, trained: TrainingRecord) -> None:
    """Buy, assign, publish and retain, as one day of the worker does."""
    run_id, now = uuid4(), datetime.combine(day, time(3), UTC)
    with engine.begin() as connection:
        connection.execute(text(BOUGHT), {"day": day, "bought": bought})
        assign(connection, day, table, now)
    with engine.begin() as connection:
        before = current_run_id(connection)
        register(connection, run_id, trained, as_of=day, trained_at=now)
        lock_gold(connection)
        assign_all(connection, run_id, previous_run_id=before, as_of=day, segment_table=table, now=now)
        publish(connection, run_id, as_of=day, published_at=now)
        analyze_tables(connection)
    context = Context(engine, Settings(as_of=day), clock=lambda: now)
    delete_expired(context, Run(uuid4(), "retain"))


def measure(engine: Engine, scale: float) -> dict[str, float]:
    """Return the bytes of each table; those with rows of customers are scaled to the number of customers asked for."""
    with engine.connect() as connection:
        tables = read_storage(connection).tables
    names = [f"{each.layer}.{each.table}" for each in tables]
    return {
        name: each.total_bytes * (scale if name in TABLES_OF_CUSTOMERS else 1)
        for name, each in zip(names, tables, strict=True)
    }


def show(night: int, sizes: dict[str, float]) -> None:
    """Print the total of a night, and the largest tables."""
    largest = sorted(sizes.items(), key=lambda each: -each[1])[:6]
    print(f"after {night} nights: {sum(sizes.values()) / 1e6:,.0f} MB", flush=True)
    print("  " + ", ".join(f"{name} {size / 1e6:,.1f}" for name, size in largest), flush=True)


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_500)
    parser.add_argument("--scale-to", type=int, default=100_000)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--bought", type=float, default=0.015)
    options = parser.parse_args()
    sizes: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder, embedded_postgres(Path(folder)) as url:
        engine, table = make_engine(url), SegmentTable.load()
        migrate(engine)
        with engine.begin() as connection:
            connection.execute(text("select setseed(0.5)"))
            connection.execute(text(CUSTOMERS), {"first": FIRST, "customers": options.customers})
            fitted = fit(connection, table)
        for night in range(1, options.nights + 1):
            run_night(engine, FIRST + timedelta(days=night), options.bought, table, fitted)
            with psycopg.connect(url, autocommit=True) as driver:
                driver.execute(VACUUM)
            if night % MONTH == 0 or night == options.nights:
                sizes[night] = measure(engine, options.scale_to / options.customers)
                show(night, sizes[night])
        engine.dispose()
    month, year = (sum(sizes[night].values()) for night in (MONTH, options.nights))
    print(json.dumps({"ratios": {"year_to_month": round(year / month, 2)}, "bounds": {"year_to_month": BOUND}}))


if __name__ == "__main__":
    main()
