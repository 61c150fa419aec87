"""Whole files, once each, from a folder or a bucket to gold."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from app.db.engine import make_engine
from app.errors import DatabaseUnavailable, SourceUnreachable, StoreUnavailable
from app.pipeline import ingest as module
from app.pipeline.context import Context
from app.pipeline.ingest import BYTES_A_BATCH, FILES_A_BATCH, Counts, batches, ingest
from app.pipeline.ledger import Entry
from app.pipeline.runs import Run
from app.settings import Settings
from app.source.folder import FolderSource
from app.source.objects import Fetched, SourceObject
from app.source.opened import open_source
from tests.conftest import HEADER, NOW
from tests.loading import BAD, FROM_SCRATCH, change, everything, gold, load, query, sale, states
from tests.s3 import ACCESS_KEY, SECRET_KEY, S3Server

Put = Callable[..., Path]
LISTING = ("etag", "last_modified", "discovered_at")
TRIGGER = "create trigger t before insert on bronze.retail_transactions for each row when ({when}) execute function f()"


def with_limit(context: Context, share: float) -> Context:
    return replace(context, settings=context.settings.model_copy(update={"max_quarantined_share": share}))


# --- what an ingest does


def test_an_ingest_counts_what_it_does(context: Context, put: Put) -> None:
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
        "rows_quarantined": 1,
        "customers": 2,
    }


def test_the_run_carries_the_counts(context: Context, put: Put) -> None:
    put(sale())
    run = Run(uuid4(), "ingest")
    counts = ingest(context, open_source(context.settings), run)
    assert run.counts == asdict(counts)


def test_progress_is_told_after_every_batch(context: Context, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FILES_A_BATCH", 1)
    for number in range(3):
        put(sale(f"50000{number}"), day=f"2026-02-0{number + 1}")
    told: list[tuple[int, int]] = []
    run = Run(uuid4(), "ingest")
    ingest(context, open_source(context.settings), run, lambda done, total: told.append((done.files, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_loaded_file_is_in_the_ledger_with_all_that_is_known_of_it(context: Context, put: Put) -> None:
    path = put(sale(), BAD)
    run = Run(uuid4(), "ingest")
    ingest(context, open_source(context.settings), run)
    columns = "select key, size, state, rows_read, rows_loaded, rows_quarantined, error, attempts, run_id, loaded_at"
    assert query(context.engine, f"{columns} from pipeline.source_file") == [
        ("2026-02-01/2026-02-01_transactions.csv", path.stat().st_size, "loaded", 2, 1, 1, None, 0, run.run_id, NOW)
    ]


def test_rows_read_are_rows_loaded_and_quarantined_in_every_layer(context: Context, put: Put) -> None:
    put(sale(), BAD, sale(), sale())
    load(context)
    layers = ("bronze.retail_transactions", "silver.retail_transactions", "silver.quarantine")
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
def test_other_files_are_not_looked_at(context: Context, put: Put, name: str) -> None:
    put(sale(), name=name)
    load(context)
    assert states(context.engine) == []


# --- once is enough


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


def test_twins_in_two_batches_count_once(context: Context, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FILES_A_BATCH", 1)
    for day in range(1, 7):
        put(sale(), day=f"2026-02-0{day}")
    load(context)
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


# --- what is refused


@pytest.mark.parametrize(
    ("share", "good", "bad", "state"),
    [
        (0.5, 1, 1, "loaded"),
        (0.5, 1, 2, "rejected"),
        (0.5, 0, 1, "rejected"),
        (0.0, 1, 0, "loaded"),
        (0.0, 99, 1, "rejected"),
        (0.1, 9, 1, "loaded"),
        (1.0, 0, 1, "loaded"),
    ],
)
def test_a_file_is_refused_above_the_share_of_the_settings(
    context: Context, put: Put, share: float, good: int, bad: int, state: str
) -> None:
    put(*[sale()] * good, *[BAD] * bad)
    load(with_limit(context, share))
    assert states(context.engine) == [state]


def test_nothing_is_kept_of_a_refused_file(context: Context, put: Put) -> None:
    put(BAD)
    load(context)
    others = ("pipeline.source_file", "pipeline.freshness")
    assert {name: rows for name, rows in everything(context.engine).items() if rows and name not in others} == {}


def test_the_others_are_loaded_when_one_is_refused(context: Context, put: Put) -> None:
    for day, rows in (("2026-02-01", [sale()]), ("2026-02-02", [BAD]), ("2026-02-03", [sale(customer="A")])):
        put(*rows, day=day)
    load(context)
    assert states(context.engine) == ["loaded", "rejected", "loaded"]
    assert [row[0] for row in gold(context.engine)] == ["17850", "A"]


def test_the_ledger_says_why_a_file_was_refused(context: Context, put: Put) -> None:
    put(sale(), BAD, BAD)
    load(context)
    ((error,),) = query(context.engine, "select error from pipeline.source_file")
    assert error.startswith(
        "2 of 3 rows fail the contract, more than a share of 0.5; most often valid_quantity (such as '-6'); mend"
    )


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (HEADER.replace("Quantity,", ""), "column Quantity is missing"),
        (HEADER.replace("Country", "InvoiceNo"), "column Invoice stands twice"),
        (HEADER.replace(",", ";"), "REGULARS_DELIMITER"),
    ],
)
def test_a_broken_header_refuses_the_file_and_is_named(context: Context, put: Put, header: str, named: str) -> None:
    put(content=f"{header}\n{sale()}\n".encode())
    put(sale(), day="2026-02-02")
    load(context)
    errors = query(context.engine, "select state, error from pipeline.source_file order by key")
    assert [state for state, _ in errors] == ["rejected", "loaded"]
    assert named in errors[0][1]


# --- what nobody foresaw


def break_bronze(engine: Engine, body: str, when: str) -> None:
    """Let PostgreSQL fail on some rows of bronze."""
    function = f"create function f() returns trigger language plpgsql as $$ begin {body}; return new; end $$"
    change(engine, function, TRIGGER.format(when=when))


@pytest.mark.parametrize("attempts", [1, 3])
def test_a_file_that_always_fails_is_given_up_and_blocks_no_other(context: Context, put: Put, attempts: int) -> None:
    break_bronze(context.engine, "raise exception 'poison'", "new.invoice = '666666'")
    context = replace(context, settings=context.settings.model_copy(update={"max_attempts": attempts}))
    put(sale("666666"))
    put(sale(), day="2026-02-02")
    failed = [load(context).failed for _ in range(attempts + 1)]
    assert (failed, states(context.engine)) == ([1] * attempts + [0], ["failed", "loaded"])


def test_the_ledger_says_how_often_and_why_a_file_failed(context: Context, put: Put) -> None:
    break_bronze(context.engine, "raise exception 'poison'", "true")
    put(sale())
    load(context)
    ((state, attempts, error),) = query(context.engine, "select state, attempts, error from pipeline.source_file")
    assert (state, attempts, "poison" in error) == ("discovered", 1, True)


def test_a_file_that_failed_is_loaded_when_it_can_be(context: Context, put: Put) -> None:
    break_bronze(context.engine, "raise exception 'poison'", "true")
    put(sale())
    load(context)
    change(context.engine, "drop trigger t on bronze.retail_transactions")
    load(context)
    assert query(context.engine, "select state, error from pipeline.source_file") == [("loaded", None)]


def test_a_connection_that_is_cut_in_a_copy_leaves_nothing_and_counts_no_attempt(context: Context, put: Put) -> None:
    break_bronze(context.engine, "perform pg_terminate_backend(pg_backend_pid())", "new.invoice = '666666'")
    put(sale(), sale("666666"))
    with pytest.raises(DatabaseUnavailable):
        load(context)
    assert query(context.engine, "select state, attempts from pipeline.source_file") == [("discovered", 0)]
    assert query(context.engine, "select from bronze.retail_transactions") == []


def test_what_was_waiting_is_loaded_after_the_connection_was_cut(context: Context, put: Put) -> None:
    break_bronze(context.engine, "perform pg_terminate_backend(pg_backend_pid())", "true")
    put(sale())
    with pytest.raises(DatabaseUnavailable):
        load(context)
    change(context.engine, "drop trigger t on bronze.retail_transactions")
    assert load(context).loaded == 1


# --- a source that changes or fails meanwhile


class Meddling(FolderSource):
    """A folder in which something happens to the first file between listing and reading."""

    def __init__(self, root: Path, meddle: Callable[[Path], object]) -> None:
        super().__init__(root)
        self.meddle = meddle

    def fetch(self, listed: SourceObject) -> Fetched:
        if listed.key.startswith("2026-02-01"):
            self.meddle(self.root / listed.key)
        return super().fetch(listed)


def overwrite(path: Path) -> None:
    path.write_text(f"{HEADER}\n{sale(customer='B')}\n{sale(customer='C')}\n")


@pytest.mark.parametrize("meddle", [overwrite, Path.unlink, Path.touch, lambda path: path.write_bytes(b"")])
def test_a_file_that_changed_since_it_was_listed_is_left_to_the_next_listing(
    context: Context, put: Put, folder: Path, meddle: Callable[[Path], object]
) -> None:
    put(sale(customer="A"))
    put(sale(), day="2026-02-02")
    load(context, Meddling(folder, meddle))
    assert (states(context.engine), [row[0] for row in gold(context.engine)]) == (["superseded", "loaded"], ["17850"])


def test_what_took_its_place_is_loaded_by_the_next_ingest(context: Context, put: Put, folder: Path) -> None:
    put(sale(customer="A"))
    load(context, Meddling(folder, overwrite))
    load(context)
    assert [row[0] for row in gold(context.engine)] == ["B", "C"]


@pytest.mark.parametrize("error", [SourceUnreachable, StoreUnavailable])
def test_a_file_that_cannot_be_read_blocks_no_other_and_is_named(
    context: Context, put: Put, folder: Path, error: type[Exception]
) -> None:
    def fail(path: Path) -> None:
        raise error(f"{path.name} cannot be read")

    put(sale(customer="A"))
    put(sale(), day="2026-02-02")
    with pytest.raises(error, match=r"2026-02-01_transactions\.csv cannot be read"):
        load(context, Meddling(folder, fail))
    assert query(context.engine, "select state, attempts from pipeline.source_file order by key") == [
        ("discovered", 0),
        ("loaded", 0),
    ]


def test_a_store_that_gives_no_file_is_not_asked_for_every_one(context: Context, put: Put, folder: Path) -> None:
    asked = []

    class Down(FolderSource):
        def fetch(self, listed: SourceObject) -> Fetched:
            asked.append(listed.key)
            raise StoreUnavailable("503 SlowDown")

    for number in range(30):
        put(sale(f"{500000 + number}"), name=f"{number}.csv")
    with pytest.raises(StoreUnavailable):
        load(context, Down(folder))
    assert len(asked) == 4


def test_a_file_that_is_gone_keeps_its_sales(context: Context, put: Put) -> None:
    path = put(sale())
    load(context)
    before = gold(context.engine)
    path.unlink()
    load(context)
    assert (states(context.engine), gold(context.engine)) == (["source_missing"], before)


@pytest.mark.parametrize(("rows", "state"), [([sale()], "loaded"), ([], "empty")])
def test_a_file_that_is_there_again_is_no_longer_missing(
    context: Context, put: Put, tmp_path: Path, rows: list[str], state: str
) -> None:
    path = put(*rows)
    load(context)
    path.rename(tmp_path / "elsewhere")
    load(context)
    (tmp_path / "elsewhere").rename(path)
    assert (load(context).loaded, states(context.engine)) == (0, [state])


def test_a_missing_file_can_be_corrected(context: Context, put: Put) -> None:
    path = put(sale(customer="A"))
    load(context)
    path.unlink()
    load(context)
    put(sale(customer="B"))
    load(context)
    assert (states(context.engine), [row[0] for row in gold(context.engine)]) == (["superseded", "loaded"], ["B"])


def test_a_missing_file_still_says_what_its_twin_would_say(context: Context, put: Put) -> None:
    path = put(sale())
    load(context)
    path.rename(path.with_name("renamed.csv"))
    load(context)
    assert states(context.engine) == ["source_missing", "duplicate"]


# --- two at once


def both(context: Context, source: FolderSource, number: int = 2) -> None:
    """Ingests that list at the same moment, in threads."""
    barrier = Barrier(number)

    class Together(FolderSource):
        def list(self) -> Iterator[SourceObject]:
            yield from super().list()
            barrier.wait(30)

    with ThreadPoolExecutor(number) as pool:
        for done in [pool.submit(load, context, Together(source.root)) for _ in range(number)]:
            done.result(60)


def test_two_ingests_at_once_double_nothing_and_both_finish(
    context: Context, put: Put, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FILES_A_BATCH", 3)
    for number in range(20):
        put(sale(f"{500000 + number}"), BAD, name=f"{number:02}.csv")
    both(context, FolderSource(folder))
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


def test_two_processes_double_nothing_and_both_finish(
    context: Context, put: Put, folder: Path, database_url: str
) -> None:
    for number in range(40):
        put(sale(f"{500000 + number}"), name=f"{number:02}.csv")
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        loaded = pool.starmap(load_in_process, [(database_url, str(folder))] * 2, chunksize=1)
    assert (sum(loaded), states(context.engine)) == (40, ["loaded"] * 40)


# --- a bucket


@pytest.fixture
def in_bucket(context: Context, s3: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Context:
    """The same context with a prefix of a bucket as its source."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    given = {"source": f"s3://{bucket}/retail", "s3_endpoint_url": s3.endpoint, "s3_region": "us-east-1"}
    return replace(context, settings=context.settings.model_copy(update=given))


def upload(s3: S3Server, bucket: str, *rows: str, key: str = "retail/2026-02-01/sales.csv") -> None:
    s3.client.put_object(Bucket=bucket, Key=key, Body="\n".join([HEADER, *rows]).encode())


def test_a_bucket_is_loaded_from_list_to_gold(in_bucket: Context, s3: S3Server, bucket: str) -> None:
    upload(s3, bucket, sale(), BAD)
    upload(s3, bucket, sale(customer="A"), key="other/2026-02-01/sales.csv")
    load(in_bucket)
    assert query(in_bucket.engine, "select source_file from silver.retail_transactions") == [
        (f"s3://{bucket}/retail/2026-02-01/sales.csv",)
    ]
    assert [row[0] for row in gold(in_bucket.engine)] == ["17850"]


def test_a_bucket_loaded_twice_changes_nothing(in_bucket: Context, s3: S3Server, bucket: str) -> None:
    upload(s3, bucket, sale())
    load(in_bucket)
    before = everything(in_bucket.engine)
    assert load(in_bucket) == Counts()
    assert everything(in_bucket.engine) == before


def test_an_object_that_is_uploaded_again_is_corrected(in_bucket: Context, s3: S3Server, bucket: str) -> None:
    for customer in ("A", "B"):
        upload(s3, bucket, sale(customer=customer))
        load(in_bucket)
    assert (states(in_bucket.engine), [row[0] for row in gold(in_bucket.engine)]) == (["superseded", "loaded"], ["B"])


def test_an_object_that_is_deleted_keeps_its_sales(in_bucket: Context, s3: S3Server, bucket: str) -> None:
    upload(s3, bucket, sale())
    load(in_bucket)
    s3.client.delete_object(Bucket=bucket, Key="retail/2026-02-01/sales.csv")
    load(in_bucket)
    assert (states(in_bucket.engine), len(gold(in_bucket.engine))) == (["source_missing"], 1)


def test_another_prefix_of_the_bucket_misses_nothing(in_bucket: Context, s3: S3Server, bucket: str) -> None:
    upload(s3, bucket, sale())
    load(in_bucket)
    other = in_bucket.settings.model_copy(update={"source": f"s3://{bucket}/wholesale"})
    load(replace(in_bucket, settings=other))
    assert states(in_bucket.engine) == ["loaded"]


# --- batches


def entries(*sizes: int) -> list[Entry]:
    listed = (SourceObject("b", f"{place}.csv", "", size, datetime.now(UTC)) for place, size in enumerate(sizes))
    return [Entry(place, item) for place, item in enumerate(listed)]


@pytest.mark.parametrize(
    ("sizes", "cut"),
    [
        ([], []),
        ([1] * FILES_A_BATCH, [FILES_A_BATCH]),
        ([1] * (FILES_A_BATCH + 1), [FILES_A_BATCH, 1]),
        ([BYTES_A_BATCH * 3], [1]),
        ([BYTES_A_BATCH - 1, 1], [2]),
        ([BYTES_A_BATCH - 1, 2], [1, 1]),
        ([1, BYTES_A_BATCH * 3, 1], [1, 1, 1]),
    ],
)
def test_a_batch_holds_so_many_files_and_bytes(sizes: list[int], cut: list[int]) -> None:
    assert [len(batch) for batch in batches(entries(*sizes))] == cut


def test_batches_keep_the_order_and_lose_nothing() -> None:
    waiting = entries(*range(1, 100))
    assert [entry for batch in batches(waiting) for entry in batch] == waiting
