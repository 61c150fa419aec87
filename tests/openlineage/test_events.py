"""Events about runs: they meet the published schemas, and say what each run read and wrote."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from app.errors import NoCustomers, Stopped
from app.exports.export import export
from app.exports.request import ExportRequest
from app.jobs.context import Context
from app.jobs.runs import mark_crashed, running
from app.openlineage.datasets import Database
from app.openlineage.events import PRODUCER
from app.pipeline.apply_contract import apply_contract
from app.pipeline.replay import replay
from app.pipeline.rescore import rescore_customers
from app.pipeline.retrain import retrain
from app.silver.selection import QuarantineFilter
from app.source.open import open_sources
from tests.loading import BAD, change, query, sale
from tests.openlineage.conftest import AS_OF, Lineage
from tests.openlineage.schemas import errors_of

Put = Callable[..., Path]
CUSTOMER = "customer-77"


def named(datasets: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The dataset whose name ends so."""
    [found] = [each for each in datasets if each["name"].endswith(name)]
    return found


def rows(event: dict[str, Any], name: str) -> int | None:
    count: int | None = named(event["outputs"], name)["outputFacets"]["outputStatistics"]["rowCount"]
    return count


def a_shop(put: Put) -> None:
    put(sale(), sale("536366", CUSTOMER), BAD)
    put(sale("536367", "A", day="2026-02-02"), sale("536368", "B", day="2026-02-02"), day="2026-02-02")


def every_job(lineage: Lineage, put: Put, tmp_path: Path) -> list[dict[str, Any]]:
    """The events of a run of each job."""
    a_shop(put)
    context = lineage.context
    lineage.ingest()
    lineage.train()
    lineage.run("replay", lambda run: replay(context, run, QuarantineFilter.from_values({"all": True})))
    change(context.engine, "update pipeline.source_file set contract_sha256 = null")
    lineage.run("apply_contract", lambda run: apply_contract(context, open_sources(context.settings), run))
    lineage.run("export", lambda run: export(exporting(context, tmp_path), run, ExportRequest(format="csv")))
    return lineage.events()


def exporting(context: Context, tmp_path: Path) -> Context:
    settings = context.settings.model_copy(update={"export_target": str(tmp_path / "exports")})
    return Context(context.engine, settings, context.clock)


def test_events_of_every_job_meet_the_published_schemas(lineage: Lineage, put: Put, tmp_path: Path) -> None:
    events = every_job(lineage, put, tmp_path)
    assert {error for event in events for error in errors_of(event)} == set()
    jobs = [event["job"]["name"] for event in events if event["eventType"] == "COMPLETE"]
    assert jobs == ["ingest", "retrain", "replay", "apply_contract", "export"]


def test_the_schemas_find_a_wrong_field(lineage: Lineage, put: Put) -> None:
    put(sale())
    [_, event] = lineage.ingest()
    event["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"] = "many"
    event["outputs"][0]["facets"]["schema"]["field"] = []
    assert len(errors_of(event)) == 2


def test_no_event_has_an_id_of_a_customer(lineage: Lineage, put: Put, tmp_path: Path) -> None:
    assert CUSTOMER not in json.dumps(every_job(lineage, put, tmp_path))


def test_a_run_has_a_start_and_an_end_of_one_job(lineage: Lineage, put: Put) -> None:
    put(sale())
    start, end = lineage.ingest()
    assert (start["eventType"], end["eventType"]) == ("START", "COMPLETE")
    assert start["job"] == end["job"]
    assert (start["job"]["namespace"], start["job"]["name"]) == ("regulars", "ingest")
    assert {start["producer"], end["producer"]} == {PRODUCER}


def test_an_ingest_names_files_with_their_ids_and_hashes(lineage: Lineage, put: Put) -> None:
    path = put(sale())
    [_, end] = lineage.ingest()
    [file] = end["inputs"]
    [(file_id, sha256)] = query(lineage.context.engine, "select id, sha256 from pipeline.source_file")
    assert (file["namespace"], file["name"]) == ("file", str(path))
    assert file["facets"]["version"]["datasetVersion"] == f"{file_id}/{sha256}"


def test_an_ingest_counts_rows_of_each_layer(lineage: Lineage, put: Put) -> None:
    a_shop(put)
    [_, end] = lineage.ingest()
    tables = ("bronze.sales_row", "silver.sales_row", "silver.quarantine", "gold.customer_rfm")
    assert [rows(end, table) for table in tables] == [5, 4, 1, 4]


def test_an_ingest_has_schemas_and_metrics(lineage: Lineage, put: Put) -> None:
    put(sale(), sale("536366", ""))
    [_, end] = lineage.ingest()
    silver = named(end["outputs"], "silver.sales_row")["facets"]
    assert {"name": "quantity", "type": "NUMERIC"} in [
        {key: each[key] for key in ("name", "type")} for each in silver["schema"]["fields"]
    ]
    metrics = silver["dataQualityMetrics"]
    assert (metrics["rowCount"], metrics["columnMetrics"]["customer_id"]["nullCount"]) == (2, 1)


def test_expectations_are_assertions_about_the_file(lineage: Lineage, put: Put) -> None:
    put(sale(), sale("536366"), BAD)
    [_, end] = lineage.ingest()
    asserted = end["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    found = {each["assertion"]: (each["success"], each["actual"]) for each in asserted}
    assert found["valid_quantity"] == (False, "1")
    assert (True, "0") in found.values()


def test_a_training_reads_gold_and_publishes_its_version(lineage: Lineage, put: Put) -> None:
    a_shop(put)
    lineage.ingest()
    [_, end] = lineage.train()
    segments = named(end["outputs"], "segments.customer_segment")
    assert named(end["inputs"], "gold.customer_rfm")["inputFacets"]["inputStatistics"]["rowCount"] == 4
    assert segments["facets"]["version"]["datasetVersion"] == end["run"]["runId"]
    assert rows(end, "segments.customer_segment") == 4


def test_a_training_that_is_not_published_writes_no_segments(lineage: Lineage, put: Put) -> None:
    a_shop(put)
    lineage.ingest()
    lineage.train()
    settings = lineage.context.settings.model_copy(update={"model_policy": "stable"})
    context = replace(lineage.context, settings=settings)
    [_, end] = lineage.run("retrain", lambda run: retrain(context, run, AS_OF))
    assert (rows(end, "segments.model"), rows(end, "segments.customer_segment")) == (1, 0)


def test_a_rescore_reads_gold_and_a_model_and_writes_segments(lineage: Lineage, put: Put) -> None:
    a_shop(put)
    lineage.ingest()
    lineage.train()
    [_, end] = lineage.run("rescore", lambda run: rescore_customers(lineage.context, run, AS_OF))
    assert {each["name"].split(".", 1)[1] for each in end["inputs"]} == {"gold.customer_rfm", "segments.model"}
    assert rows(end, "segments.customer_segment") == 4


def test_an_export_names_its_object_and_the_training_run(lineage: Lineage, put: Put, tmp_path: Path) -> None:
    end = every_job(lineage, put, tmp_path)[-1]
    [(sha256, trained)] = query(lineage.context.engine, "select sha256, training_run_id from pipeline.export_object")
    [written] = end["outputs"]
    assert Path(written["name"]).is_file()
    assert written["facets"]["version"]["datasetVersion"] == sha256
    assert end["inputs"][0]["facets"]["version"]["datasetVersion"] == str(trained)


def test_a_failed_run_has_its_message(lineage: Lineage) -> None:
    with suppress(NoCustomers):
        lineage.train()
    end = lineage.events()[-1]
    assert (end["eventType"], errors_of(end)) == ("FAIL", [])
    assert end["run"]["facets"]["errorMessage"]["message"].startswith("no sales are loaded")


def test_an_unexpected_error_is_not_quoted(lineage: Lineage) -> None:
    with suppress(ValueError), running(lineage.context.engine, "ingest"):
        raise ValueError(CUSTOMER)
    assert CUSTOMER not in json.dumps(lineage.events())


def test_a_cancelled_run_is_aborted(lineage: Lineage) -> None:
    with suppress(Stopped), running(lineage.context.engine, "ingest"):
        raise Stopped("cancelled on request")
    assert lineage.events()[-1]["eventType"] == "ABORT"


def test_a_crashed_run_has_failed(lineage: Lineage) -> None:
    with running(lineage.context.engine, "ingest"):
        mark_crashed(lineage.context.engine, "ingest")
    assert [event["eventType"] for event in lineage.events()] == ["START", "FAIL"]


def test_other_jobs_have_no_events(lineage: Lineage) -> None:
    assert lineage.run("retain", lambda _: None) == []


@pytest.mark.parametrize(
    ("url", "namespace"),
    [
        ("postgresql+psycopg://user:secret@db.example:6432/shop", "postgres://db.example:6432"),
        ("postgresql+psycopg:///shop?host=/run/postgresql", "postgres://localhost:5432"),
    ],
)
def test_the_namespace_of_tables_has_host_and_port_only(url: str, namespace: str) -> None:
    assert Database.of(make_url(url)) == Database(namespace, "shop")
