"""One model: get it, promote or discard it as a challenger, roll back to it as an earlier champion."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import Connection, Engine
from starlette.concurrency import run_in_threadpool

from app.api.core.dependencies import ReaderDependency, WriterDependency
from app.api.core.idempotency import IdempotencyDependency
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, KEY_REUSED, TOO_LARGE, UNREADABLE, Problem, as_sentence
from app.api.core.scopes import requires_scope
from app.api.runs.problems import TOO_MANY_RUNS
from app.api.runs.schemas import AcceptedRun
from app.api.runs.start import respond_with_run
from app.api.segments.model_list import TrainedModel, read_model
from app.api.segments.problems import MODEL_CONFLICT, UNKNOWN_MODEL
from app.db.engine import translate_db_errors
from app.errors import InvalidSelection, ModelConflict
from app.pipeline.champion import check_challenger, check_earlier_champion, discard

router = APIRouter(prefix="/v1/models", tags=["models"])
TrainingRunId = Annotated[UUID, Path(description="run_id of the training run, as in the list.")]
EarlierModel = Annotated[UUID, Path(description="run_id of a training run that was published before.")]
QUEUED: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "Queued; poll the address in Location.",
        "headers": {"Location": {"description": "Address of the run.", "schema": {"type": "string"}}},
    },
    **problems(UNREADABLE, TOO_LARGE, UNKNOWN_MODEL, INVALID, KEY_REUSED, MODEL_CONFLICT, TOO_MANY_RUNS),
}


@router.get("/{run_id}", summary="Get a model", responses=problems(UNKNOWN_MODEL, INVALID))
@requires_scope("segments:read")
async def get_model(reader: ReaderDependency, run_id: TrainingRunId) -> TrainedModel:
    """Get a training run, published or not, with its comparison with the champion."""
    return await read_model(reader, run_id)


@router.post(
    "/{run_id}/promote", status_code=202, summary="Promote a model", response_model=AcceptedRun, responses=QUEUED
)
@requires_scope("models:write")
async def promote_model(
    request: Request, writer: WriterDependency, responder: IdempotencyDependency, run_id: TrainingRunId
) -> Response:
    """Publish a challenger that was held, or not published, in place of the champion it was compared with.

    The publication is one transaction of the worker; readers see the segments of the champion until it is committed.
    """
    with _translated():
        await run_in_threadpool(_read, writer, lambda connection: check_challenger(connection, run_id))
    return await respond_with_run(request, responder, "promote", AcceptedRun, {"run_id": str(run_id)})


@router.post("/{run_id}/discard", summary="Discard a model", responses=problems(UNKNOWN_MODEL, INVALID, MODEL_CONFLICT))
@requires_scope("models:write")
async def discard_model(reader: ReaderDependency, writer: WriterDependency, run_id: TrainingRunId) -> TrainedModel:
    """Discard a challenger: it cannot be promoted any more, and the policy counts its trainings anew."""
    with _translated():
        await run_in_threadpool(discard, writer, run_id)
    return await read_model(reader, run_id)


@router.post(
    "/{run_id}/roll-back",
    status_code=202,
    summary="Roll back to an earlier model",
    response_model=AcceptedRun,
    responses=QUEUED,
)
@requires_scope("models:write")
async def roll_back_to_model(
    request: Request, writer: WriterDependency, responder: IdempotencyDependency, run_id: EarlierModel
) -> Response:
    """Publish an earlier champion again: all customers of today are scored by it. Erased customers stay erased."""
    with _translated():
        await run_in_threadpool(_read, writer, lambda connection: check_earlier_champion(connection, run_id))
    return await respond_with_run(request, responder, "roll_back", AcceptedRun, {"run_id": str(run_id)})


def _read(engine: Engine, read: Callable[[Connection], UUID]) -> UUID:
    with translate_db_errors(), engine.connect() as connection:
        return read(connection)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except InvalidSelection as error:
        raise Problem(UNKNOWN_MODEL, as_sentence(error)) from None
    except ModelConflict as error:
        raise Problem(MODEL_CONFLICT, as_sentence(error)) from None
