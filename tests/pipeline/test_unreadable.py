"""Unreadable files block no others; a store that refuses every object stops the run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import uuid4

import pytest

from app.errors import (
    BrokenFile,
    FoldersUnreadable,
    LocalStorageUnavailable,
    ObjectRefused,
    StoreUnavailable,
    StoreUnusable,
)
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.ingest import IngestPolicy, ingest
from app.source.protocol import Fetched, SourceObject
from tests.conftest import HEADER, NOW
from tests.loading import load, only, query, sale, states
from tests.source.memory import MemorySource

SETTLING = IngestPolicy(settle=timedelta(seconds=30))


def day(number: int) -> bytes:
    return f"{HEADER}\n{sale(f'{500000 + number}')}\n".encode()


@dataclass
class Closed(MemorySource):
    """A source some of whose objects are refused; `folders` cannot be listed."""

    closed: set[str] = field(default_factory=set)
    folders: tuple[str, ...] = ()
    error: Callable[[str], Exception] = ObjectRefused

    def list(self) -> Iterator[SourceObject]:
        yield from (item for item in super().list() if not item.key.startswith(self.folders or ("/",)))
        if self.folders:
            raise FoldersUnreadable("closed", self.folders)

    def fetch(self, listed: SourceObject) -> Fetched:
        if listed.key in self.closed:
            raise self.error(f"{listed.key}: access refused")
        return super().fetch(listed)


def source(files: int, closed: int = 0) -> Closed:
    names = [f"{number}.csv" for number in range(files)]
    return Closed({name: day(number) for number, name in enumerate(names)}, closed=set(names[:closed]))


def test_files_that_are_refused_block_no_other_and_count_an_attempt(context: Context) -> None:
    counts = load(context, source(6, closed=5))
    assert (counts.loaded, counts.failed) == (1, 5)
    found = query(context.engine, "select state, attempts from pipeline.source_file order by key")
    assert found == [("discovered", 1)] * 5 + [("loaded", 0)]


def test_a_file_that_is_refused_again_and_again_is_failed(context: Context) -> None:
    context = replace(context, settings=context.settings.model_copy(update={"max_attempts": 2}))
    for _ in range(3):
        load(context, source(2, closed=1))
    assert states(context.engine) == ["failed", "loaded"]


def test_a_store_that_refuses_every_object_stops_the_run_and_counts_no_attempt(context: Context) -> None:
    with pytest.raises(StoreUnusable, match=r"0\.csv: access refused"):
        load(context, source(6, closed=6))
    assert query(context.engine, "select distinct state, attempts from pipeline.source_file") == [("discovered", 0)]


def test_a_store_that_refuses_loaded_objects_too_stops_the_run(context: Context) -> None:
    load(context, source(1))
    with pytest.raises(StoreUnusable):
        load(context, source(2, closed=2))


def test_a_full_local_disk_stops_the_run_and_counts_no_attempt(context: Context) -> None:
    full = source(2, closed=1)
    full.error = LocalStorageUnavailable
    with pytest.raises(LocalStorageUnavailable):
        load(context, full)
    assert query(context.engine, "select max(attempts) from pipeline.source_file") == [(0,)]


def test_files_in_a_folder_that_cannot_be_listed_are_not_missing(context: Context) -> None:
    both = Closed({"a/1.csv": day(1), "b/2.csv": day(2)})
    load(context, both)
    both.folders = ("a/",)
    load(context, both)
    assert states(context.engine) == ["loaded", "loaded"]


# --- files that are still being written


@pytest.mark.parametrize(
    ("age", "is_atomic", "loaded"), [(29, False, 0), (31, False, 1), (0, True, 1), (-40, False, 1)]
)
def test_a_file_of_a_folder_waits_until_it_is_unchanged_for_a_while(
    context: Context, age: int, is_atomic: bool, loaded: int
) -> None:
    @dataclass
    class Written(MemorySource):
        def list(self) -> Iterator[SourceObject]:
            for item in super().list():
                yield replace(item, last_modified=NOW - timedelta(seconds=age))

    run = Run(uuid4(), "ingest")
    counts = ingest(context, only(context, Written({"1.csv": day(1)}, is_atomic=is_atomic)), run, policy=SETTLING)
    assert (counts.loaded, run.counts["settling"]) == (loaded, 1 - loaded)


def test_a_loaded_file_is_not_settling(context: Context) -> None:
    class JustWritten(MemorySource):
        def list(self) -> Iterator[SourceObject]:
            for item in super().list():
                yield replace(item, last_modified=NOW)

    source, run = JustWritten({"1.csv": day(1)}, is_atomic=False), Run(uuid4(), "ingest")
    ingest(context, only(context, source), Run(uuid4(), "ingest"))
    ingest(context, only(context, source), run, policy=SETTLING)
    assert run.counts["settling"] == 0


def test_a_broken_object_shows_that_the_store_answers(context: Context) -> None:
    def error(message: str) -> Exception:
        return BrokenFile(message) if message.startswith("5.csv") else StoreUnavailable(message)

    failing = replace(source(6, closed=6), error=error)
    with pytest.raises(StoreUnavailable):
        load(context, failing)
    assert states(context.engine) == ["discovered"] * 5 + ["rejected"]
