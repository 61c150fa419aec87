"""Archives: each member is a file of its own, whatever happens to the archive and to the other members."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from app.db.sql import named
from app.errors import StoreUnavailable
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.apply_contract import ApplyCounts
from app.pipeline.ingest import IngestPolicy
from app.pipeline.move_source import move_source
from app.source.folder import FolderSource
from app.source.protocol import Fetched, SourceObject
from tests.loading import BAD, FROM_SCRATCH, everything, gold, load, query, sale
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import FEWER, applied, declaring
from tests.pipeline.replaying import rejecting_nothing, replayed
from tests.s3 import ACCESS_KEY, SECRET_KEY, S3Server
from tests.source.memory import MemorySource
from tests.zips import ZIPS, reading_zips, sales, zip_into, zipped

A, B, C = (sales(sale(f"53636{at}", customer)) for at, customer in enumerate("ABC"))
FILES = "select key, state from pipeline.source_file where not_read is null and state <> 'superseded' order by key, id"

Zip = Callable[..., Path]


@pytest.fixture
def context(context: Context) -> Context:
    """Return the context with a contract that reads archives."""
    return reading_zips(context)


@pytest.fixture
def put_zip(folder: Path) -> Zip:
    """Write an archive into the source: members by their names."""
    return lambda members, name="sales.zip": zip_into(folder, members, name)


def files(context: Context) -> dict[str, str]:
    """Return the state of each file, opened archives excepted."""
    return dict(query(context.engine, FILES))


def customers(context: Context) -> list[str]:
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)
    return [row[0] for row in gold(context.engine)]


class Recording(FolderSource):
    """A folder that counts the reads of each key, and lets something happen before the first."""

    def __init__(self, folder: Path, before: Callable[[], object] = lambda: None) -> None:
        super().__init__(folder, suffixes=(".csv", ".zip"))
        self.read: list[str] = []
        self.before = before

    def fetch(self, listed: SourceObject) -> Fetched:
        self.before()
        self.read.append(listed.key)
        return super().fetch(listed)


# --- each member is a file


def test_each_member_is_a_file_below_the_archive(context: Context, put_zip: Zip) -> None:
    put_zip({"2026-02-01.csv": A, "b/2.csv": B}, name="2026/sales.zip")
    counts = load(context)
    assert (counts.files, counts.loaded, customers(context)) == (2, 2, ["A", "B"])
    assert files(context) == {"2026/sales.zip/2026-02-01.csv": "loaded", "2026/sales.zip/b/2.csv": "loaded"}


def test_the_address_of_a_sale_names_the_member(context: Context, put_zip: Zip, folder: Path) -> None:
    put_zip({"a.csv": A})
    load(context)
    assert query(context.engine, "select source_file from silver.retail_transactions") == [
        (f"{folder}/sales.zip/a.csv",)
    ]


def test_archives_in_a_bucket_are_read(
    context: Context, s3: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    s3.client.put_object(Bucket=bucket, Key="in/sales.zip", Body=zipped({"a.csv": A}))
    given = {"source": f"s3://{bucket}/in", "s3_endpoint_url": s3.endpoint, "s3_region": "us-east-1"}
    changed = Context(context.engine, context.settings.model_copy(update=given), context.clock)
    load(changed)
    s3.client.put_object(Bucket=bucket, Key="in/sales.zip", Body=zipped({"a.csv": A, "b.csv": B}))
    load(changed)
    assert (files(context), customers(context)) == ({f"sales.zip/{n}.csv": "loaded" for n in "ab"}, ["A", "B"])


def test_a_member_without_a_date_has_the_day_of_its_archive(context: Context, put_zip: Zip) -> None:
    put_zip({"a.csv": A, "2026-02-01.csv": B, "c.csv": sales(sale("536366", "C", day="2026-01-05"))}, "2026-01-05.zip")
    load(declaring(context, server=ZIPS, dateRange={"before": 0, "after": 0}))
    assert files(context) == {
        "2026-01-05.zip/2026-02-01.csv": "loaded",
        "2026-01-05.zip/a.csv": "rejected",
        "2026-01-05.zip/c.csv": "loaded",
    }


def test_a_bad_member_is_refused_and_the_others_load(context: Context, put_zip: Zip) -> None:
    put_zip({"a.csv": A, "bad.csv": sales(BAD)})
    load(context)
    assert (files(context), customers(context)) == (
        {"sales.zip/a.csv": "loaded", "sales.zip/bad.csv": "rejected"},
        ["A"],
    )


def test_a_member_with_the_content_of_a_file_is_a_duplicate(context: Context, put: Put, put_zip: Zip) -> None:
    put(content=A, day="2026-02-01", name="a.csv")
    load(context)
    put_zip({"other.csv": A, "b.csv": B})
    load(context)
    assert (files(context)["sales.zip/other.csv"], customers(context)) == ("duplicate", ["A", "B"])


def test_a_copy_of_an_archive_has_duplicates(context: Context, put_zip: Zip) -> None:
    for name in ("1.zip", "2.zip"):
        put_zip({"a.csv": A}, name)
    load(context)
    assert files(context) == {"1.zip/a.csv": "loaded", "2.zip/a.csv": "duplicate"}


def test_a_file_takes_over_from_its_twin_in_an_archive(context: Context, put: Put, put_zip: Zip) -> None:
    put_zip({"a.csv": A}, "1.zip")
    put(content=A, name="a.csv", day="2026-02-01")
    load(context)
    put_zip({"a.csv": B}, "1.zip")
    load(context)
    assert (set(files(context).values()), customers(context)) == ({"loaded"}, ["A", "B"])


# --- an archive is overwritten, deleted, restored


def test_only_what_changed_in_an_archive_is_loaded(context: Context, put_zip: Zip) -> None:
    put_zip({"a.csv": A, "b.csv": B})
    load(context)
    put_zip({"a.csv": A, "b.csv": C, "c.csv": B})
    counts = load(context)
    assert (counts.files, customers(context)) == (2, ["A", "B", "C"])
    assert files(context) == {f"sales.zip/{name}.csv": "loaded" for name in "abc"}


def test_a_member_that_is_no_longer_there_is_missing_and_keeps_its_sales(context: Context, put_zip: Zip) -> None:
    put_zip({"a.csv": A, "b.csv": B})
    load(context)
    put_zip({"a.csv": A})
    load(context)
    assert files(context) == {"sales.zip/a.csv": "loaded", "sales.zip/b.csv": "source_missing"}
    assert customers(context) == ["A", "B"]


def test_the_members_of_a_deleted_archive_are_missing(context: Context, put_zip: Zip) -> None:
    archive = put_zip({"a.csv": A})
    load(context)
    archive.unlink()
    load(context)
    assert (files(context), customers(context)) == ({"sales.zip/a.csv": "source_missing"}, ["A"])


def test_the_members_of_a_restored_archive_are_there_again(context: Context, put_zip: Zip, tmp_path: Path) -> None:
    archive = put_zip({"a.csv": A, "b.csv": A, "bad.csv": sales(BAD)})
    load(context)
    before = files(context)
    archive.rename(tmp_path / "elsewhere")
    load(context)
    (tmp_path / "elsewhere").rename(archive)
    load(context)
    assert files(context) == before
    assert before == {"sales.zip/a.csv": "loaded", "sales.zip/b.csv": "duplicate", "sales.zip/bad.csv": "rejected"}


def test_an_earlier_archive_restores_its_members(context: Context, put_zip: Zip) -> None:
    for members in ({"a.csv": A}, {"a.csv": B}, {"a.csv": A}):
        put_zip(members)
        load(context)
    assert (files(context), customers(context)) == ({"sales.zip/a.csv": "loaded"}, ["A"])


def test_an_earlier_member_in_another_archive_is_read_from_it(context: Context, put_zip: Zip) -> None:
    for members in ({"a.csv": A}, {"a.csv": B}, {"a.csv": A, "c.csv": C}):
        put_zip(members)
        load(context)
    synonym = {"description": {"synonyms": [{"synonym": "Text"}]}}
    done = applied(declaring(context, server=ZIPS, columns=synonym))
    assert (done.files_read, done.files_missing) == (2, 0)


def test_a_refused_correction_leaves_the_members(context: Context, put_zip: Zip) -> None:
    archive = put_zip({"a.csv": A})
    load(context)
    archive.write_bytes(archive.read_bytes()[:-9])
    load(context)
    assert (files(context), customers(context)) == ({"sales.zip": "rejected", "sales.zip/a.csv": "loaded"}, ["A"])


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


# --- contract and quarantine


def test_a_contract_is_applied_to_members(context: Context, put_zip: Zip) -> None:
    put_zip({"a.csv": sales(sale(), sale(customer="A", quantity=1), sale(customer="B", quantity=2))})
    load(context)
    synonym = {"description": {"synonyms": [{"synonym": "Text"}]}}
    done = applied(declaring(context, server=ZIPS, columns={**FEWER, **synonym}))
    assert (done.files, done.files_read, done.files_missing, customers(context)) == (1, 1, 0, ["A", "B"])


def test_a_contract_is_not_applied_to_archives(context: Context, put_zip: Zip) -> None:
    put_zip({"readme.pdf": b""})
    load(context)
    assert applied(declaring(context, server=ZIPS, columns=FEWER)) == ApplyCounts()


def test_the_day_of_an_archive_is_no_day_with_a_file(context: Context, put_zip: Zip) -> None:
    put_zip({"2026-02-01.csv": A}, "2026-02-28.zip")
    load(context)
    with context.engine.connect() as connection:
        found = connection.execute(named("app.quality", "days_of_files")).all()
    assert [row.key for row in found] == ["2026-02-28.zip/2026-02-01.csv"]


def test_quarantined_rows_of_a_member_are_replayed(context: Context, put_zip: Zip) -> None:
    put_zip({"a.csv": sales(sale(), sale("536370", "B", day="3/2/2026"))})
    load(context)
    british = {"invoice_date": {"logicalTypeOptions": {"format": ["%Y-%m-%d", "%d/%m/%Y"]}}}
    assert replayed(rejecting_nothing(declaring(context, server=ZIPS, columns=british))).rows_loaded == 1
