"""Benchmark of training runs with many customers: publications, rescore, storage, and lookups meanwhile.

Customers are written to gold directly. Each step is the command `regulars` in a process of its own: seconds include its
start; processor time is that of the process and of PostgreSQL; memory is the peak of the process. Before each step but
the first a day passes, on which 1 % of the customers buy. Storage of a publication is given for each percent of the
customers whose segment changed, because only changes are written. Lookups are those of `regulars serve`, by wrk with
four keep-alive connections; their 99th percentile during a forced publication is relative to a window before it.

The floor of the first training is plain SQL that copies the written rows to tables with the same columns and indexes.

    python -m benchmarks.publish [--customers 200000] [--large 2000000] [--no-lookups]

The bounds are those of 1,000,000 customers. `--large` repeats training and rescore with more customers, on a database
of its own: time relative to the smaller one, divided by the ratio of the customers, is at most 1.2.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Final

import psycopg

from app.access import api_keys
from app.db.embedded import embedded_postgres
from app.db.engine import make_engine
from app.db.migrate import migrate
from benchmarks.api import Site, free_port, served

FIRST: Final = date(2026, 3, 1)
CONNECTIONS: Final = 4
TICKS: Final = os.sysconf("SC_CLK_TCK")
CUSTOMERS: Final = """
    insert into gold.customer_rfm
        (customer_id, first_invoice_date, last_invoice_date, frequency, monetary, country, updated_at)
    select
        lpad(cast(c as text), greatest(6, length(cast(c as text))), '0'),
        last - 1 - cast(300 * random() as int),
        last,
        1 + cast(floor(-(orders - 1) * ln(random() + 1e-9)) as int),
        round(cast(exp(ln(spent) + 0.35 * random_normal()) as numeric), 2),
        'United Kingdom',
        clock_timestamp()
    from generate_series(0, cast(%(customers)s as int) - 1) as c
    cross join lateral (select random() + 0 * c as drawn) as d
    cross join lateral (
        -- Regular, occasional, lapsed and large customers, as in benchmarks/train.py.
        select *
        from (values (0.2, 15, 6, 900), (0.55, 30, 1.5, 250), (0.85, 130, 1.3, 230), (1, 25, 4, 2200)) as kinds
            (up_to, days, orders, spent)
        where drawn <= up_to
        order by up_to
        limit 1
    ) as kind
    cross join lateral (
        -- The id makes PostgreSQL evaluate it for every customer.
        select cast(%(day)s as date) - 1 - cast(-days / 3.0 * ln(random() * random() * random() + 1e-9) as int) + 0 * c
            as last
    ) as bought
"""
BOUGHT: Final = """
    update gold.customer_rfm
    set last_invoice_date = %(day)s, frequency = frequency + 1, monetary = monetary + 25, updated_at = clock_timestamp()
    where random() < 0.01
"""
FLOOR: Final = """
    create unlogged table copied_segment (like segments.customer_segment including all);
    create unlogged table copied_change (like segments.customer_change including all);
    insert into copied_segment select * from segments.customer_segment;
    insert into copied_change overriding system value select * from segments.customer_change;
    drop table copied_segment, copied_change
"""
SIZE: Final = """
    select sum(pg_total_relation_size(c.oid))
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname in ('segments', 'webhooks') and c.relkind = 'r'
"""
BOUNDS: Final = {
    "first_seconds": 25.0,
    "first_processor_seconds": 25.0,
    "rescore_seconds": 15.0,
    "peak_memory_mb": 1_000,
    "forced_stored_mb_per_percent": 20.0,
    "latest_stored_mb_per_percent": 20.0,
    "lookup_p99_to_quiet": 2.0,
    "large_to_linear": 1.2,
    "large_processor_to_linear": 1.2,
    "large_peak_memory_mb": 2_000,
}


@dataclass(frozen=True)
class Step:
    """Measurements of a command: seconds, processor seconds of Python and PostgreSQL, megabytes, recorded changes."""

    seconds: float
    python: float
    postgres: float
    memory: float
    stored: float
    changes: int

    @property
    def processor(self) -> float:
        """Processor seconds of both."""
        return self.python + self.postgres


@dataclass(frozen=True)
class Shop:
    """A database with customers, and the folder of its server."""

    site: Site
    url: str
    data: Path

    def execute(self, statement: str, **values: object) -> None:
        """Run SQL in autocommit."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement, values or None)

    def size(self) -> float:
        """Return the megabytes of what is stored about customers besides gold."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(SIZE).fetchone()
        return float(row[0]) / 1e6 if row else 0.0

    def changes(self) -> int:
        """Return the number of changes recorded so far."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute("select count(*) from segments.customer_change").fetchone()
        return int(row[0]) if row else 0

    def start(self, *command: str, day: date, policy: str = "stable") -> "subprocess.Popen[bytes]":
        """Start `regulars` with a command."""
        given = {"REGULARS_AS_OF": day.isoformat(), "REGULARS_MODEL_POLICY": policy}
        environment = {**self.site.environment, **given, "REGULARS_HOLD_PUBLICATIONS": "false"}
        return subprocess.Popen([sys.executable, "-m", "app.cli", *command], env=environment)

    def step(self, name: str, *command: str, day: date, policy: str = "stable") -> Step:
        """Run a command, print and return what it took."""
        self.execute("vacuum analyze")
        size, changes, spent = self.size(), self.changes(), processor_seconds(self.data)
        start = perf_counter()
        process = self.start(*command, day=day, policy=policy)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, f"{command} failed"
        found = Step(
            seconds=perf_counter() - start,
            python=usage.ru_utime + usage.ru_stime,
            postgres=processor_seconds(self.data) - spent,
            memory=usage.ru_maxrss / 1024,
            stored=self.size() - size,
            changes=self.changes() - changes,
        )
        print(
            f"  {name:<22}{found.seconds:7.1f} s, processor {found.python:.1f} + {found.postgres:.1f} s, "
            f"peak {found.memory:,.0f} MB, stored {found.stored:,.1f} MB, "
            f"{found.changes:,} changes",
            flush=True,
        )
        return found


def processor_seconds(data: Path) -> float:
    """Return the processor time of a PostgreSQL server and all its processes."""
    server = int((data / "postmaster.pid").read_text().split()[0])
    total = 0.0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = int(status.parent.name), status.read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        if pid == server:
            total += sum(map(int, rest[11:15]))
        elif int(rest[1]) == server:
            total += sum(map(int, rest[11:13]))
    return total / TICKS


@contextmanager
def stocked(customers: int) -> Iterator[Shop]:
    """Context of a database with random customers in gold."""
    with (
        tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder,
        embedded_postgres(Path(folder, "data")) as url,
    ):
        engine = make_engine(url)
        migrate(engine)
        key = api_keys.create(engine, "benchmark", ["customers:read"], 10**9).key
        engine.dispose()
        environment = {**os.environ, "REGULARS_DATABASE_URL": url, "PYTHONPATH": str(Path(__file__).parents[1])}
        data = next(path.parent for path in Path(folder).rglob("postmaster.pid"))
        shop = Shop(Site(customers, key, environment), url, data)
        shop.execute("select setseed(0.5)")
        shop.execute(CUSTOMERS, customers=customers, day=FIRST)
        print(f"{customers:,} customers; load average {os.getloadavg()[0]:.1f}", flush=True)
        yield shop


def days(shop: Shop) -> Iterator[date]:
    """Yield days; on each, some customers have bought."""
    for number in range(1, 100):
        day = FIRST + timedelta(days=number)
        shop.execute(BOUGHT, day=day)
        yield day


def floor_seconds(shop: Shop) -> float:
    """Return the processor seconds of copying the written rows."""
    start = processor_seconds(shop.data)
    shop.execute(FLOOR)
    return processor_seconds(shop.data) - start


def lookups(shop: Shop, next_days: Iterator[date], rounds: int, seconds: float) -> dict[str, float]:
    """Measure the 99th percentile of lookups during publications, relative to quiet windows before them."""
    port, ratios = free_port(), []
    given = {**shop.site.environment, "REGULARS_AS_OF": FIRST.isoformat()}
    site = replace(shop.site, environment=given)
    with served(["-m", "app.cli", "serve", "--port", str(port)], site, port):
        for seed in range(rounds):
            day = next(next_days)
            shop.execute("vacuum analyze")
            quiet = site.load(port, seed=seed, seconds=seconds, connections=CONNECTIONS)
            training = shop.start("train", "--force", day=day)
            sleep(1)  # until the process has imported its libraries
            windows = []
            while training.poll() is None:
                windows.append(site.load(port, seed=100 + seed, seconds=seconds, connections=CONNECTIONS))
            assert training.wait() == 0, "the training failed"
            busy = median(each.p99 for each in windows)
            ratios.append(busy / quiet.p99)
            print(
                f"  lookups: p99 quiet {quiet.p99:.1f} ms, during a publication {busy:.1f} ms ({len(windows)} windows)"
            )
    return {"lookup_p99_to_quiet": round(median(ratios), 2)}


def small(customers: int, *, with_lookups: bool) -> tuple[Step, dict[str, float]]:
    """Measure all steps; return the first training and the ratios."""
    with stocked(customers) as shop:
        first = shop.step("first training", "train", day=FIRST)
        floor, next_days = floor_seconds(shop), days(shop)
        steps = {
            "stable": shop.step("second, stable", "train", day=next(next_days)),
            "forced": shop.step("published, stable", "train", "--force", day=next(next_days)),
            "latest": shop.step("published, latest", "train", day=next(next_days), policy="latest"),
            "rescore": shop.step("rescore", "rescore", day=next(next_days)),
        }
        print(f"  floor of the first training {floor:.1f} s of processor time")
        found = lookups(shop, next_days, 3, 4) if with_lookups else {}
    ratios = {
        "first_seconds": round(first.seconds, 1),
        "first_processor_seconds": round(first.processor, 1),
        "first_to_floor": round(first.processor / floor, 2),
    }
    for name in ("forced", "latest"):
        percent = 100 * steps[name].changes / customers
        ratios[f"{name}_stored_mb_per_percent"] = round(steps[name].stored / max(percent, 1), 1)
    for name, step in steps.items():
        ratios |= {f"{name}_seconds": round(step.seconds, 1), f"{name}_stored_mb": round(step.stored, 1)}
    peak = max(step.memory for step in (first, *steps.values()))
    return first, {**ratios, "peak_memory_mb": round(peak), **found}


def large(customers: int, first: Step, fewer: int) -> dict[str, float]:
    """Measure the first training and a rescore of many customers."""
    with stocked(customers) as shop:
        trained = shop.step("first training", "train", day=FIRST)
        rescored = shop.step("rescore", "rescore", day=FIRST + timedelta(days=1))
    return {
        "large_to_linear": round(trained.seconds / first.seconds / (customers / fewer), 2),
        "large_processor_to_linear": round(trained.processor / first.processor / (customers / fewer), 2),
        "large_peak_memory_mb": round(max(trained.memory, rescored.memory)),
    }


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--large", type=int, help="number of customers of the second database")
    parser.add_argument("--no-lookups", action="store_true", help="leave out the lookups, which need wrk")
    options = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    first, ratios = small(options.customers, with_lookups=not options.no_lookups)
    if options.large:
        ratios |= large(options.large, first, options.customers)
    print(json.dumps({"ratios": ratios, "bounds": {name: bound for name, bound in BOUNDS.items() if name in ratios}}))


if __name__ == "__main__":
    main()
