"""Counts of downloads by several threads."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from time import sleep
from typing import Any, SupportsInt
from unittest.mock import create_autospec
from uuid import uuid4

from sqlalchemy import Engine

from app.errors import StoreUnavailable
from app.jobs.runs import Run
from app.pipeline.fetch import Fetcher
from app.pipeline.ledger import SourceFile
from app.source.archive_reader import ArchiveReader
from app.source.protocol import Fetched, SourceObject
from tests.source.memory import MemorySource

FILES = 8
KEYS = [f"{number}.csv" for number in range(FILES)]


class SlowNumber(int):
    """A number that another thread can read while it is incremented."""

    def __add__(self, other: SupportsInt) -> "SlowNumber":
        sleep(0.01)
        return SlowNumber(int(self) + int(other))


class Unavailable(MemorySource):
    def fetch(self, listed: SourceObject) -> Fetched:
        raise StoreUnavailable(f"{listed.key}: the store does not answer")


def fetched(source: MemorySource, **counts: Any) -> Fetcher:
    """Fetch eight objects by as many threads."""
    files = [SourceFile(number, source.name, each, each.key) for number, each in enumerate(source.list())]
    engine = create_autospec(Engine, instance=True)
    fetcher = Fetcher(ArchiveReader(source), Run(uuid4(), "ingest"), engine, None, FILES, **counts)
    with ExitStack() as opened, ThreadPoolExecutor(FILES) as pool:
        [*pool.map(lambda file: fetcher.fetch([file], opened), files)]
    return fetcher


def test_every_object_that_several_threads_read_is_counted() -> None:
    source = MemorySource(dict.fromkeys(KEYS, b"x"))
    assert fetched(source, files_read=SlowNumber(0)).files_read == FILES


def test_every_failed_download_of_several_threads_is_counted() -> None:
    fetcher = fetched(Unavailable(dict.fromkeys(KEYS, b"x")), failures=SlowNumber(0))
    assert (fetcher.failures, len(fetcher.unavailable)) == (FILES, FILES)
