"""OpenLineage events about recorded runs, built with the classes of the client, without ids of customers."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final, cast

from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    RunFacet,
    error_message_run,
    job_type_job,
    nominal_time_run,
    processing_engine_run,
)
from openlineage.client.generated.base import set_producer
from openlineage.client.serde import Serde
from sqlalchemy import Connection, RowMapping

from app.jobs.tables import JobName
from app.openlineage import run_datasets
from app.openlineage.datasets import Database
from app.openlineage.tables import TYPE_OF_STATE, RunEventType

PRODUCER: Final = f"urn:regulars:{version('regulars')}"
MESSAGE_OF_PROGRAM_ERROR: Final = "internal error; see the log of the run"
DATASETS_OF: Final[dict[JobName, Callable[[Connection, Database, RowMapping], run_datasets.Datasets]]] = {
    "ingest": run_datasets.ingest_datasets,
    "retrain": run_datasets.retrain_datasets,
    "rescore": run_datasets.scored_datasets,
    "promote": run_datasets.scored_datasets,
    "roll_back": run_datasets.scored_datasets,
    "refit_value": run_datasets.scored_datasets,
    "replay": run_datasets.replay_datasets,
    "apply_contract": run_datasets.apply_contract_datasets,
    "export": run_datasets.export_datasets,
}
set_producer(PRODUCER)


@dataclass(frozen=True, slots=True)
class EventBuilder:
    """Builder of events.

    Attributes:
        namespace: namespace of the jobs.
        database: database of the datasets.
    """

    namespace: str
    database: Database

    def build(self, connection: Connection, recorded: RowMapping) -> tuple[RunEventType, dict[str, Any]]:
        """Return type and body of the event about the start or the end of a run; `recorded` is a row of read_runs."""
        is_start = recorded["moment"] == "start"
        kind = "START" if is_start else TYPE_OF_STATE[recorded["state"]]
        inputs, outputs = DATASETS_OF[recorded["job"]](connection, self.database, recorded)
        job_type = job_type_job.JobTypeJobFacet(processingType="BATCH", integration="REGULARS", jobType="JOB")
        event = RunEvent(
            eventType=RunState[kind],
            eventTime=recorded["happened_at"].isoformat(),
            producer=PRODUCER,
            run=Run(str(recorded["run_id"]), facets=_run_facets(recorded, is_start=is_start)),
            job=Job(self.namespace, recorded["job"], facets={"jobType": job_type}),
            inputs=inputs,
            outputs=outputs,
        )
        return kind, cast("dict[str, Any]", Serde.to_dict(event))


def _run_facets(recorded: RowMapping, *, is_start: bool) -> dict[str, RunFacet]:
    facets: dict[str, RunFacet] = {
        "nominalTime": nominal_time_run.NominalTimeRunFacet(recorded["scheduled_for"].isoformat()),
        "processing_engine": processing_engine_run.ProcessingEngineRunFacet(version("regulars"), name="Regulars"),
    }
    if recorded["error"] is not None and not is_start:
        # An unexpected error may quote a value of a row; others have a message of the program.
        is_quoted = recorded["error_kind"] != "program"
        message = recorded["error"].partition("\n")[0] if is_quoted else MESSAGE_OF_PROGRAM_ERROR
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(message, "python")
    return facets
