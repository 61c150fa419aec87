"""Purge after an erasure: exports are deleted, with retries, and certificates are completed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event

from app.erasure.certificate import is_genuine
from app.erasure.purge import purge, retry_pending_purges
from app.errors import ExportWithdrawn, StoreUnusable
from app.exports import export as job
from app.exports.request import ExportRequest
from app.jobs.context import Context
from app.jobs.runs import Run, running
from app.pipeline.retrain import retrain
from tests.erasure.erasing import KEY, erased
from tests.exports.storing import Bucket, Folder, Place
from tests.loading import change, load, query, sale, until
from tests.s3 import ACCESS_KEY, SECRET_KEY
from tests.working import working

Put = Callable[..., Path]
WHO = "1785000042"
EXPORTS = "select state from pipeline.export_object order by created_at"


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    if request.param == "folder":
        return Folder(tmp_path / "exports")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    return Bucket(request.getfixturevalue("s3"), request.getfixturevalue("bucket"))


@pytest.fixture
def shop(context: Context, put: Put, place: Place) -> Context:
    """Return a published run of two customers and a target for exports."""
    put(sale(customer=WHO), sale("536366", "1785000099", quantity=9))
    load(context)
    with running(context.engine, "retrain") as run:
        retrain(context, run, context.settings.today)
    return replace(context, settings=context.settings.model_copy(update=place.settings))


def export(context: Context, format_name: str = "csv") -> None:
    wanted = ExportRequest.model_validate({"format": format_name})
    with running(context.engine, "export", parameters=wanted.as_dict()) as run:
        job.export(context, run, wanted)


def purged(context: Context) -> int:
    return purge(context, Run(uuid4(), "purge"))


def states(engine: Engine) -> list[str]:
    return [state for (state,) in query(engine, EXPORTS)]


def certificate(context: Context) -> dict[str, Any]:
    """Return the current certificate."""
    return erased(context, WHO)


def test_an_export_with_both_customers_is_in_both_certificates(shop: Context) -> None:
    export(shop)
    first, second = (erased(shop, who)["exports"] for who in (WHO, "1785000099"))
    assert [each["export_id"] for each in second] == [each["export_id"] for each in first] != []


def test_the_purge_deletes_exports(shop: Context, place: Place) -> None:
    for name in ("csv", "ndjson", "parquet"):
        export(shop, name)
    assert (len(place.seen()), erased(shop, WHO)["state"]) == (3, "pending")
    assert (purged(shop), place.seen(), states(shop.engine)) == (3, {}, ["deleted"] * 3)


def test_the_certificate_reports_deleted_exports(shop: Context) -> None:
    export(shop)
    (before,) = erased(shop, WHO)["exports"]
    purged(shop)
    after = certificate(shop)
    ((location, deleted_at),) = [(each["location"], each["deleted_at"]) for each in after["exports"]]
    assert (before["deleted_at"], before["location"], after["state"]) == (None, location, "complete")
    assert deleted_at <= after["completed_at"]


def test_each_state_of_a_certificate_is_signed(shop: Context) -> None:
    export(shop)
    before = erased(shop, WHO)
    purged(shop)
    assert (is_genuine(before, KEY), is_genuine(certificate(shop), KEY)) == (True, True)
    assert not is_genuine({**before, "state": "complete"}, KEY)


def test_a_later_export_is_kept_and_does_not_contain_the_customer(shop: Context, place: Place) -> None:
    erased(shop, WHO)
    export(shop)
    assert purged(shop) == 0
    ((content,),) = [place.seen().values()]
    assert (WHO.encode() in content, b"1785000099" in content) == (False, True)


def test_an_unreachable_store_leaves_the_certificate_pending(shop: Context, place: Place) -> None:
    export(shop)
    erased(shop, WHO)
    change(shop.engine, "update pipeline.export_object set target = '/dev/null/exports'")
    with pytest.raises(StoreUnusable):
        purged(shop)
    assert (states(shop.engine), certificate(shop)["state"]) == (["withdrawn"], "pending")


def test_an_unreachable_store_does_not_keep_exports_in_others(shop: Context, place: Place) -> None:
    export(shop)
    change(shop.engine, "update pipeline.export_object set target = '/dev/null/exports'")
    export(shop)
    erased(shop, WHO)
    with pytest.raises(StoreUnusable):
        purged(shop)
    assert states(shop.engine) == ["withdrawn", "deleted"]


def test_a_failed_purge_is_enqueued_again(shop: Context) -> None:
    erased(shop, WHO)
    change(shop.engine, "update pipeline.job_run set state = 'failed' where job = 'purge'")
    retry_pending_purges(shop.engine, shop.clock())
    assert query(shop.engine, "select state from pipeline.job_run where job = 'purge' order by 1") == [
        ("failed",),
        ("queued",),
    ]


def test_a_completed_purge_is_not_enqueued_again(shop: Context) -> None:
    erased(shop, WHO)
    purged(shop)
    change(shop.engine, "delete from pipeline.job_run where job = 'purge'")
    retry_pending_purges(shop.engine, shop.clock())
    assert query(shop.engine, "select state from pipeline.job_run where job = 'purge'") == []


def test_an_export_under_way_is_withdrawn(shop: Context, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    fill = job._fill  # noqa: SLF001  # it reads the customer before the erasure

    def filled(*given: Any) -> Any:
        sizes = fill(*given)
        erased(shop, WHO)
        return sizes

    monkeypatch.setattr(job, "_fill", filled)
    with pytest.raises(ExportWithdrawn):
        export(shop)
    assert (purged(shop), place.seen(), place.begun(), states(shop.engine)) == (1, {}, [], ["deleted"])


def test_a_worker_purges_automatically(shop: Context, place: Place) -> None:
    export(shop)
    with working(shop):
        erased(shop, WHO)
        until(lambda: certificate(shop)["state"] == "complete")
    assert place.seen() == {}


def test_a_starting_worker_completes_pending_erasures(shop: Context, place: Place) -> None:
    export(shop)
    erased(shop, WHO)
    change(shop.engine, "delete from pipeline.job_run where job = 'purge'")
    with working(shop):
        until(lambda: certificate(shop)["state"] == "complete")
    assert place.seen() == {}


def test_statistics_do_not_contain_the_customer(shop: Context) -> None:
    executed: list[str] = []
    event.listen(shop.engine, "before_cursor_execute", lambda *given: executed.append(given[2]))
    change(shop.engine, "analyze")
    erased(shop, WHO)
    purged(shop)
    known = (
        "select count(*) from pg_stats where cast(most_common_vals as text) || cast(histogram_bounds as text) ~ :who"
    )
    assert query(shop.engine, known, who=WHO) == [(0,)]
    assert sum(statement.startswith("vacuum (analyze) bronze") for statement in executed) == 1


def test_the_purge_recomputes_the_summaries_of_superseded_runs(shop: Context) -> None:
    with running(shop.engine, "retrain") as run:
        retrain(shop, run, shop.settings.today)
    erased(shop, WHO)
    purged(shop)
    counted = "select sum(customers) from segments.cluster_summary group by run_id"
    assert query(shop.engine, counted) == [(1,), (1,)]
    assert query(shop.engine, "select from segments.stale_summary") == []
