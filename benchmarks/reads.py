"""Benchmark of the reads of the dashboard, with 100,000 customers and three years of daily files.

The customers, their invoices and the ledger are written to the tables directly, and segmented by a training run. Each
operation is requested in this process, without a network, and every response is 200. Beside the reads it measures an
assignment of 1,000 customers, which updates what the reads need. Each request reads the metrics anew.

    python benchmarks/reads.py [--customers 100000] [--rounds 15]
"""

import argparse
import asyncio
import json
import os
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import psycopg
from httpx import ASGITransport, AsyncClient
from sqlalchemy import Engine, text

from app.db.embedded import embedded_postgres
from app.db.engine import make_engine
from app.db.migrate import migrate
from app.jobs.context import Context
from app.jobs.runs import running
from app.main import Tuning, create_app
from app.pipeline.retrain import retrain
from app.segments.assign import assign
from app.segments.model.segment_table.table import SegmentTable
from app.settings import Settings

AS_OF: Final = date(2026, 3, 1)
DAYS: Final = 1_096
KEY: Final = "a-key-for-benchmarks"
BOUND_MS: Final = 200.0
METRICS_BOUND_MS: Final = 20.0
PATHS: Final = {
    "segment_trends": "/v1/trends/segments?limit=1000",
    "cluster_distribution": "/v1/clusters/0/distribution",
    "segment_distribution": "/v1/segments/{slug}/distribution",
    "sample": "/v1/customers/sample?size=5000",
    "orders": "/v1/customers/000000/orders",
    "models": "/v1/models",
    "lineage": "/v1/lineage",
    "customer_lineage": "/v1/lineage/customers/000000",
    "metrics": "/metrics",
}
FILES: Final = """
    insert into pipeline.source (name, location, is_configured) values ('sales', 's3://sales/', true);
    insert into pipeline.source_file
        (source, key, etag, size, sha256, last_modified, state, rows_read, rows_loaded, rows_quarantined, run_id,
         discovered_at, received_at, loaded_at)
    select
        'sales', 'day ' || day, '', 1000, encode(sha256(cast(cast(day as text) as bytea)), 'hex'), moment, 'loaded',
        5000, 4990, 10, '00000000-0000-0000-0000-000000000001', moment, moment, moment
    from generate_series(1, :days) as day
    cross join lateral (select cast(:as_of as date) - (:days - day + 1) + interval '3 hours') as m (moment);
    insert into pipeline.job_run (run_id, job, scheduled_for, trigger, state, started_at, finished_at, counts)
    values ('00000000-0000-0000-0000-000000000001', 'ingest', now(), 'clock', 'succeeded', now(), now(),
        '{"files": 1096, "rows_read": 5480000}')
"""
INVOICES: Final = """
    insert into gold.customer_invoice (file_id, customer_id, invoice_no, invoice_date, amount, country)
    select day, lpad(cast(customer as text), 6, '0'), cast(row_number() over () as text),
        cast(:as_of as date) - (:days - day + 1), round(cast(exp(4 + 2 * random()) as numeric), 2), 'United Kingdom'
    from generate_series(0, :customers - 1) as customer
    cross join lateral (
        select cast(ceil(random() * :days) as int) as day
        from generate_series(1, 1 + cast(20 * random() * random() + 0 * customer as int))
    ) as drawn
    order by day
"""
CUSTOMERS: Final = """
    insert into gold.customer_rfm
        (customer_id, first_invoice_date, last_invoice_date, frequency, monetary, country, updated_at)
    select customer_id, min(invoice_date), max(invoice_date), count(*), sum(amount), 'United Kingdom', now()
    from gold.customer_invoice
    group by customer_id
"""
DAYS_OF_SEGMENTS: Final = """
    insert into segments.segment_day (as_of, scheme, slug, run_id, customers, revenue)
    select as_of - day, scheme, slug, run_id, customers, revenue
    from segments.segment_day
    cross join generate_series(1, :days) as day
"""


def stock(url: str, customers: int) -> Engine:
    """Migrate a database and write the ledger, invoices and customers; return an engine."""
    engine = make_engine(url)
    migrate(engine)
    values = {"as_of": AS_OF, "days": DAYS, "customers": customers}
    with engine.begin() as connection:
        for statement in (*FILES.split(";\n"), INVOICES, CUSTOMERS):
            connection.execute(text(statement), values)
    analyze(url)
    return engine


def analyze(url: str) -> None:
    """Update the statistics, as autovacuum does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def train(engine: Engine, as_of: date = AS_OF) -> float:
    """Train and publish; return the seconds."""
    context = Context(engine, Settings(as_of=as_of), clock=lambda: datetime.now(UTC))
    start = perf_counter()
    with running(engine, "retrain") as run:
        retrain(context, run, as_of)
    return perf_counter() - start


def assign_some(engine: Engine, rounds: int) -> float:
    """Assign 1,000 customers with changed sales in each round; return the median seconds."""
    took = []
    for number in range(rounds):
        with engine.begin() as connection:
            changed = "update gold.customer_rfm set monetary = monetary + 1 where cast(customer_id as int) % 100 = :n"
            connection.execute(text(changed), {"n": number})
        with engine.begin() as connection:
            start = perf_counter()
            assign(connection, AS_OF, SegmentTable.load(), datetime.now(UTC))
        took.append(perf_counter() - start)
    return median(took)


async def read_all(url: str, slug: str, rounds: int) -> dict[str, float]:
    """Return the median milliseconds of each operation."""
    app = create_app(Settings(as_of=AS_OF, api_key=KEY, database_url=url), Tuning(metrics_seconds=0))
    headers = {"Authorization": f"Bearer {KEY}"}
    transport = ASGITransport(app, client=("127.0.0.1", 123))
    found: dict[str, float] = {}
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://regulars", headers=headers) as client,
    ):
        for name, path in PATHS.items():
            took = []
            for _ in range(rounds):
                start = perf_counter()
                response = await client.get(path.format(slug=slug))
                took.append(1000 * (perf_counter() - start))
                assert response.status_code == 200, response.text
            found[name] = median(took)
            spread = f"{min(took):.1f} to {max(took):.1f} ms"
            print(f"  {name:<22}{found[name]:8.1f} ms, {spread}, {len(response.content):,} bytes")
    return found


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, default in (("customers", 100_000), ("rounds", 15)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder,
        embedded_postgres(Path(folder, "data")) as url,
    ):
        engine = stock(url, options.customers)
        trained = train(engine)
        assigned = assign_some(engine, 5)
        print(f"{options.customers:,} customers, {DAYS:,} daily files; load average {os.getloadavg()[0]:.1f}")
        print(f"  training {trained:.1f} s, assignment of {options.customers // 100:,} customers {assigned:.2f} s")
        with engine.begin() as connection:
            connection.execute(text(DAYS_OF_SEGMENTS), {"days": DAYS - 1})
            largest = "select slug from segments.segment_summary where scheme = 'kmeans' order by customers desc"
            slug = connection.execute(text(largest)).scalars().all()[0]
        analyze(url)
        engine.dispose()
        ratios = {
            f"{name}_ms": round(took, 1) for name, took in asyncio.run(read_all(url, slug, options.rounds)).items()
        }
    print(json.dumps({"ratios": ratios, "bounds": {**dict.fromkeys(ratios, BOUND_MS), "metrics_ms": METRICS_BOUND_MS}}))


if __name__ == "__main__":
    main()
