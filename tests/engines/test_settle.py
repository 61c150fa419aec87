"""Settling: exactly once, whatever becomes of the parts, and never with customers that were erased meanwhile."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine

from app.db.engine import make_engine
from app.engines.executor import Executor
from app.errors import Misconfigured, StoreUnavailable, StoreUnusable
from app.lake.folder_lake import OWN, FolderLake
from app.pipeline.ledger import SourceFile
from app.pipeline.processing import ABANDONED_AFTER, Outcome, ProcessingFailed
from app.pipeline.settle import can_settle, check_letters
from app.pipeline.version_resolution import Version, Versions
from app.source.protocol import SourceObject
from tests.conftest import NOW
from tests.engines.conftest import POLICY, Twins
from tests.engines.inline import Inline
from tests.erasure.erasing import erased, mentions, with_key
from tests.loading import BAD, gold, load, query, sale, states
from tests.postgres import named

Put = Callable[..., Path]
A, B = sale("500001", "17850"), sale("500002", "13085")
SILVER = "select file_id, line_no, invoice_no, customer_id from silver.retail_transactions order by 1, 2"


def parts(lake: Path) -> list[Path]:
    return [path for path in lake.rglob("*") if path.is_file()]


def changed(path: Path, content: bytes) -> Callable[[Sequence[Outcome]], None]:
    def change(outcomes: Sequence[Outcome]) -> None:
        for each in parts(path):
            each.write_bytes(content or each.read_bytes()[:-40] + bytes(40))

    return change


def test_no_part_remains(twins: Twins, put: Put, lake: Path) -> None:
    put(A, BAD)
    twins.load()
    assert parts(lake) == []


def test_a_part_is_readable_by_its_owner_only(twins: Twins, put: Put, lake: Path, inline: Inline) -> None:
    put(A)
    modes: list[int] = []
    inline.after = lambda _: modes.extend(each.parent.stat().st_mode & 0o77 for each in parts(lake))
    twins.load()
    assert modes == [0, 0]


@pytest.mark.parametrize("content", [b"", b"no rows"], ids=["other bytes at the end", "other bytes"])
def test_a_changed_part_loads_no_file_of_the_wave(
    twins: Twins, put: Put, lake: Path, inline: Inline, content: bytes
) -> None:
    put(A)
    put(B, day="2026-02-02")
    inline.after = changed(lake, content)
    with pytest.raises(StoreUnavailable, match="other bytes"):
        load(twins.remote, policy=POLICY, processor=inline)
    assert query(twins.remote.engine, "select state, attempts from pipeline.source_file") == [("discovered", 0)] * 2


def test_the_next_ingest_loads_them(twins: Twins, put: Put, lake: Path, inline: Inline) -> None:
    test_a_changed_part_loads_no_file_of_the_wave(twins, put, lake, inline, b"")
    inline.after = lambda _: None
    twins.load()
    assert twins.are_equal()


def test_a_missing_part_names_the_setting(twins: Twins, put: Put, lake: Path, inline: Inline) -> None:
    put(A)
    inline.after = lambda _: shutil.rmtree(lake)
    with pytest.raises(StoreUnusable, match="REGULARS_LAKE has to be a folder that the executors"):
        load(twins.remote, policy=POLICY, processor=inline)


def test_parts_of_another_attempt_are_never_read(twins: Twins, put: Put, lake: Path, inline: Inline) -> None:
    put(A, BAD)
    process = Executor.process

    class Twice(Inline):
        def process(self, files, job, check):  # type: ignore[no-untyped-def]
            list(process(Executor(job, self.database), files))
            return super().process(files, job, check)

    twins.processor = Twice(inline.lake, inline.database)
    twins.load()
    assert twins.are_equal()


def test_abandoned_parts_are_deleted_after_a_day(twins: Twins, lake: Path, folder: Path) -> None:
    """By any ingest: they have ids of customers, and the next files for the engine may come late."""
    parts_folder = lake / OWN
    parts_folder.mkdir(parents=True)
    for name, age in [("old.silver", ABANDONED_AFTER * 2), ("new.silver", timedelta(hours=1))]:
        (parts_folder / name).write_bytes(b"")
        at = (NOW - age).timestamp()
        os.utime(parts_folder / name, (at, at))
    twins.load()
    assert [each.name for each in parts(lake)] == ["new.silver"]


def test_a_lake_that_fails_stops_no_file_that_this_process_loads(
    twins: Twins, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> list[str]:
        raise StoreUnavailable("no answer")

    monkeypatch.setattr(FolderLake, "names", fail)
    put(A)
    twins.load(replace(POLICY, least_wave_bytes=10_000))
    assert states(twins.remote.engine) == ["loaded"]


def test_erased_customers_stay_erased(twins: Twins, put: Put) -> None:
    twins.local, twins.remote = with_key(twins.local), with_key(twins.remote)
    put(A)
    twins.load()
    for context in (twins.local, twins.remote):
        erased(context)
    put(A, B, day="2026-02-02")
    twins.load()
    assert [customer for customer, *_ in gold(twins.remote.engine)] == ["13085"]
    assert gold(twins.remote.engine) == gold(twins.local.engine)
    assert query(twins.remote.engine, SILVER) == query(twins.local.engine, SILVER)


def test_a_customer_erased_while_files_are_processed_stays_erased(twins: Twins, put: Put, inline: Inline) -> None:
    context = with_key(twins.remote)
    put(A)
    load(context)
    put(A, B, day="2026-02-02")

    def erase(_: Sequence[Outcome]) -> None:
        erased(context)

    inline.after = erase
    load(context, policy=POLICY, processor=inline)
    assert "17850" not in str(query(context.engine, SILVER))
    assert (mentions(context.engine, "17850"), states(context.engine)) == ([], ["loaded", "loaded"])


def test_a_file_that_changed_meanwhile_is_listed_again(twins: Twins, put: Put, inline: Inline) -> None:
    put(A)

    class Overwriting(Inline):
        def process(self, files, job, check):  # type: ignore[no-untyped-def]
            put(B)
            return super().process(files, job, check)

    load(twins.remote, policy=POLICY, processor=Overwriting(inline.lake, inline.database))
    load(twins.remote, policy=POLICY, processor=inline)
    assert states(twins.remote.engine) == ["superseded", "loaded"]


def test_a_failure_counts_as_an_attempt_and_others_load(twins: Twins, put: Put, inline: Inline) -> None:
    put(A)
    put(B, day="2026-02-02")

    class Failing(Inline):
        def process(self, files, job, check):  # type: ignore[no-untyped-def]
            first, second = super().process(files, job, check)
            return [replace(first, error=ProcessingFailed("a defect"), cleaned=None), second]

    load(twins.remote, policy=POLICY, processor=Failing(inline.lake, inline.database))
    found = query(twins.remote.engine, "select state, attempts, error from pipeline.source_file order by key")
    assert found == [("discovered", 1, "a defect"), ("loaded", 0, None)]


def test_few_bytes_are_loaded_without_the_engine(twins: Twins, put: Put, inline: Inline) -> None:
    put(A)
    seen: list[Outcome] = []
    inline.after = seen.extend
    load(twins.remote, policy=replace(POLICY, least_wave_bytes=10_000), processor=inline)
    assert (seen, states(twins.remote.engine)) == ([], ["loaded"])


def test_executors_get_no_secret_of_the_database(twins: Twins, put: Put, inline: Inline) -> None:
    put(A)
    seen: list[str] = []

    class Watched(Inline):
        def process(self, files, job, check):  # type: ignore[no-untyped-def]
            seen.append(str(job.settings.database_url))
            return super().process(files, job, check)

    load(twins.remote, policy=POLICY, processor=Watched(inline.lake, inline.database))
    assert seen == ["None"]


def test_files_that_another_worker_loads_meanwhile_are_loaded_once(twins: Twins, put: Put, inline: Inline) -> None:
    put(A, BAD)
    put(B, day="2026-02-02")

    def load_all(_: Sequence[Outcome]) -> None:
        load(twins.remote)

    inline.after = load_all
    load(twins.remote, policy=POLICY, processor=inline)
    load(twins.local)
    assert twins.are_equal()


def test_an_outcome_is_not_copied_over_rows_that_were_received_before() -> None:
    file = SourceFile(7, "sales", SourceObject("a.csv", "", 1, NOW), "a.csv")
    for rows, can in [(None, True), (3, False)]:
        versions = Versions([Version(7, file.name, "discovered", None, rows)])
        assert can_settle(versions, file, Outcome(7, sha256="x"), ()) is can


@pytest.fixture
def ascii_database(postgres: str) -> Iterator[Engine]:
    """A database that changes the case of ASCII letters only."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"create database {name} template template0 locale_provider libc locale 'C'".encode())
        engine = make_engine(named(postgres, name))
        yield engine
        engine.dispose()
        admin.execute(f"drop database {name}".encode())


def test_a_database_that_folds_ascii_letters_only_is_refused(ascii_database: Engine) -> None:
    with ascii_database.connect() as connection, pytest.raises(Misconfigured, match="LC_CTYPE is C"):
        check_letters(connection)
