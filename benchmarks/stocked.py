"""Database with generated customers in gold, commands that run on it, and what they take."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Final

import psycopg

from app.access import api_keys
from app.db.embedded import embedded_postgres
from app.db.engine import make_engine
from app.db.migrate import migrate
from benchmarks.api import Site

FIRST: Final = date(2026, 3, 1)
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
SIZE: Final = """
    select sum(pg_total_relation_size(c.oid))
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname in ('segments', 'webhooks') and c.relkind = 'r'
"""


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
