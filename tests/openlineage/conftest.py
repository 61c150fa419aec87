"""Emitters to a receiver on loopback and to a file, and runs to emit events about."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app.jobs.context import Context
from app.jobs.runs import Run, running
from app.jobs.tables import JobName
from app.openlineage.delivery import THREAD, LineageTimings
from app.openlineage.emitter import Emitter
from app.pipeline.ingest import ingest
from app.pipeline.retrain import retrain
from app.settings import Settings
from app.source.open import open_sources
from tests.loading import until
from tests.receiver import Receiver, receiving

AS_OF = date(2026, 3, 1)
QUICK = LineageTimings(poll_seconds=0.05, first_delay_seconds=0.05, max_delay_seconds=0.1, timeout_seconds=0.5)


@dataclass(frozen=True)
class Lineage:
    """A context, and the file that its events are appended to."""

    context: Context
    path: Path
    emitter: Emitter

    def events(self) -> list[dict[str, Any]]:
        """Send what there is to send; every event in the file, in order."""
        self.emitter.emit_pending(lambda: False)
        return read_file(self.path)

    def run(self, job: JobName, do: Callable[[Run], object]) -> list[dict[str, Any]]:
        """Do a run; the events about it."""
        with running(self.context.engine, job) as run:
            do(run)
        return [event for event in self.events() if event["run"]["runId"] == str(run.run_id)]

    def ingest(self) -> list[dict[str, Any]]:
        return self.run("ingest", lambda run: ingest(self.context, open_sources(self.context.settings), run))

    def train(self) -> list[dict[str, Any]]:
        return self.run("retrain", lambda run: retrain(self.context, run, AS_OF))


def read_file(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def with_lineage(context: Context, **given: Any) -> Settings:
    """The settings of a context, with a receiver of events."""
    return Settings(**{**dict(context.settings), **given})


@pytest.fixture
def lineage(context: Context, tmp_path: Path) -> Lineage:
    path = tmp_path / "events.jsonl"
    emitter = Emitter.open(context.engine, with_lineage(context, openlineage_file=path), QUICK)
    emitter.emit_pending(lambda: False)  # runs have events from now on
    return Lineage(context, path, emitter)


@pytest.fixture
def receiver(engine: Engine) -> Iterator[Receiver]:
    """A receiver; the thread that waits for its answer has ended before the engine is disposed of.

    A connection in use at that moment is never closed.
    """
    assert engine is not None
    with receiving() as found:
        yield found
    until(lambda: all(thread.name != THREAD for thread in threading.enumerate()))
