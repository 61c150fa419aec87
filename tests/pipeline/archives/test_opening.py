"""Opening of archives: how often, at which location, and when it is refused or has to wait."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from app.errors import StoreUnavailable
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.ingest import IngestPolicy
from app.pipeline.move_source import move_source
from tests.loading import BAD, everything, load, query, sale
from tests.pipeline.archives.members import A, B, C, Recording, Zip, customers, files
from tests.pipeline.declaring import FEWER, declaring
from tests.source.memory import MemorySource
from tests.zips import ZIPS, sales, zip_into, zipped

# --- an archive is not opened more often than needed


def test_an_unchanged_archive_is_not_read_again(context: Context, put_zip: Zip, folder: Path) -> None:
    put_zip({"a.csv": A, "bad.csv": sales(BAD)})
    load(context)
    before, source = everything(context.engine), Recording(folder)
    load(context, source)
    assert (source.read, everything(context.engine)) == ([], before)


def test_an_archive_is_read_once_to_open_it_and_once_for_all_members(
    context: Context, put_zip: Zip, folder: Path
) -> None:
    put_zip({f"{number}.csv": sales(sale(f"5363{number:02}")) for number in range(40)})
    source = Recording(folder)
    load(context, source, IngestPolicy(files_per_batch=4))
    assert source.read == ["sales.zip"] * 2


def test_an_archive_that_is_written_again_unchanged_loads_nothing(context: Context, put_zip: Zip) -> None:
    put_zip({"a.csv": A}).touch()
    load(context)
    put_zip({"a.csv": A})
    assert (load(context).files, files(context)) == (0, {"sales.zip/a.csv": "loaded"})


def test_other_suffixes_open_it_again(context: Context, put_zip: Zip) -> None:
    put_zip({"a.csv": A, "b.txt": B})
    load(context)
    changed = declaring(context, server={"suffixes": [".csv", ".txt", ".zip"]})
    assert (load(changed).loaded, customers(context)) == (1, ["A", "B"])


def test_without_other_suffixes_the_usual_ones_are_read(context: Context, put_zip: Zip) -> None:
    put_zip({"a.csv": A, "b.txt": B})
    load(declaring(context, server={"suffixes": [".zip"]}))
    assert customers(context) == ["A"]


# --- sources of archives that are moved or renamed


def test_a_source_of_archives_is_recognised_at_another_place(context: Context, put_zip: Zip, folder: Path) -> None:
    put_zip({"a.csv": A})
    load(context)
    moved = folder.rename(folder.with_name("moved"))
    there = Context(context.engine, context.settings.model_copy(update={"source": str(moved)}), context.clock)
    assert (load(there).loaded, files(context)) == (0, {"sales.zip/a.csv": "loaded"})


def test_a_renamed_source_keeps_the_members_of_both(context: Context, put_zip: Zip, folder: Path) -> None:
    put_zip({"a.csv": A, "b.csv": B})
    load(context)
    renamed = Context(
        context.engine,
        context.settings.model_copy(update={"source_name": "shop", "source": str(folder)}),
        context.clock,
    )
    move_source(renamed, Run(uuid4(), "ingest"), "sales", "shop")
    put_zip({"a.csv": A, "b.csv": C})
    load(renamed)
    assert (files(context), customers(context)) == ({f"sales.zip/{n}.csv": "loaded" for n in "ab"}, ["A", "C"])


def test_a_renamed_source_with_copies_keeps_their_archive(context: Context, put_zip: Zip, folder: Path) -> None:
    put_zip({"a.csv": A})
    load(context)
    copy = zip_into(folder.with_name("copy"), {"a.csv": A}).parent
    given = {"source_name": "shop", "source": str(copy)}
    renamed = Context(context.engine, context.settings.model_copy(update=given), context.clock)
    load(renamed, policy=IngestPolicy(adds_source=True))
    move_source(renamed, Run(uuid4(), "ingest"), "sales", "shop")
    load(renamed)
    assert (files(context), customers(context)) == ({"sales.zip/a.csv": "loaded"}, ["A"])


# --- what is refused, and what has to wait


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped({"a.csv": A})[:-9], "cannot be read as a zip archive"),
        (zipped({"../a.csv": A}), "leaves the archive"),
        (zipped({"a.csv": A, "b.zip": zipped({})}), "another archive in it"),
        (zipped({"a.csv": A * 9_000}), "bytes after decompression, more than 500,000"),
    ],
    ids=["truncated", "escaping", "nested", "bomb"],
)
def test_an_archive_that_cannot_be_opened_is_refused(context: Context, folder: Path, content: bytes, said: str) -> None:
    (folder / "sales.zip").write_bytes(content)
    settings = context.settings.model_copy(update={"max_object_bytes": 500_000})
    assert load(Context(context.engine, settings, context.clock)).rejected == 1
    [(state, error)] = query(context.engine, "select state, error from pipeline.source_file")
    assert (state, said in error) == ("rejected", True)


def test_a_refused_archive_is_opened_by_another_contract(context: Context, put_zip: Zip) -> None:
    archive = put_zip({"a.csv": A})
    whole = archive.read_bytes()
    archive.write_bytes(whole[:-9])
    load(context)
    assert load(declaring(context, server=ZIPS, columns=FEWER)).rejected == 1
    archive.write_bytes(whole)
    load(context)
    assert files(context) == {"sales.zip/a.csv": "loaded"}


def test_an_object_with_the_key_of_a_member_is_named(context: Context) -> None:
    source = MemorySource({"sales.zip": zipped({"a.csv": A}), "sales.zip/a.csv": B}, suffixes=(".csv", ".zip"))
    load(context, source)
    [(error,)] = query(context.engine, "select error from pipeline.source_file where state = 'rejected'")
    assert (error.startswith("the source has an object sales.zip/a.csv"), customers(context)) == (True, ["B"])


def test_a_recent_archive_waits(context: Context, put_zip: Zip) -> None:
    put_zip({"a.csv": A})
    clock = Context(context.engine, context.settings, lambda: datetime.now(UTC))
    load(clock, policy=IngestPolicy(settle=timedelta(seconds=30)))
    assert query(context.engine, "select from pipeline.source_file") == []


def test_members_stay_while_their_archive_is_being_written(context: Context, put_zip: Zip) -> None:
    put_zip({"a.csv": A, "b.csv": B})
    load(context)
    put_zip({"a.csv": A})
    clock = Context(context.engine, context.settings, lambda: datetime.now(UTC))
    load(clock, policy=IngestPolicy(settle=timedelta(seconds=30)))
    assert files(context) == {f"sales.zip/{name}.csv": "loaded" for name in "ab"}


def test_an_archive_that_changes_while_it_is_read_is_left_to_the_next_ingest(
    context: Context, put_zip: Zip, folder: Path
) -> None:
    put_zip({"a.csv": A})
    source = Recording(folder)

    def replaced() -> None:
        if source.read == ["sales.zip"]:
            put_zip({"a.csv": A, "b.csv": B})

    source.before = replaced
    load(context, source)
    source.before = lambda: None
    load(context, source)
    assert (files(context), customers(context)) == ({f"sales.zip/{n}.csv": "loaded" for n in "ab"}, ["A", "B"])


def test_an_archive_that_comes_back_after_its_members_could_not_be_read(
    context: Context, put_zip: Zip, folder: Path, tmp_path: Path
) -> None:
    archive = put_zip({"a.csv": A})
    source = Recording(folder)
    source.before = lambda: archive.rename(tmp_path / "away") if source.read else None
    load(context, source)
    (tmp_path / "away").rename(archive)
    load(context)
    assert files(context) == {"sales.zip/a.csv": "loaded"}


def test_a_store_that_fails_does_not_lose_the_members(context: Context, put_zip: Zip, folder: Path) -> None:
    put_zip({"a.csv": A})

    def fail() -> None:
        raise StoreUnavailable("503 SlowDown")

    with pytest.raises(StoreUnavailable):
        load(context, Recording(folder, fail))
    load(context)
    assert files(context) == {"sales.zip/a.csv": "loaded"}
