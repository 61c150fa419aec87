"""Whole files, once each, from a folder to gold."""

import os
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import ANY
from uuid import uuid4

import pytest

from app.errors import DatabaseUnavailable
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.batches import batches
from app.pipeline.ingest import IngestPolicy, ProgressReporter, ingest
from app.pipeline.ledger import SourceFile
from app.pipeline.load_batch import Counts
from app.source.folder import FolderSource
from app.source.open import open_sources
from app.source.protocol import Fetched, SourceObject
from tests.conftest import HEADER, NOW
from tests.loading import BAD, FROM_SCRATCH, LISTING, everything, gold, load, query, sale, states

Put = Callable[..., Path]
FILES, BYTES = IngestPolicy().files_per_batch, IngestPolicy().bytes_per_batch
ONE_FILE_A_BATCH = IngestPolicy(files_per_batch=1)


# --- results of an ingest


def test_an_ingest_counts_files_and_rows(context: Context, put: Put) -> None:
    put(sale(), sale(customer="A"), BAD)
    put(BAD, day="2026-02-02")
    counted = asdict(load(context))
    assert counted == {
        "files": 2,
        "loaded": 1,
        "rejected": 1,
        "failed": 0,
        "rows_read": 3,
        "rows_loaded": 2,
        "rows_skipped": 0,
        "rows_quarantined": 1,
        "rows_revalidated": 0,
        "rows_released": 0,
        "customers": 2,
        "files_revalidated": 0,
    }


def test_the_run_carries_the_counts(context: Context, put: Put) -> None:
    put(sale())
    run = Run(uuid4(), "ingest")
    counts = ingest(context, open_sources(context.settings), run)
    assert run.counts == {**asdict(counts), "settling": 0, "files_total": 1, "rows_per_second": ANY}


def progress_of(context: Context) -> list[tuple[int, int, int]]:
    """Ingest one file after the other; return the reported files, total of files, and rows."""
    reported: list[tuple[int, int, int]] = []
    ingest(
        context,
        open_sources(context.settings),
        Run(uuid4(), "ingest"),
        lambda done, total: reported.append((done.files, total, done.rows_read)),
        replace(ONE_FILE_A_BATCH, loaders=1),
    )
    return reported


def test_progress_is_reported_after_every_batch(context: Context, put: Put) -> None:
    for number in range(3):
        put(sale(f"50000{number}"), day=f"2026-02-0{number + 1}")
    assert progress_of(context)[1::2] == [(1, 3, 1), (2, 3, 2), (3, 3, 3)]


def test_progress_is_reported_within_a_large_file(context: Context, put: Put) -> None:
    put(*[sale()] * 2_500)
    *within, last = progress_of(context)
    assert [rows for *_, rows in within] == sorted({rows for *_, rows in within})
    assert (within[0], within[-1], last) == ((0, 1, 100), (0, 1, 2_500), (1, 1, 2_500))


def test_rows_of_a_rejected_file_leave_the_progress(context: Context, put: Put) -> None:
    put(*[BAD] * 3, day="2026-02-01")
    put(sale(), day="2026-02-02")
    assert progress_of(context)[-1] == (2, 2, 1)


def lost_after(rows: int, progress: ProgressReporter) -> None:
    """Receive rows of a batch that is not committed."""
    with progress.batch() as receive:
        receive(rows)
        raise DatabaseUnavailable("lost")


def test_rows_of_a_batch_leave_the_progress_when_it_ends_by_an_error() -> None:
    reported: list[int] = []
    progress = ProgressReporter(Counts(), 2, lambda done, _: reported.append(done.rows_read))
    with progress.batch() as receive:
        receive(1)
        with pytest.raises(DatabaseUnavailable):
            lost_after(10, progress)
        receive(1)
    assert (reported, progress.receiving) == ([1, 11, 2], 0)


def test_the_ledger_row_of_a_loaded_file_is_complete(context: Context, put: Put) -> None:
    path = put(sale(), BAD)
    run = Run(uuid4(), "ingest")
    ingest(context, open_sources(context.settings), run)
    columns = "select key, size, state, rows_read, rows_loaded, rows_quarantined, error, attempts, run_id, loaded_at"
    assert query(context.engine, f"{columns} from pipeline.source_file") == [
        ("2026-02-01/2026-02-01_transactions.csv", path.stat().st_size, "loaded", 2, 1, 1, None, 0, run.run_id, NOW)
    ]


def test_rows_read_are_rows_loaded_and_quarantined_in_every_layer(context: Context, put: Put) -> None:
    put(sale(), BAD, sale(), sale())
    load(context)
    layers = ("bronze.sales_row", "silver.sales_row", "silver.quarantine")
    assert [len(everything(context.engine)[layer]) for layer in layers] == [4, 3, 1]


def test_gold_is_the_aggregate_of_silver(context: Context, put: Put) -> None:
    for number in range(5):
        put(
            *(sale(f"{500000 + number % 3}", customer, quantity=number + 1) for customer in "ABC"[: number + 1]),
            day=f"2026-02-0{number + 1}",
        )
    load(context)
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH) != []


def test_an_empty_source_does_nothing(context: Context) -> None:
    assert load(context) == Counts()


@pytest.mark.parametrize("name", ["notes.txt", "sales.csv.bak", "sales.parquet", ".csv.swp"])
def test_other_files_are_ignored(context: Context, put: Put, name: str) -> None:
    put(sale(), name=name)
    load(context)
    assert states(context.engine) == []


# --- repeated ingests


def test_loading_the_same_folder_twice_changes_nothing(context: Context, put: Put) -> None:
    put(sale(), BAD)
    put(BAD, day="2026-02-02")
    put(day="2026-02-03")
    put(sale(), BAD, day="2026-02-04")
    load(context)
    before = everything(context.engine)
    assert load(context) == Counts()
    assert everything(context.engine) == before


def test_an_unchanged_file_is_not_read_again(context: Context, put: Put) -> None:
    class Unreadable(FolderSource):
        def fetch(self, listed: SourceObject) -> Fetched:
            raise AssertionError(f"{listed.key} was read")

    put(sale())
    load(context)
    assert load(context, Unreadable(Path(context.settings.source or ""))) == Counts()


def test_a_file_that_was_touched_loads_nothing(context: Context, put: Put) -> None:
    path = put(sale(), BAD)
    load(context)
    before = everything(context.engine, *LISTING)
    os.utime(path, ns=(1, 1))
    assert load(context).loaded == 0
    assert everything(context.engine, *LISTING) == before


def test_a_touched_file_is_read_once(context: Context, put: Put) -> None:
    path = put(sale())
    load(context)
    os.utime(path, ns=(1, 1))
    assert [load(context).files, load(context).files] == [1, 0]


def test_the_same_bytes_under_another_key_load_nothing(context: Context, put: Put) -> None:
    put(sale())
    put(sale(), day="2026-02-02")
    load(context)
    ledger = query(context.engine, "select id, state, duplicate_of_id from pipeline.source_file order by key")
    assert ledger == [(ledger[0][0], "loaded", None), (ledger[1][0], "duplicate", ledger[0][0])]
    assert len(query(context.engine, "select from bronze.retail_transactions")) == 1


def test_duplicates_in_two_batches_count_once(context: Context, put: Put) -> None:
    for day in range(1, 7):
        put(sale(), day=f"2026-02-0{day}")
    load(context, policy=ONE_FILE_A_BATCH)
    assert sorted(states(context.engine)) == ["duplicate"] * 5 + ["loaded"]


@pytest.mark.parametrize("content", [b"", b"\n", HEADER.encode(), f"{HEADER}\r\n".encode()])
def test_a_file_without_rows_is_empty(context: Context, put: Put, content: bytes) -> None:
    put(content=content)
    load(context)
    columns = "select state, rows_read, rows_loaded, rows_quarantined, error from pipeline.source_file"
    assert query(context.engine, columns) == [("empty", 0, 0, 0, None)]


@pytest.mark.parametrize("content", [b"", HEADER.encode()])
def test_empty_files_are_no_duplicates_of_each_other(context: Context, put: Put, content: bytes) -> None:
    for day in ("2026-02-01", "2026-02-02"):
        put(day=day, content=content)
    load(context)
    assert states(context.engine) == ["empty", "empty"]


# --- batches


def waiting_files(*sizes: int) -> list[SourceFile]:
    listed = (SourceObject(f"{place}.csv", "", size, datetime.now(UTC)) for place, size in enumerate(sizes))
    return [SourceFile(place, "sales", item, "") for place, item in enumerate(listed)]


@pytest.mark.parametrize(
    ("sizes", "cut"),
    [
        ([], []),
        ([1] * FILES, [FILES]),
        ([1] * (FILES + 1), [FILES, 1]),
        ([BYTES * 3], [1]),
        ([BYTES - 1, 1], [2]),
        ([BYTES - 1, 2], [1, 1]),
        ([1, BYTES * 3, 1], [1, 1, 1]),
    ],
)
def test_a_batch_is_limited_in_files_and_bytes(sizes: list[int], cut: list[int]) -> None:
    assert [len(batch) for batch in batches(waiting_files(*sizes), FILES, BYTES)] == cut


def test_batches_keep_the_order_and_lose_nothing() -> None:
    waiting = waiting_files(*range(1, 100))
    assert [file for batch in batches(waiting, FILES, BYTES) for file in batch] == waiting
