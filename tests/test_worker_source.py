"""A worker with a source other than that of the database's sales."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import Misconfigured
from app.jobs.context import Context
from app.worker import Worker, work
from tests.loading import load, query, sale, states
from tests.working import request_run, wait_for, working

Put = Callable[..., Path]


@pytest.fixture
def other(context: Context, put: Put, tmp_path: Path) -> Context:
    """Sales of one shop, and the settings of another, which has no file yet."""
    put(sale())
    load(context)
    (tmp_path / "other").mkdir()
    return replace(context, settings=context.settings.model_copy(update={"source": str(tmp_path / "other")}))


def test_it_does_not_start_with_another_source(other: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Worker, "run", lambda _: None)
    with (
        preserved_signals(),
        pytest.raises(Misconfigured, match=r"files of another source \(1 of .*/sales/\) .* --add-source"),
    ):
        work(other.settings, other.engine)


def test_a_worker_with_another_source_that_leads_later_loads_nothing(other: Context) -> None:
    with working(other):
        wait_for(other, request_run(other), "failed")
    failed = "select distinct job, error_kind, left(error, 41) from pipeline.job_run where state = 'failed'"
    assert query(other.engine, failed) == [("ingest", "configuration", "the database has files of another source ")]
    assert states(other.engine) == ["loaded"]


def test_a_source_that_cannot_be_listed_does_not_end_it_at_its_start(
    other: Context, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").rmdir()
    monkeypatch.setattr(Worker, "run", lambda _: None)
    with preserved_signals():
        work(other.settings, other.engine)
    assert "the source was not checked: folder" in caplog.text


@contextmanager
def preserved_signals() -> Iterator[None]:
    """Undo the handlers that `work` sets for this process."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
