"""Exports as objects in a store: visible when complete, registered before they begin, deleted when withdrawn."""

import csv
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from app.errors import ExportWithdrawn, Misconfigured, NoCustomers, Stopped, StoreUnavailable, StoreUnusable
from app.exports import export as job
from app.exports import registry
from app.exports.export import ExportSizes, export
from app.exports.query import PageSizes
from app.exports.registry import StoredObject
from app.exports.request import ExportRequest
from app.exports.targets import open_target
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.retrain import retrain
from tests.exports.storing import Bucket, Folder, Place
from tests.loading import change, load, query, sale
from tests.s3 import ACCESS_KEY, SECRET_KEY

Put = Callable[..., Path]
STATES = "select state, customers from pipeline.export_object order by created_at"
SMALL = ExportSizes(PageSizes(page_customers=3, part_customers=2), part_bytes=5 * 1024**2)  # the least part of S3


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    if request.param == "folder":
        return Folder(tmp_path / "exports")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    return Bucket(request.getfixturevalue("s3"), request.getfixturevalue("bucket"))


@pytest.fixture
def shop(context: Context, put: Put, place: Place) -> Context:
    """Return a published run of twenty customers and a target for exports."""
    put(*(sale(f"{536300 + n}", f"C{n:02}", quantity=n + 1) for n in range(20)))
    load(context)
    with running(context.engine, "retrain") as run:
        retrain(context, run, context.settings.today)
    return replace(context, settings=context.settings.model_copy(update=place.settings))


@pytest.fixture
def wide(shop: Context) -> Context:
    """Return the shop with rows so large that the object has several parts."""
    change(shop.engine, "update segments.customer_segment set country = repeat('x', 600000)")
    return shop


def exported(context: Context, format_name: str = "ndjson", **filters: Any) -> StoredObject:
    wanted = ExportRequest.model_validate({"format": format_name, **filters})
    with running(context.engine, "export", parameters=wanted.as_dict()) as run:
        return export(context, run, wanted, SMALL)


def ids(content: bytes, format_name: str) -> list[str]:
    if format_name == "parquet":
        return [str(each) for each in parquet.read_table(BytesIO(content))["customer_id"].to_pylist()]
    if format_name == "csv":
        return [row["customer_id"] for row in csv.DictReader(StringIO(content.decode(), newline=""))]
    return [json.loads(line)["customer_id"] for line in content.splitlines()]


def forget(context: Context, run: Any, sink: Any) -> None:
    """Do what the operating system does for a process that was killed: close its files."""
    getattr(sink, "_file", BytesIO()).close()


@contextmanager
def after_pages(monkeypatch: pytest.MonkeyPatch, number: int, do: Callable[[], object]) -> Iterator[None]:
    """Call a function once this number of pages was read."""
    write, left = job.contents_of, [number]

    def contents(*given: Any) -> Iterator[tuple[int, bytes]]:
        for each in write(*given):
            yield each
            left[0] -= 1
            if left[0] == 0:
                do()

    with monkeypatch.context() as patch:
        patch.setattr(job, "contents_of", contents)
        yield


@pytest.mark.parametrize("format_name", ["ndjson", "csv", "parquet"])
def test_the_object_contains_every_customer(shop: Context, place: Place, format_name: str) -> None:
    written = exported(shop, format_name)
    assert {key: ids(content, format_name) for key, content in place.seen().items()} == {
        written.key: [f"C{n:02}" for n in range(20)]
    }
    assert place.begun() == []


def test_sizes_and_hash_are_registered(shop: Context, place: Place) -> None:
    exported(shop, "csv")
    [content] = place.seen().values()
    noted = query(shop.engine, "select state, customers, bytes, sha256 from pipeline.export_object")
    assert noted == [("written", 20, len(content), hashlib.sha256(content).hexdigest())]


def test_the_key_names_the_training_the_day_and_the_export(shop: Context, place: Place) -> None:
    written = exported(shop, "parquet")
    [(run_id,)] = query(shop.engine, "select run_id from segments.current_run")
    assert list(place.seen()) == [f"{run_id}/customers_2026-03-01_{written.export_id}.parquet"]


def test_filters_are_applied_and_registered(shop: Context, place: Place) -> None:
    exported(shop, monetary_min="30.00", monetary_max="40.00")
    assert [ids(content, "ndjson") for content in place.seen().values()] == [["C11", "C12", "C13", "C14"]]
    assert query(shop.engine, "select filters from pipeline.export_object") == [
        ({"scheme": "kmeans", "monetary_min": "30.00", "monetary_max": "40.00"},)
    ]


def test_an_object_of_several_parts_is_complete(wide: Context, place: Place) -> None:
    exported(wide)
    [content] = place.seen().values()
    assert (len(content) > 10 * 1024**2, len(ids(content, "ndjson"))) == (True, 20)


def test_an_export_without_customers_is_an_empty_object(shop: Context, place: Place) -> None:
    exported(shop, country=["Atlantis"])
    assert list(place.seen().values()) == [b""]


def test_the_run_reports_counts_and_steps(shop: Context, place: Place) -> None:
    exported(shop)
    [(counts,)] = query(shop.engine, "select counts from pipeline.job_run where job = 'export'")
    steps = [step for (step,) in query(shop.engine, "select message from pipeline.run_step order by logged_at")]
    assert (counts["customers"], steps[-1].startswith("wrote 20 customers in ")) == (20, True)


def test_all_customers_are_as_of_one_moment(shop: Context, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with after_pages(monkeypatch, 3, lambda: change(shop.engine, "update segments.customer_segment set country = 'X'")):
        exported(shop)
    [content] = place.seen().values()
    assert {json.loads(line)["country"] for line in content.splitlines()} == {"France"}


def test_an_incomplete_object_is_invisible(wide: Context, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    with after_pages(monkeypatch, 7, lambda: seen.append((place.seen(), len(place.begun())))):
        exported(wide)
    assert (seen, len(place.seen())) == ([({}, 1)], 1)


def test_a_cancelled_export_leaves_nothing(wide: Context, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ExportRequest(format="ndjson")
    with running(wide.engine, "export") as run, pytest.raises(Stopped):  # noqa: SIM117
        with after_pages(monkeypatch, 7, lambda: setattr(run, "is_cancelled", True)):
            export(wide, run, wanted, SMALL)
    assert (place.seen(), place.begun()) == ({}, [])
    assert query(wide.engine, STATES) == [("failed", None)]


def test_an_interrupted_export_is_deleted_by_the_next(
    wide: Context, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die() -> None:
        raise SystemExit

    monkeypatch.setattr(job, "delete_failed", forget)
    with after_pages(monkeypatch, 7, die), pytest.raises(SystemExit):
        exported(wide)
    before = (len(place.seen()), len(place.begun()))
    exported(wide)
    assert (before, len(place.seen()), place.begun()) == ((0, 1), 1, [])
    assert query(wide.engine, STATES) == [("failed", None), ("written", 20)]


def test_a_complete_but_unregistered_object_is_deleted_by_the_next(
    wide: Context, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(registry, "record_completed", die)
        patch.setattr(job, "delete_failed", forget)
        with pytest.raises(SystemExit):
            exported(wide)
    assert len(place.seen()) == 1
    written = exported(wide)
    assert list(place.seen()) == [written.key]


def withdraw(context: Context) -> list[StoredObject]:
    """Withdraw and delete every object, as an erasure and its purge do."""
    with context.engine.begin() as connection:
        registry.withdraw(connection)
    with context.engine.begin() as connection:
        gone = registry.withdrawn(connection)
        for each in gone:
            registry.delete(connection, each, context.settings)
    return gone


def test_withdrawing_deletes_every_object(shop: Context, place: Place) -> None:
    for format_name in ("csv", "parquet"):
        exported(shop, format_name)
    assert (len(withdraw(shop)), place.seen()) == (2, {})
    states = query(shop.engine, "select state, deleted_at is null from pipeline.export_object")
    assert states == [("deleted", False)] * 2


def test_deleted_objects_are_not_withdrawn_again(shop: Context, place: Place) -> None:
    exported(shop)
    assert [len(withdraw(shop)), len(withdraw(shop))] == [1, 0]


def test_an_object_deleted_by_the_operator_is_withdrawn_without_an_error(shop: Context, place: Place) -> None:
    written = exported(shop)
    open_target(written.target, shop.settings).remove(written.key, None)
    assert [each.key for each in withdraw(shop)] == [written.key]


def test_an_export_under_way_is_withdrawn(wide: Context, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with after_pages(monkeypatch, 9, lambda: withdraw(wide)), pytest.raises((ExportWithdrawn, StoreUnavailable)):
        exported(wide)
    assert (place.seen(), place.begun()) == ({}, [])
    assert query(wide.engine, STATES) == [("deleted", None)]


def test_no_version_of_a_withdrawn_object_is_left_in_a_versioned_bucket(shop: Context, place: Place) -> None:
    if isinstance(place, Folder):
        return
    assert isinstance(place, Bucket)
    place.s3.client.put_bucket_versioning(Bucket=place.name, VersioningConfiguration={"Status": "Enabled"})
    exported(shop)
    withdraw(shop)
    left = place.s3.client.list_object_versions(Bucket=place.name)
    assert (left.get("Versions", []), left.get("DeleteMarkers", [])) == ([], [])


def test_an_unusable_target_is_named_and_later_exports_are_written(shop: Context, place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lost = replace(shop, settings=shop.settings.model_copy(update={"export_target": str(tmp_path / "file")}))
    with pytest.raises(StoreUnusable, match="a parent is a file; set REGULARS_EXPORT_TARGET to a folder"):
        exported(lost)
    written = exported(shop)
    assert list(place.seen()) == [written.key]
    assert query(shop.engine, STATES) == [("writing", None), ("written", 20)]


def test_before_the_first_publication_nothing_is_written(context: Context, place: Place) -> None:
    settings = context.settings.model_copy(update=place.settings)
    with pytest.raises(NoCustomers, match="nothing to export"):
        exported(replace(context, settings=settings))
    assert place.seen() == {}


@pytest.mark.parametrize("target", [None, ""])
def test_a_missing_target_names_the_setting(context: Context, target: str | None) -> None:
    settings = context.settings.model_copy(update={"export_target": target})
    with pytest.raises(Misconfigured, match="REGULARS_EXPORT_TARGET"):
        exported(replace(context, settings=settings))
