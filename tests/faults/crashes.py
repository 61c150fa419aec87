"""A database with a backlog, processes that work on it and come to grief, and the comparison with one that did not."""

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine, make_url

from app.db.engine import url_of
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.retrain import retrain
from tests.faults.worker_process import WorkerProcess, worker_process
from tests.loading import BAD, FROM_SCRATCH, VOLATILE, everything, gold, load, query, sale, states, until
from tests.postgres import fresh_database

DAYS = 9
LOADED = 4
# How often customers were assigned on the way there may differ; where the changes lead may not.
OF_RUNS = {"pipeline.job_run", "pipeline.run_step", "pipeline.lease", "segments.customer_change"}
ASTRAY = """
    select from segments.customer_segment as s
    full join (
        select distinct on (customer_id) customer_id, kmeans_after as kmeans
        from segments.customer_change
        where kmeans_cause is not null
        order by customer_id, change_id desc
    ) as last on last.customer_id = s.customer_id
    where s.kmeans is distinct from last.kmeans
"""
SLOWLY = (
    "create function slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.05); return new; end $$",
    "create trigger slowly before insert on bronze.sales_row for each row execute function slowly()",
)
COPYING = "select pid from pg_stat_activity where datname = current_database() and query like 'COPY bronze%'"


@dataclass(frozen=True)
class Backlog:
    """A folder of sales, and a database that holds an earlier state of it, a published run, and waits for the rest."""

    folder: Path
    template: str
    in_the_end: Mapping[str, list[str]]


@dataclass(frozen=True)
class Shop:
    """A copy of that database, where something is about to happen."""

    context: Context
    url: str
    backlog: Backlog

    @property
    def engine(self) -> Engine:
        return self.context.engine

    def worker(self, step: str = "", call: int = 1) -> AbstractContextManager[WorkerProcess]:
        """A worker in a process of its own, killed right after a step was done so many times."""
        return worker_process(self.url, str(self.backlog.folder), self.context.settings.contract, step, call)

    def all_is_loaded(self) -> bool:
        found = states(self.engine)
        return "discovered" not in found and len(found) > DAYS

    def ends_as_if_nothing_had_been(self) -> bool:
        """Load what is left: every table is that of the database that nothing happened to."""
        until(lambda: query(self.engine, OTHERS) == [])
        load(self.context)
        assert gold(self.engine) == query(self.engine, FROM_SCRATCH) != []
        assert query(self.engine, ASTRAY) == []
        found, expected = comparable(self.engine), self.backlog.in_the_end
        for table, rows in expected.items():
            assert (table, found[table]) == (table, rows)
        return found.keys() == expected.keys()


OTHERS = "select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"


def comparable(engine: Engine) -> Mapping[str, list[str]]:
    """Every table but those of the runs, with neither ids nor timestamps."""
    tables = everything(engine, *VOLATILE, "processing_date", named_files=True)
    return {name: rows for name, rows in tables.items() if name not in OF_RUNS}


def until_it_copies(shop: Shop) -> int:
    """The server's process that receives a file."""
    until(lambda: query(shop.engine, COPYING) != [])
    ((pid, *_), *_) = query(shop.engine, COPYING)
    return int(pid)


def write_days(folder: Path, *, corrected: bool) -> None:
    """Nine days of sales with customers in common, one of them twice; the first four may be corrected."""
    for number in range(DAYS if corrected else LOADED):
        day = f"2026-02-{number + 1:02}"
        rows = [sale(f"5{number:02}{row:03}", f"{row % 4}", day=day, quantity=row + 1) for row in range(8)]
        if corrected and number < 2:
            rows[0] = sale(f"5{number:02}000", "corrected", day=day)
        path = folder / day / f"{day}_transactions.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        header = "Invoice,StockCode,Description,Quantity,Price,Customer ID,Country,InvoiceDate"
        path.write_text("\n".join([header, *rows, BAD, ""]))
    if corrected:
        (folder / "again.csv").write_bytes((folder / "2026-02-03" / "2026-02-03_transactions.csv").read_bytes())


@contextmanager
def shop(postgres: str, backlog: Backlog, context: Context) -> Iterator[Shop]:
    """A copy of the backlog's database."""
    with fresh_database(postgres, backlog.template) as url:
        engine = create_engine(url_of(url), poolclass=NullPool)
        settings = context.settings.model_copy(update={"source": str(backlog.folder)})
        yield Shop(replace(context, engine=engine, settings=settings), url, backlog)


@contextmanager
def backlog(postgres: str, folder: Path, context: Context) -> Iterator[Backlog]:
    """Four days are loaded and trained on; nine wait, two of the four corrected, one there twice."""
    with fresh_database(postgres) as url:
        settings = context.settings.model_copy(update={"source": str(folder)})
        first = replace(context, engine=create_engine(url_of(url), poolclass=NullPool), settings=settings)
        write_days(folder, corrected=False)
        load(first)
        with running(first.engine, "retrain") as run:
            retrain(first, run, settings.today)
        write_days(folder, corrected=True)
        begun = Backlog(folder, make_url(url).database or "", {})
        until(lambda: query(first.engine, OTHERS) == [])
        with shop(postgres, begun, context) as undisturbed:
            load(undisturbed.context)
            in_the_end = comparable(undisturbed.engine)
        yield replace(begun, in_the_end=in_the_end)


def until_it_says(process: WorkerProcess, words: str) -> None:
    """Wait for a line of a process's log."""
    assert any(words in line for line in process.stderr), "it ended without that line"


def wait_for_exit(process: WorkerProcess, seconds: float = 30) -> int:
    """The exit code of a process that is about to end."""
    begun = time.monotonic()
    code = process.wait(seconds)
    assert time.monotonic() - begun < seconds
    return code
