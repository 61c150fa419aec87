"""Queue a run on request, once per idempotency key, and respond with the run and its address."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from sqlalchemy import Connection, select

from app.api.core.idempotency import IdempotentResponder
from app.api.core.problems import Problem, as_sentence
from app.api.runs.problems import TOO_MANY_RUNS
from app.api.runs.schemas import AcceptedRun, run_fields
from app.errors import QueueFull
from app.jobs.job_queue import TRIGGER_API, enqueue_in_transaction
from app.jobs.tables import JobName, job_run


async def respond_with_run(
    request: Request,
    responder: IdempotentResponder,
    job: JobName,
    schema: type[AcceptedRun],
    parameters: dict[str, Any] | None = None,
) -> Response:
    """Queue a run and respond 202 with its address; raises Problem if too many are queued."""

    def queue(connection: Connection) -> tuple[AcceptedRun, Mapping[str, str]]:
        try:
            run_id = enqueue_in_transaction(connection, job, TRIGGER_API, parameters=parameters)
        except QueueFull as error:
            raise Problem(TOO_MANY_RUNS, as_sentence(error)) from None
        row = connection.execute(select(job_run).where(job_run.c.run_id == run_id)).mappings().one()
        location = f"{request.scope.get('root_path', '')}/v1/runs/{run_id}"
        return schema.model_validate(run_fields(row)), {"Location": location}

    return await responder.respond(202, queue)
