"""Loads that are killed at any moment leave whole files, and in the end what an undisturbed load leaves."""

import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, NullPool, create_engine, make_url

from app.db.engine import url_of
from app.prepare.generator.generate import generate
from tests.faults.crashes import OF_RUNS
from tests.loading import FROM_SCRATCH, VOLATILE, everything, gold, query, until
from tests.postgres import fresh_database

DAYS, EARLIER, CUSTOMERS, KILLS = 60, 15, 600, 4
LOAD = """
import sys
from datetime import UTC, datetime
from app.db.engine import make_engine
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.ingest import IngestPolicy, ingest
from app.settings import Settings
from app.source.open import open_sources
engine, settings = make_engine(sys.argv[1]), Settings(source=sys.argv[2])
context = Context(engine, settings, clock=lambda: datetime(2026, 3, 1, tzinfo=UTC))
with running(engine, "ingest") as run:
    policy = IngestPolicy(files_per_batch=3)
    ingest(context, open_sources(settings), run, lambda done, total: print(done.files, flush=True), policy)
"""
PARTS = """
    select
        f.key,
        f.state,
        array[f.rows_read, f.rows_loaded, f.rows_quarantined, f.rows_read, f.rows_read],
        array[
            (select count(*) from bronze.retail_transactions as r where r.file_id = f.id),
            (select count(*) from silver.retail_transactions as r where r.file_id = f.id),
            (select count(*) from silver.quarantine as r where r.file_id = f.id),
            (select coalesce(sum(rows), 0) from quality.file_dates as r where r.file_id = f.id and layer = 'bronze'),
            (select coalesce(sum(rows), 0) from quality.file_profile as r where r.file_id = f.id and layer = 'bronze')
        ]
    from pipeline.source_file as f
"""
OTHERS = "select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"


@dataclass(frozen=True)
class Begun:
    """A folder of sales, a database that holds an earlier state of it, and what it holds in the end."""

    folder: Path
    database: str
    in_the_end: Mapping[str, list[str]]


@pytest.fixture(scope="module")
def begun(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    """15 days are loaded; all 60 wait, the earlier ones corrected."""
    folder, start = tmp_path_factory.mktemp("killed") / "sales", date(2025, 12, 1)
    generate(folder, customers=CUSTOMERS, days=EARLIER, start=start, seed=1)
    with fresh_database(postgres) as url:
        finish(url, folder)
        generate(folder, customers=CUSTOMERS, days=DAYS, start=start, seed=2, replace=True)
        name = make_url(url).database or ""
        with opened(postgres, name) as (url_of_copy, engine):
            finish(url_of_copy, folder)
            yield Begun(folder, name, comparable(engine))


@contextmanager
def opened(postgres: str, template: str) -> Iterator[tuple[str, Engine]]:
    """URL of a copy of a database, and an engine on it."""
    with fresh_database(postgres, template) as url:
        engine = create_engine(url_of(url), poolclass=NullPool)
        yield url, engine


def load(url: str, folder: Path) -> "subprocess.Popen[str]":
    """A process that loads the folder, and says so after each batch of three files."""
    return subprocess.Popen([sys.executable, "-c", LOAD, url, str(folder)], stdout=subprocess.PIPE, text=True)


def finish(url: str, folder: Path) -> None:
    """Load the folder to the end."""
    with load(url, folder) as process:
        process.communicate(timeout=60)
    assert process.returncode == 0


def kill(url: str, folder: Path, *, batches: int, seconds: float) -> None:
    """Load the folder, and be killed so many batches and seconds later."""
    with load(url, folder) as process:
        assert process.stdout is not None
        for _ in range(batches):
            process.stdout.readline()
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.kill()


def comparable(engine: Engine) -> Mapping[str, list[str]]:
    """Every table but those of runs, with neither ids nor timestamps."""
    tables = everything(engine, *VOLATILE, named_files=True)
    return {name: rows for name, rows in tables.items() if name not in OF_RUNS}


def half_loaded(engine: Engine) -> list[tuple[Any, ...]]:
    """Files of which there is more or less than the ledger says."""
    return [row for row in query(engine, PARTS) if row[3] != whole(row[1], row[2])]


def whole(state: str, rows: list[int]) -> list[int]:
    """What should be found of a file in this state, of these rows: received, loaded, quarantined, measured twice."""
    if state == "superseded":
        return [rows[0], 0, 0, rows[0], rows[0]]
    return rows if state in {"loaded", "empty"} else [0] * len(rows)


@pytest.mark.parametrize("seed", range(2))
def test_a_load_that_is_killed_again_and_again_leaves_whole_files_and_ends_like_any_other(
    begun: Begun, postgres: str, seed: int
) -> None:
    moments = random.Random(seed)  # noqa: S311  # the moment is to be any, and the same again
    with opened(postgres, begun.database) as (url, engine):
        for _ in range(KILLS):
            kill(url, begun.folder, batches=moments.randint(1, 4), seconds=moments.uniform(0, 0.1))
            until(lambda: query(engine, OTHERS) == [])
            assert half_loaded(engine) == []
            assert gold(engine) == query(engine, FROM_SCRATCH)
        finish(url, begun.folder)
        assert comparable(engine) == begun.in_the_end


def test_the_undisturbed_load_is_whole_itself(begun: Begun, postgres: str) -> None:
    with opened(postgres, begun.database) as (url, engine):
        finish(url, begun.folder)
        states = query(engine, "select count(*) from pipeline.source_file group by state = 'superseded' order by 1")
        assert (half_loaded(engine), states[-1]) == ([], (DAYS,))
        assert comparable(engine) == begun.in_the_end
