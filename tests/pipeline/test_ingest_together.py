"""Concurrent ingests, in threads and in processes, count nothing twice."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from threading import Barrier

from app.db.engine import make_engine
from app.jobs.context import Context
from app.pipeline import ledger
from app.pipeline.ingest import IngestPolicy
from app.pipeline.ledger import SourceFile
from app.settings import Settings
from app.source.folder import FolderSource
from app.source.protocol import SourceObject
from tests.conftest import NOW
from tests.loading import BAD, FROM_SCRATCH, gold, load, query, sale, states

Put = Callable[..., Path]


def both(context: Context, source: FolderSource, number: int = 2, *, policy: IngestPolicy = IngestPolicy()) -> None:  # noqa: B008
    """Run ingests in threads that list at the same moment."""
    barrier = Barrier(number)

    class Together(FolderSource):
        def list(self) -> Iterator[SourceObject]:
            yield from super().list()
            barrier.wait(30)

    with ThreadPoolExecutor(number) as pool:
        for done in [pool.submit(load, context, Together(source.root), policy) for _ in range(number)]:
            done.result(60)


def test_two_concurrent_ingests_count_nothing_twice_and_both_finish(context: Context, put: Put, folder: Path) -> None:
    for number in range(20):
        put(sale(f"{500000 + number}"), BAD, name=f"{number:02}.csv")
    both(context, FolderSource(folder), policy=IngestPolicy(files_per_batch=3))
    assert states(context.engine) == ["loaded"] * 20
    assert len(query(context.engine, "select from bronze.retail_transactions")) == 40
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)


def test_two_ingests_at_once_refuse_a_file_once(context: Context, put: Put, folder: Path) -> None:
    put(BAD)
    both(context, FolderSource(folder))
    assert states(context.engine) == ["rejected"]


def test_two_ingests_at_once_correct_once(context: Context, put: Put, folder: Path) -> None:
    for number in range(8):
        put(sale(f"{500000 + number}"), name=f"{number}.csv")
    load(context)
    for number in range(8):
        put(sale(f"{600000 + number}"), name=f"{number}.csv")
    both(context, FolderSource(folder))
    assert states(context.engine) == ["superseded", "loaded"] * 8
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)


def load_in_process(url: str, folder: str) -> int:
    engine = make_engine(url)
    try:
        return load(Context(engine, Settings(source=folder), clock=lambda: NOW)).loaded
    finally:
        engine.dispose()


def test_two_concurrent_processes_count_nothing_twice_and_both_finish(
    context: Context, put: Put, folder: Path, database_url: str
) -> None:
    for number in range(40):
        put(sale(f"{500000 + number}"), name=f"{number:02}.csv")
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        loaded = pool.starmap(load_in_process, [(database_url, str(folder))] * 2, chunksize=1)
    assert (sum(loaded), states(context.engine)) == (40, ["loaded"] * 40)


def test_days_without_sales_do_not_wait_for_each_other(context: Context, put: Put, folder: Path) -> None:
    closed = put()
    other = SourceFile(0, "sales", replace(next(FolderSource(folder).list()), key="closed.csv"), "")
    with ThreadPoolExecutor(1) as pool, context.engine.begin() as connection:
        ledger.lock(connection, [(other, sha256(closed.read_bytes()).hexdigest())], without_rows=[])
        pool.submit(load, context).result(60)
    assert states(context.engine) == ["empty"]
