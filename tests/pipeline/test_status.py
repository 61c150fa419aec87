"""What an operator is told first."""

from collections.abc import Callable
from dataclasses import astuple
from datetime import date
from pathlib import Path

import pytest

from app.pipeline.context import Context
from app.pipeline.queue import enqueue
from app.pipeline.retrain import retrain
from app.pipeline.runs import running
from app.pipeline.status import LAST_RUNS, Status, read_status
from tests.conftest import NOW
from tests.loading import BAD, load, sale

Put = Callable[..., Path]
AS_OF = date(2026, 3, 1)


def status(context: Context) -> Status:
    with context.engine.connect() as connection:
        return read_status(connection)


def test_of_nothing_there_is_nothing_to_say(context: Context) -> None:
    assert astuple(status(context)) == (None, None, {}, None, None, None, [], [])


def test_it_says_how_far_the_data_go_and_what_is_wrong_with_them(context: Context, put: Put) -> None:
    put(sale())
    put(BAD, day="2026-02-02")
    load(context)
    found = status(context)
    assert (found.data_through, found.concern) == (date(2026, 2, 1), "1 file(s) refused or failed, see /v1/files")


def test_it_counts_files_by_state(context: Context, put: Put) -> None:
    put(sale())
    put(sale(customer="A"), day="2026-02-02")
    put(BAD, day="2026-02-03")
    load(context)
    assert status(context).files == {"loaded": 2, "rejected": 1}


def test_it_names_the_run_that_is_served(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    with running(context.engine, "retrain") as run:
        retrain(context, run, AS_OF)
    found = status(context)
    assert (found.serving, found.as_of, found.published_at) == (run.run_id, AS_OF, NOW)


def test_it_shows_the_newest_runs_newest_first(context: Context) -> None:
    begun = []
    for _ in range(LAST_RUNS + 1):
        with running(context.engine, "ingest") as run:
            begun.append(run.run_id)
    assert [run["run_id"] for run in status(context).runs] == begun[:0:-1]


@pytest.mark.parametrize(
    ("column", "shown"), [("job", "ingest"), ("trigger", "api"), ("state", "queued"), ("counts", {})]
)
def test_a_run_is_shown_with_what_is_known_of_it(context: Context, column: str, shown: object) -> None:
    enqueue(context.engine, "ingest", "api", NOW)
    assert status(context).runs[0][column] == shown


def test_it_names_refused_files_and_why(context: Context, put: Callable[..., Path]) -> None:
    put(BAD)
    load(context)
    [refused] = status(context).refused
    assert (refused["state"], "valid_quantity (such as '-6')" in refused["error"]) == ("rejected", True)
