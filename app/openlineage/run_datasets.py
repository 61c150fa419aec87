"""Inputs and outputs of a run of each job, with their statistics once it has ended."""

from decimal import Decimal
from typing import Any, Final

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    InputDatasetFacet,
    data_quality_assertions_dataset,
    data_quality_metrics_dataset,
    dataset_version_dataset,
    input_statistics_input_dataset,
    output_statistics_output_dataset,
)
from sqlalchemy import Connection, RowMapping, select

from app.db.sql import named
from app.exports.tables import export_object
from app.openlineage.datasets import (
    Database,
    bronze,
    customer_rfm,
    customer_segment,
    input_object,
    model,
    name_of_address,
    quarantine,
    silver,
)

Datasets = tuple[list[InputDataset], list[OutputDataset]]
Assertion = data_quality_assertions_dataset.Assertion
VALIDATED: Final = (silver, quarantine, customer_rfm, customer_segment)
"""Tables that a job which validates rows writes."""


def ingest_datasets(connection: Connection, database: Database, run: RowMapping) -> Datasets:
    """Return the files of an ingest, with id and SHA-256 as version, and the tables that their rows are loaded into."""
    if run["moment"] == "start":
        return [], database.outputs((bronze, *VALIDATED))
    files = connection.execute(named(__package__, "read_files"), {"run_id": run["run_id"]}).mappings()
    inputs = [_file(file) for file in files]
    return inputs, _validated(database, run["counts"], _metrics(connection, run), bronze_rows=_count(run, "rows_read"))


def retrain_datasets(_: Connection, database: Database, run: RowMapping) -> Datasets:
    """Return the customers in gold, the model, and the segments if it is published, with the run's id as version."""
    if run["moment"] == "start":
        return database.inputs((customer_rfm,)), database.outputs((model, customer_segment))
    customers = _count(run, "customers")
    read = input_statistics_input_dataset.InputStatisticsInputDatasetFacet(rowCount=customers)
    trained = run["state"] == "succeeded"
    published = trained and run["counts"].get("outcome") == "published"
    versioned: dict[str, DatasetFacet] = {"version": _version(str(run["run_id"]))} if published else {}
    segments = database.output(customer_segment, versioned, outputStatistics=_written(customers if published else 0))
    models = database.output(model, outputStatistics=_written(int(trained)))
    return [database.input(customer_rfm, inputStatistics=read)], [models, segments]


def scored_datasets(_: Connection, database: Database, run: RowMapping) -> Datasets:
    """Return the customers in gold and a registered model, and the segments that the model gives them."""
    if run["moment"] == "start":
        return database.inputs((customer_rfm, model)), database.outputs((customer_segment,))
    customers = _count(run, "customers")
    read = input_statistics_input_dataset.InputStatisticsInputDatasetFacet(rowCount=customers)
    written = database.output(customer_segment, outputStatistics=_written(customers))
    return [database.input(customer_rfm, inputStatistics=read), database.input(model)], [written]


def replay_datasets(_: Connection, database: Database, run: RowMapping) -> Datasets:
    """Return the quarantined rows, and the tables that the valid ones are loaded into."""
    if run["moment"] == "start":
        return database.inputs((bronze, quarantine)), database.outputs(VALIDATED)
    read = input_statistics_input_dataset.InputStatisticsInputDatasetFacet(rowCount=_count(run, "rows"))
    failed = [
        Assertion(assertion=name, success=False, expected="0", actual=str(rows))
        for name, rows in sorted(run["counts"].get("reasons", {}).items())
    ]
    asserted = data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(failed)
    replayed = database.input(quarantine, inputStatistics=read, dataQualityAssertions=asserted)
    return [database.input(bronze), replayed], _validated(database, run["counts"], {})


def apply_contract_datasets(_: Connection, database: Database, run: RowMapping) -> Datasets:
    """Return the rows in bronze, and the tables that they are loaded into after validation."""
    if run["moment"] == "start":
        return database.inputs((bronze,)), database.outputs(VALIDATED)
    validated = sum(_count(run, f"rows_{outcome}") for outcome in ("loaded", "quarantined", "skipped"))
    read = input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
        rowCount=validated, fileCount=_count(run, "files")
    )
    return [database.input(bronze, inputStatistics=read)], _validated(database, run["counts"], {})


def export_datasets(connection: Connection, database: Database, run: RowMapping) -> Datasets:
    """Return the published segments, with the id of their training run as version, and the exported object."""
    if run["moment"] == "start":
        return database.inputs((customer_segment,)), []
    x = export_object.c
    found = connection.execute(select(export_object).where(x.export_id == run["run_id"])).mappings().one_or_none()
    if found is None:
        return database.inputs((customer_segment,)), []
    trained: dict[str, DatasetFacet] = {"version": _version(str(found["training_run_id"]))}
    namespace, name = name_of_address(f"{found['target'].rstrip('/')}/{found['key']}")
    facets: dict[str, DatasetFacet] = {"version": _version(found["sha256"])} if found["sha256"] else {}
    written = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=found["customers"], size=found["bytes"], fileCount=1
    )
    exported = OutputDataset(namespace, name, facets=facets, outputFacets={"outputStatistics": written})
    return [database.input(customer_segment, trained)], [exported] if run["state"] == "succeeded" else []


def _file(file: RowMapping) -> InputDataset:
    facets: dict[str, DatasetFacet] = {}
    if file["sha256"] is not None:
        facets["version"] = _version(f"{file['file_id']}/{file['sha256']}")
    read = input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
        rowCount=file["rows_read"], size=file["size"], fileCount=1
    )
    input_facets: dict[str, InputDatasetFacet] = {"inputStatistics": read}
    results = [
        Assertion(assertion=each["expectation"], success=each["failed"] == 0, expected="0", actual=str(each["failed"]))
        for each in file["results"]
    ]
    if file["state"] == "rejected":
        results.append(Assertion(assertion="file_accepted", success=False))
    if results:
        asserted = data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(results)
        input_facets["dataQualityAssertions"] = asserted
    return input_object(file["address"], facets, input_facets)


def _metrics(connection: Connection, run: RowMapping) -> dict[str, DatasetFacet]:
    measured = connection.execute(named(__package__, "read_metrics"), {"run_id": run["run_id"]}).mappings().one()
    metrics = data_quality_metrics_dataset.ColumnMetrics
    columns = {
        "customer_id": metrics(nullCount=measured["null_customers"], count=float(measured["rows"])),
        "total_price": metrics(sum=float(Decimal(measured["money"])), count=float(measured["rows"])),
    }
    facet = data_quality_metrics_dataset.DataQualityMetricsDatasetFacet(
        columns, rowCount=int(measured["rows"]), fileCount=measured["files"]
    )
    return {"dataQualityMetrics": facet}


def _validated(
    database: Database, counts: dict[str, Any], metrics: dict[str, DatasetFacet], bronze_rows: int | None = None
) -> list[OutputDataset]:
    rows = {silver: "rows_loaded", quarantine: "rows_quarantined", customer_rfm: "customers"}
    outputs = [
        database.output(table, metrics if table is silver else None, outputStatistics=_written(counts.get(name) or 0))
        for table, name in rows.items()
    ]
    received = [] if bronze_rows is None else [database.output(bronze, outputStatistics=_written(bronze_rows))]
    return [*received, *outputs, database.output(customer_segment)]


def _written(rows: int) -> output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet:
    return output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=rows)


def _version(text: str) -> dataset_version_dataset.DatasetVersionDatasetFacet:
    return dataset_version_dataset.DatasetVersionDatasetFacet(text)


def _count(run: RowMapping, name: str) -> int:
    return int(run["counts"].get(name) or 0)
