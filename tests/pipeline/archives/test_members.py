"""Members of archives: each is a file of its own, whatever happens to the archive and to the other members."""

from pathlib import Path

import pytest

from app.db.sql import named
from app.jobs.context import Context
from app.pipeline.apply_contract import ApplyCounts
from tests.loading import BAD, load, query, sale
from tests.pipeline.archives.members import A, B, C, Zip, customers, files
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import FEWER, applied, declaring
from tests.pipeline.replaying import rejecting_nothing, replayed
from tests.s3 import ACCESS_KEY, SECRET_KEY, S3Server
from tests.zips import ZIPS, sales, zipped

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
