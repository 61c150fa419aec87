"""Why sales or segments are stale, as `regulars status` shows it."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.command import make_app
from app.errors import NoCustomers, StoreUnavailable
from app.jobs.context import Context
from app.jobs.lease import LEADER, held
from app.jobs.runs import running
from app.pipeline.ingest import ingest
from app.pipeline.retrain import retrain
from app.pipeline.staleness import AgeLimit
from app.pipeline.status import PipelineState, read_status
from app.source.open import declared_sources, open_sources
from tests.loading import BAD, change, sale

Put = Callable[..., Path]
CRASH = """
    update pipeline.job_run set state = 'crashed', error = 'ended'
    where scheduled_for = (select max(scheduled_for) from pipeline.job_run)
"""
DISCOVER = """
    insert into pipeline.source_file (source, key, etag, size, last_modified, discovered_at)
    values ('sales', 'a', 'e', 1, now(), now())
"""
NO_WORKER = "no worker runs: start `regulars worker` (or `regulars up`), and see its log"


def status(context: Context) -> PipelineState:
    with context.engine.connect() as connection:
        limit = AgeLimit(context.settings.today, 3)
        return read_status(connection, declared_sources(context.settings).contract, limit, is_contract_set=True)


def causes(context: Context) -> list[str]:
    """The causes while a worker leads, with times left out."""
    with held(context.engine, LEADER, "taken"):
        return [re.sub(r"20\d\d-\d\d-\d\d \d\d:\d\dZ", "TIME", each) for each in status(context).stale_causes]


def load(context: Context) -> None:
    with running(context.engine, "ingest") as run:
        ingest(context, open_sources(context.settings), run)


def train(context: Context, day: date = date(2026, 2, 1)) -> None:
    with running(context.engine, "retrain") as run:
        retrain(context, run, day)


def on(context: Context, day: date) -> Context:
    return replace(context, settings=context.settings.model_copy(update={"as_of": day}))


@pytest.fixture
def fresh(context: Context, put: Put) -> Context:
    """A context on the day after a load and a training run."""
    put(sale())
    load(context)
    train(context)
    return on(context, date(2026, 2, 2))


def test_fresh_data_and_a_worker_have_no_cause(fresh: Context) -> None:
    assert (status(fresh).stale, causes(fresh)) == ([], [])


def test_ages_above_the_limit_are_named(fresh: Context) -> None:
    assert status(on(fresh, date(2026, 2, 5))).stale == [
        "the latest sale is of 2026-02-01, 4 days ago",
        "the segments are as of 2026-02-01, 4 days ago",
    ]


def test_a_dead_worker_is_a_cause_before_anything_is_stale(fresh: Context) -> None:
    assert (status(fresh).stale, status(fresh).stale_causes) == ([], [NO_WORKER])


def test_a_database_without_a_run_names_the_command(context: Context) -> None:
    assert status(context).stale == ["no sales are loaded"]
    assert causes(context) == ["no ingest has ended yet: start a worker, or run `regulars ingest`"]


def test_a_source_without_files_is_a_cause(context: Context) -> None:
    load(context)
    assert causes(context) == ["the last ingest, at TIME, found no file in the source: check its location"]


def test_files_with_other_suffixes_are_named(context: Context, put: Put) -> None:
    put(sale(), name="sales.parquet")
    load(context)
    (cause,) = causes(context)
    assert re.search(r"found no file in the source \(.*\.parquet.*\): check its location", cause)


def test_files_that_stopped_arriving_are_a_cause(fresh: Context) -> None:
    assert causes(on(fresh, date(2026, 2, 10))) == [
        "the last ingest, at TIME, found no file with newer sales: check that files arrive",
        "the last training run succeeded at TIME: run `regulars rescore`, or let a worker do it at the time of "
        "REGULARS_RESCORE_CRON",
    ]


def test_a_failed_rescore_is_a_cause_with_its_error(fresh: Context) -> None:
    with suppress(StoreUnavailable), running(fresh.engine, "rescore"):
        raise StoreUnavailable("the database does not answer")
    assert causes(fresh) == ["the last rescore failed at TIME: the database does not answer"]


def test_a_failed_ingest_is_a_cause_with_its_error(fresh: Context) -> None:
    with suppress(StoreUnavailable), running(fresh.engine, "ingest"):
        raise StoreUnavailable("the store does not answer")
    assert causes(fresh) == ["the last ingest failed at TIME: the store does not answer"]


def test_a_failed_training_is_a_cause_after_many_polls(fresh: Context) -> None:
    with suppress(NoCustomers), running(fresh.engine, "retrain"):
        raise NoCustomers("none of the loaded sales counts for a customer")
    for _ in range(6):
        load(fresh)
    found = status(fresh)
    assert "retrain" not in {run["job"] for run in found.runs}
    assert causes(fresh) == [
        "the last training run failed at TIME: none of the loaded sales counts for a customer",
    ]


def test_a_crashed_run_is_a_cause(fresh: Context) -> None:
    with running(fresh.engine, "retrain"):
        pass
    change(fresh.engine, CRASH)
    assert causes(fresh) == ["the last training run crashed at TIME: ended"]


def test_a_success_ends_the_cause(fresh: Context) -> None:
    with suppress(NoCustomers), running(fresh.engine, "retrain"):
        raise NoCustomers("none")
    train(fresh)
    assert causes(fresh) == []


def test_sales_without_a_training_name_the_command(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    assert causes(on(context, date(2026, 2, 2))) == ["no training run has ended yet: run `regulars train`"]


def test_a_closed_gate_is_a_cause_with_its_reason_once(fresh: Context, put: Put) -> None:
    put(BAD, day="2026-02-02")
    load(fresh)
    with suppress(Exception):
        train(fresh)
    reason = "1 of the newest 2 files rejected or failed"
    assert causes(fresh) == [f"the quality gate is closed, so that training runs are not published: {reason}"]


def test_rejected_files_are_a_cause_of_stale_sales(fresh: Context, put: Put) -> None:
    put(BAD, day="2026-02-02")
    load(fresh)
    assert "1 file rejected or failed, listed below with the reasons" in causes(on(fresh, date(2026, 2, 10)))


def test_waiting_files_are_a_cause(fresh: Context) -> None:
    change(fresh.engine, DISCOVER)
    assert causes(fresh) == ["1 file waiting to be loaded by the next ingest"]


def shown(context: Context, monkeypatch: pytest.MonkeyPatch, database_url: str, today: date) -> str:
    """What `regulars status` prints on a day."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    monkeypatch.setenv("REGULARS_SOURCE", str(context.settings.source))
    monkeypatch.setenv("REGULARS_AS_OF", today.isoformat())
    result = CliRunner().invoke(make_app("status"), ["status"], env={"COLUMNS": "200"})
    return " ".join(result.stdout.split())


def test_status_shows_the_cause(fresh: Context, monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    text = shown(fresh, monkeypatch, database_url, date(2026, 2, 10))
    assert "stale the latest sale is of 2026-02-01, 9 days ago; the segments are as of 2026-02-01, 9 days ago" in text
    assert f"because {NO_WORKER} and the last ingest, at " in text


def test_status_shows_a_cause_before_anything_is_stale(
    fresh: Context, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    assert f"stale no soon, because {NO_WORKER}" in shown(fresh, monkeypatch, database_url, date(2026, 2, 2))
