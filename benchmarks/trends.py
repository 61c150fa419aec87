"""Benchmark of reads for dashboards: response times of trends and cohorts.

Data: synthetic invoices of three years (1,000 a day by default), written to gold by SQL; their sums are added up by
the function that a load calls, month by month. The server is one process started by `regulars serve`; requests are sent
one after another on one connection, and the whole response is read.

The bound is 200 ms for the median response of each read.

    python benchmarks/trends.py [--customers 100000] [--invoices 1000] [--requests 15]
"""

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from statistics import median

import psycopg
from sqlalchemy import Engine

from app.access import api_keys
from app.db.embedded import embedded_postgres
from app.db.engine import make_engine
from app.db.migrate import migrate
from app.gold.sales_periods import ChangedSales, refresh_periods
from app.pipeline.load_batch import PLANNER_SETTINGS

ROOT = Path(__file__).resolve().parent.parent
FIRST, DAYS = date(2023, 1, 1), 3 * 365
MILLISECONDS = 200.0
READS = {
    "sales_by_day": "/v1/trends/sales?by=day&limit=1000",
    "sales_by_month": "/v1/trends/sales?by=month",
    "countries_by_day": "/v1/trends/countries?by=day&limit=1000",
    "countries_by_month": "/v1/trends/countries?by=month&limit=1000",
    "one_country_by_day": "/v1/trends/countries?by=day&country=United%20Kingdom&limit=1000",
    "cohorts": "/v1/cohorts",
}
INVOICES = """
    insert into gold.customer_invoice (file_id, customer_id, invoice_no, invoice_date, amount, country)
    select
        1 + n, lpad(cast(c as text), 6, '0'), cast(1000000 + row_number() over (order by n, c) as text),
        cast(%(first)s as date) + n, cast(10 + random() * 200 as numeric(24, 2)), country
    from (
        select
            n, cast(power(random(), 1.5) * %(customers)s * (0.3 + 0.7 * n / %(days)s) as int) as c,
            case when random() < 0.85 then 'United Kingdom' else 'Country ' || cast(random() * 36 as int) end as country
        from generate_series(0, %(days)s - 1) as n cross join generate_series(1, %(invoices)s)
    ) as drawn
"""
"""Old customers buy more often than new ones; there are 38 countries."""
CUSTOMERS = """
    insert into gold.customer_rfm
        (customer_id, first_invoice_date, last_invoice_date, frequency, monetary, country, updated_at)
    select customer_id, min(invoice_date), max(invoice_date), count(*), sum(amount), max(country), now()
    from gold.customer_invoice
    group by customer_id
"""
UNCOUNTED = """
    insert into gold.uncounted_sales
    select 1 + n, cast(%(first)s as date) + n, 'Country ' || k, 10, 100
    from generate_series(0, %(days)s - 1) as n cross join generate_series(0, 5) as k
"""


def stock(engine: Engine, url: str, customers: int, invoices: int) -> str:
    """Add invoices and their sums to gold; return an API key."""
    values = {"first": FIRST, "days": DAYS, "customers": customers, "invoices": invoices}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select setseed(0.5)")
        for statement in (INVOICES, CUSTOMERS, UNCOUNTED):
            connection.execute(statement, values)
        connection.execute("vacuum analyze")
        counted = connection.execute(
            "select count(*), count(distinct customer_id) from gold.customer_invoice"
        ).fetchone()
        assert counted is not None
        print(f"{counted[0]:,} invoices of {counted[1]:,} customers on {DAYS:,} days")
    days = [FIRST + timedelta(days=n) for n in range(DAYS)]
    for _, month in groupby(days, key=lambda day: day.replace(day=1)):
        add_up(engine, set(month))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    return api_keys.create(engine, "benchmark", ["segments:read"], 10**9).key


def add_up(engine: Engine, days: set[date]) -> float:
    """Add up the sums of days, their weeks and months as a load does; return the seconds."""
    started = time.perf_counter()
    with engine.begin() as connection:
        connection.execute(PLANNER_SETTINGS)
        refresh_periods(connection, ChangedSales(days))
    return time.perf_counter() - started


def free_port() -> int:
    """Return a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a process listens on a port."""
    for _ in range(1_200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert process.poll() is None, "the server ended"
            time.sleep(0.1)
        else:
            return


@contextmanager
def served(url: str, port: int) -> Iterator[http.client.HTTPConnection]:
    """Run the server; yield a connection to it."""
    given = {"REGULARS_DATABASE_URL": url, "REGULARS_AS_OF": "2026-01-01", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, **given}, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield http.client.HTTPConnection("127.0.0.1", port)
    finally:
        process.terminate()
        process.wait()


def milliseconds(connection: http.client.HTTPConnection, path: str, key: str, requests: int) -> list[float]:
    """Return the response times of requests after the first one."""
    found = []
    for _ in range(requests + 1):
        started = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
        response = connection.getresponse()
        body = response.read()
        found.append(1000 * (time.perf_counter() - started))
        assert response.status == 200, body
        assert json.loads(body)["data"], f"{path} is empty"
    return found[1:]


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, default in (("customers", 100_000), ("invoices", 1_000), ("requests", 15)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    measured = {}
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder, embedded_postgres(Path(folder)) as url:
        engine = make_engine(url)
        migrate(engine)
        key = stock(engine, url, options.customers, options.invoices)
        seconds = median(add_up(engine, {FIRST + timedelta(days=DAYS - 1)}) for _ in range(5))
        print(f"sums of the last day, its week and month, as a load adds them up: {seconds:.2f} s")
        engine.dispose()
        with served(url, free_port()) as connection:
            for name, path in READS.items():
                found = milliseconds(connection, path, key, options.requests)
                measured[f"{name}_ms"] = round(median(found), 1)
                print(f"{name}: median {median(found):.1f} ms, longest {max(found):.1f} ms")
    print(json.dumps({"ratios": measured, "bounds": dict.fromkeys(measured, MILLISECONDS)}))


if __name__ == "__main__":
    main()
