"""Sources that change or fail between listing and reading, and a bucket in place of a folder."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import StoreUnavailable
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.ingest import IngestPolicy, ingest
from app.pipeline.load_batch import Counts
from app.source.folder import FolderSource
from app.source.protocol import Fetched, SourceObject
from tests.conftest import HEADER
from tests.loading import BAD, everything, gold, load, only, query, sale, states
from tests.s3 import ACCESS_KEY, SECRET_KEY, S3Server

Put = Callable[..., Path]


# --- sources that change or fail during an ingest


class Meddling(FolderSource):
    """A folder whose first file is changed between listing and reading."""

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


def test_the_new_version_is_loaded_by_the_next_ingest(context: Context, put: Put, folder: Path) -> None:
    put(sale(customer="A"))
    load(context, Meddling(folder, overwrite))
    load(context)
    assert [row[0] for row in gold(context.engine)] == ["B", "C"]


def test_a_file_that_does_not_arrive_blocks_no_other_and_is_named(context: Context, put: Put, folder: Path) -> None:
    def fail(path: Path) -> None:
        raise StoreUnavailable(f"{path.name} cannot be read")

    put(sale(customer="A"))
    put(sale(), day="2026-02-02")
    with pytest.raises(StoreUnavailable, match=r"2026-02-01_transactions\.csv cannot be read"):
        load(context, Meddling(folder, fail))
    assert query(context.engine, "select state, attempts from pipeline.source_file order by key") == [
        ("discovered", 0),
        ("loaded", 0),
    ]


def test_every_file_that_does_not_arrive_is_a_step_of_the_run(context: Context, put: Put, folder: Path) -> None:
    class Broken(FolderSource):
        def fetch(self, listed: SourceObject) -> Fetched:
            raise StoreUnavailable(f"{listed.key} cannot be read")

    for name in ("1.csv", "2.csv"):
        put(sale(), name=name)
    with pytest.raises(StoreUnavailable), running(context.engine, "ingest") as run:
        ingest(context, only(context, Broken(folder)), run)
    steps = query(context.engine, "select message from pipeline.run_step where message like 'not read%' order by 1")
    assert steps == [(f"not read: 2026-02-01/{name} cannot be read",) for name in ("1.csv", "2.csv")]


def test_an_unavailable_store_is_not_requested_for_every_file(context: Context, put: Put, folder: Path) -> None:
    asked = []

    class Down(FolderSource):
        def fetch(self, listed: SourceObject) -> Fetched:
            asked.append(listed.key)
            raise StoreUnavailable("503 SlowDown")

    for number in range(30):
        put(sale(f"{500000 + number}"), name=f"{number}.csv")
    with pytest.raises(StoreUnavailable):
        load(context, Down(folder))
    assert len(asked) == 5


@pytest.mark.parametrize("loaded", [True, False], ids=["after a load", "at the first load"])
def test_many_files_that_do_not_arrive_block_no_other(context: Context, put: Put, folder: Path, loaded: bool) -> None:
    class Partly(FolderSource):
        def fetch(self, listed: SourceObject) -> Fetched:
            if listed.key.startswith("2026-02-01/bad"):
                raise StoreUnavailable("500 InternalError")
            return super().fetch(listed)

    if loaded:
        put(sale("499999"), name="a.csv")
        load(context)
    for number in range(12):
        put(sale(f"{500000 + number}"), name=f"bad{number}.csv")
    put(sale("600000", customer="last"), day="2026-02-02")
    with pytest.raises(StoreUnavailable):
        load(context, Partly(folder))
    assert "last" in [row[0] for row in gold(context.engine)]


def test_a_missing_file_keeps_its_sales(context: Context, put: Put) -> None:
    path = put(sale())
    load(context)
    before = gold(context.engine)
    path.unlink()
    load(context)
    assert (states(context.engine), gold(context.engine)) == (["source_missing"], before)


@pytest.mark.parametrize(("rows", "state"), [([sale()], "loaded"), ([], "empty")])
def test_a_restored_file_is_no_longer_missing(
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


def test_a_missing_file_still_makes_its_copy_a_duplicate(context: Context, put: Put) -> None:
    path = put(sale())
    load(context)
    path.rename(path.with_name("renamed.csv"))
    load(context)
    assert states(context.engine) == ["source_missing", "duplicate"]


# --- a bucket


@pytest.fixture
def in_bucket(context: Context, s3: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Return the context with a prefix of a bucket as its source."""
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


def test_another_source_in_the_bucket_misses_nothing(in_bucket: Context, s3: S3Server, bucket: str) -> None:
    upload(s3, bucket, sale())
    load(in_bucket)
    other = in_bucket.settings.model_copy(update={"source": f"s3://{bucket}/wholesale", "source_name": "wholesale"})
    load(replace(in_bucket, settings=other), policy=IngestPolicy(adds_source=True))
    assert states(in_bucket.engine) == ["loaded"]
