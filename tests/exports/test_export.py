"""Exports as objects in a store: whole or not there, noted before they begin, gone when they must go."""

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

from app.errors import ExportWithdrawn, Misconfigured, NoCustomers, SourceUnreachable, Stopped, StoreUnavailable
from app.exports import export as job
from app.exports import pages, registry, s3
from app.exports import query as export_query
from app.exports.export import export
from app.exports.registry import Object
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


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and parts of which a few customers need several."""
    monkeypatch.setattr(export_query, "PAGE", 3)
    monkeypatch.setattr(pages, "PART", 2)
    monkeypatch.setattr(s3, "PART", 5 * 1024**2)  # no store takes smaller ones


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    if request.param == "folder":
        return Folder(tmp_path / "exports")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    return Bucket(request.getfixturevalue("s3"), request.getfixturevalue("bucket"))


@pytest.fixture
def shop(context: Context, put: Put, place: Place) -> Context:
    """A published run of twenty customers, and a place for exports."""
    put(*(sale(f"{536300 + n}", f"C{n:02}", quantity=n + 1) for n in range(20)))
    load(context)
    with running(context.engine, "retrain") as run:
        retrain(context, run, context.settings.today)
    return replace(context, settings=context.settings.model_copy(update=place.settings))


@pytest.fixture
def wide(shop: Context) -> Context:
    """The same with so much in each row that the object has several parts."""
    change(shop.engine, "update segments.customer_segment set country = repeat('x', 600000)")
    return shop


def exported(context: Context, format_name: str = "ndjson", **filters: Any) -> Object:
    wanted = ExportRequest.model_validate({"format": format_name, **filters})
    with running(context.engine, "export", parameters=wanted.as_dict()) as run:
        return export(context, run, wanted)


def ids(content: bytes, format_name: str) -> list[str]:
    if format_name == "parquet":
        return [str(each) for each in parquet.read_table(BytesIO(content))["customer_id"].to_pylist()]
    if format_name == "csv":
        return [row["customer_id"] for row in csv.DictReader(StringIO(content.decode(), newline=""))]
    return [json.loads(line)["customer_id"] for line in content.splitlines()]


def forget(context: Context, run: Any, sink: Any) -> None:
    """What is left to do by a process that was killed: the system closes its files."""
    getattr(sink, "_file", BytesIO()).close()


@contextmanager
def after_pages(monkeypatch: pytest.MonkeyPatch, number: int, do: Callable[[], object]) -> Iterator[None]:
    """Have something happen once so many pages are on their way."""
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
def test_everybody_is_in_it(shop: Context, place: Place, format_name: str) -> None:
    written = exported(shop, format_name)
    assert {key: ids(content, format_name) for key, content in place.seen().items()} == {
        written.key: [f"C{n:02}" for n in range(20)]
    }
    assert place.begun() == []


def test_it_is_noted_with_what_it_holds(shop: Context, place: Place) -> None:
    exported(shop, "csv")
    [content] = place.seen().values()
    noted = query(shop.engine, "select state, customers, bytes, sha256 from pipeline.export_object")
    assert noted == [("written", 20, len(content), hashlib.sha256(content).hexdigest())]


def test_its_key_names_the_training_the_day_and_the_export(shop: Context, place: Place) -> None:
    written = exported(shop, "parquet")
    [(run_id,)] = query(shop.engine, "select run_id from segments.current_run")
    assert list(place.seen()) == [f"{run_id}/customers_2026-03-01_{written.export_id}.parquet"]


def test_filters_hold(shop: Context, place: Place) -> None:
    exported(shop, monetary_min="30.00", monetary_max="40.00")
    assert [ids(content, "ndjson") for content in place.seen().values()] == [["C11", "C12", "C13", "C14"]]
    assert query(shop.engine, "select filters from pipeline.export_object") == [
        ({"scheme": "kmeans", "monetary_min": "30.00", "monetary_max": "40.00"},)
    ]


def test_one_of_several_parts_is_whole(wide: Context, place: Place) -> None:
    exported(wide)
    [content] = place.seen().values()
    assert (len(content) > 10 * 1024**2, len(ids(content, "ndjson"))) == (True, 20)


def test_nobody_is_an_object_too(shop: Context, place: Place) -> None:
    exported(shop, country="Atlantis")
    assert list(place.seen().values()) == [b""]


def test_the_run_counts_and_tells(shop: Context, place: Place) -> None:
    exported(shop)
    [(counts,)] = query(shop.engine, "select counts from pipeline.job_run where job = 'export'")
    steps = [step for (step,) in query(shop.engine, "select message from pipeline.run_step order by logged_at")]
    assert (counts["customers"], steps[-1].startswith("wrote 20 customers in ")) == (20, True)


def test_all_are_as_they_were_at_one_moment(shop: Context, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with after_pages(monkeypatch, 3, lambda: change(shop.engine, "update segments.customer_segment set country = 'X'")):
        exported(shop)
    [content] = place.seen().values()
    assert {json.loads(line)["country"] for line in content.splitlines()} == {"France"}


def test_nothing_is_seen_before_it_is_whole(wide: Context, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    with after_pages(monkeypatch, 7, lambda: seen.append((place.seen(), len(place.begun())))):
        exported(wide)
    assert (seen, len(place.seen())) == ([({}, 1)], 1)


def test_one_that_is_cancelled_leaves_nothing(wide: Context, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ExportRequest(format="ndjson")
    with running(wide.engine, "export") as run, pytest.raises(Stopped):  # noqa: SIM117
        with after_pages(monkeypatch, 7, lambda: setattr(run, "is_cancelled", True)):
            export(wide, run, wanted)
    assert (place.seen(), place.begun()) == ({}, [])
    assert query(wide.engine, STATES) == [("failed", None)]


def test_one_whose_process_died_is_cleared_by_the_next(
    wide: Context, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die() -> None:
        raise SystemExit

    monkeypatch.setattr(job, "give_up", forget)
    with after_pages(monkeypatch, 7, die), pytest.raises(SystemExit):
        exported(wide)
    before = (len(place.seen()), len(place.begun()))
    exported(wide)
    assert (before, len(place.seen()), place.begun()) == ((0, 1), 1, [])
    assert query(wide.engine, STATES) == [("failed", None), ("written", 20)]


def test_one_that_became_visible_unrecorded_is_cleared_by_the_next(
    wide: Context, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(registry, "settle", die)
        patch.setattr(job, "give_up", forget)
        with pytest.raises(SystemExit):
            exported(wide)
    assert len(place.seen()) == 1
    written = exported(wide)
    assert list(place.seen()) == [written.key]


def withdraw(context: Context) -> list[Object]:
    """Have every object go, as an erasure and the purge behind it do."""
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


def test_withdrawing_again_finds_nothing(shop: Context, place: Place) -> None:
    exported(shop)
    assert [len(withdraw(shop)), len(withdraw(shop))] == [1, 0]


def test_an_object_that_somebody_deleted_is_withdrawn_all_the_same(shop: Context, place: Place) -> None:
    written = exported(shop)
    open_target(written.target, shop.settings).remove(written.key, None)
    assert [each.key for each in withdraw(shop)] == [written.key]


def test_one_under_way_is_withdrawn_too(wide: Context, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with after_pages(monkeypatch, 9, lambda: withdraw(wide)), pytest.raises((ExportWithdrawn, StoreUnavailable)):
        exported(wide)
    assert (place.seen(), place.begun()) == ({}, [])
    assert query(wide.engine, STATES) == [("deleted", None)]


def test_a_bucket_that_keeps_versions_keeps_none_of_what_is_withdrawn(shop: Context, place: Place) -> None:
    if isinstance(place, Folder):
        return
    assert isinstance(place, Bucket)
    place.s3.client.put_bucket_versioning(Bucket=place.name, VersioningConfiguration={"Status": "Enabled"})
    exported(shop)
    withdraw(shop)
    left = place.s3.client.list_object_versions(Bucket=place.name)
    assert (left.get("Versions", []), left.get("DeleteMarkers", [])) == ([], [])


def test_a_place_that_is_lost_is_named_and_keeps_no_other_from_being_written(
    shop: Context, place: Place, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    lost = replace(shop, settings=shop.settings.model_copy(update={"export_target": str(tmp_path / "file")}))
    with pytest.raises(SourceUnreachable, match="a file stands where a folder should; check REGULARS_EXPORT_TARGET"):
        exported(lost)
    written = exported(shop)
    assert list(place.seen()) == [written.key]
    assert query(shop.engine, STATES) == [("writing", None), ("written", 20)]


def test_before_anything_is_published_there_is_nothing_to_write(context: Context, place: Place) -> None:
    settings = context.settings.model_copy(update=place.settings)
    with pytest.raises(NoCustomers, match="nothing to export"):
        exported(replace(context, settings=settings))
    assert place.seen() == {}


@pytest.mark.parametrize("target", [None, ""])
def test_a_place_that_is_none_is_named(context: Context, target: str | None) -> None:
    settings = context.settings.model_copy(update={"export_target": target})
    with pytest.raises(Misconfigured, match="REGULARS_EXPORT_TARGET"):
        exported(replace(context, settings=settings))
