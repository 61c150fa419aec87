"""Benchmark of ingest: the first load relative to plain SQL, and one day's file after a short and a long history.

Floor, with the same rows and server: COPY of all files into a text table, one INSERT … SELECT that types the rows, one
aggregate by customer; without keys, quarantine, ledger and quality. Measured: `ingest` with all guarantees, in a
separate process, with its peak memory.

    python benchmarks/ingest.py [--source FOLDER] [--rounds 3] [--history 1000]
"""

import argparse
import json
import multiprocessing
import shutil
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path

import psycopg

from app.db.embedded import embedded_postgres
from app.db.engine import make_engine, url_of
from app.db.migrate import migrate
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.ingest import ingest
from app.prepare.generator.generate import generate
from app.settings import Settings
from app.source.open import open_sources

DAYS_MEASURED = 7
BOUNDS = {"first_load_to_floor": 2.5, "day_after_long_to_short_history": 1.3, "peak_memory_mb": 400}
TEXT_TABLE = """create table floor.received
    (invoice text, stock_code text, description text, quantity text, price text, customer_id text, country text,
    day text)"""
SILVER_TABLE = """create table floor.silver
    (invoice_no text, stock_code text, description text, quantity int, unit_price numeric(10,2), customer_id text,
    country text, invoice_date date, is_cancellation boolean, total_price numeric(14,2), year smallint, month smallint,
    day_of_week smallint, surrogate_key text)"""
SILVER = """insert into floor.silver
    select
        invoice, stock_code, description, quantity::int, price::numeric(10,2), customer_id, country, day::date,
        left(invoice, 1) in ('C', 'c'), quantity::int * price::numeric(10,2), extract(year from day::date),
        extract(month from day::date), extract(dow from day::date) + 1, invoice || '_' || stock_code || '_' || quantity
    from floor.received
    where quantity::int > 0 and price::numeric >= 0"""
GOLD = """create table floor.gold as
    select customer_id, min(invoice_date), max(invoice_date), count(distinct invoice_no), sum(total_price)
    from floor.silver
    where customer_id is not null and not is_cancellation
    group by customer_id"""


def floor(url: str, files: list[Path]) -> float:
    """Return the seconds of the floor."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop schema if exists floor cascade")
        connection.execute("create schema floor")
        started = time.perf_counter()
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(TEXT_TABLE)
            for file in files:
                with cursor.copy("copy floor.received from stdin (format csv, header)") as copy:
                    copy.write(file.read_bytes())
            cursor.execute(SILVER_TABLE)
            cursor.execute(SILVER)
            cursor.execute(GOLD)
        return time.perf_counter() - started


def ours(url: str, folder: Path, contract: str = "online-retail") -> tuple[float, float, int]:
    """Ingest the new files of `folder` in a separate process; return seconds, peak megabytes and rows."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_ingest, (url, str(folder), contract))


def _ingest(url: str, folder: str, contract: str) -> tuple[float, float, int]:
    settings = Settings(source=folder, as_of=date(2026, 1, 1), contract=contract)
    engine = make_engine(url)
    started = time.perf_counter()
    with running(engine, "ingest") as run:
        counts = ingest(Context(engine, settings), open_sources(settings), run)
    seconds = time.perf_counter() - started
    return seconds, _peak_megabytes(), counts.rows_read


def _peak_megabytes() -> float:
    # Not getrusage: a process inherits the maximum of its parent.
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def fresh(url: str, name: str) -> str:
    """Create and migrate a database; return its URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)')
        connection.execute(f'create database "{name}"')
    database = url_of(url).set(database=name)
    engine = make_engine(database.render_as_string(hide_password=False))
    migrate(engine)
    engine.dispose()
    return database.set(drivername="postgresql").render_as_string(hide_password=False)


def first_load(url: str, folder: Path, rounds: int) -> tuple[list[float], float]:
    """Return the ratios of ingest to the floor, one per round, and the highest peak memory in MB."""
    files = sorted(folder.rglob("*.csv"))
    ratios, peaks = [], []
    for number in range(rounds):
        database = fresh(url, "first_load")
        bottom = floor(database, files)
        seconds, peak, rows = ours(database, folder)
        ratios.append(seconds / bottom)
        peaks.append(peak)
        timed = f"floor {bottom:.2f} s  ours {seconds:.2f} s  ratio {ratios[-1]:.2f}  peak {peak:.0f} MB"
        print(f"round {number + 1}: {rows:,} rows  {timed}")
    return ratios, max(peaks)


def day_ratios(url: str, days: list[Path], short: int, long: int, work: Path) -> list[float]:
    """Return, for each of the last days, the ratio of the load time after a long history to that after a short one."""
    before, newest = days[:-DAYS_MEASURED], days[-DAYS_MEASURED:]
    histories = {length: (work / f"history_{length}", fresh(url, f"history_{length}")) for length in (short, long)}
    for length, (folder, database) in histories.items():
        for day in before[-length:]:
            shutil.copytree(day, folder / day.name)
        ours(database, folder)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("vacuum analyze")
    ratios = []
    for day in newest:
        seconds = {}
        for length, (folder, database) in histories.items():
            shutil.copytree(day, folder / day.name)
            seconds[length] = ours(database, folder)[0]
        ratios.append(seconds[long] / seconds[short])
        print(f"{day.name}: after {short} days {seconds[short]:.3f} s  after {long} days {seconds[long]:.3f} s")
    return ratios


def generated(folder: Path, *, customers: int, days: int) -> Path:
    """Generate synthetic sales in a folder and return it."""
    summary = generate(folder, customers=customers, days=days, start=date(2023, 1, 1), seed=7)
    print(f"{folder.name}: {summary.rows:,} rows in {summary.days:,} files")
    return folder


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, help="folder of daily files; synthetic sales by default")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--history", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        work = Path(folder)
        source = arguments.source or generated(work / "first", customers=7_100, days=307)
        history = generated(work / "days", customers=4_500, days=arguments.history + DAYS_MEASURED)
        with embedded_postgres(work / "data") as url:
            loads, peak = first_load(url, source, arguments.rounds)
            ratios = day_ratios(url, sorted(history.iterdir()), 10, arguments.history, work)
    measured = {
        "first_load_to_floor": round(statistics.median(loads), 2),
        "day_after_long_to_short_history": round(statistics.median(ratios), 2),
        "peak_memory_mb": round(peak),
    }
    print(json.dumps({"ratios": measured, "bounds": BOUNDS}))


if __name__ == "__main__":
    main()
