"""Edges between value bands: list them, refit them."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import Engine, select
from starlette.concurrency import run_in_threadpool

from app.api.core.demonstration import TRAINED_AT
from app.api.core.dependencies import ReaderDependency, WriterDependency
from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.idempotency import IdempotencyDependency
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page
from app.api.core.problems import INVALID, INVALID_CURSOR, KEY_REUSED, TOO_LARGE, UNREADABLE, Problem, as_sentence
from app.api.core.schemas import Currency, Moment, Money, Page, example, list_example
from app.api.core.scopes import requires_scope
from app.api.runs.problems import TOO_MANY_RUNS
from app.api.runs.schemas import AcceptedRun
from app.api.runs.start import respond_with_run
from app.api.segments.problems import NO_VALUE_BANDS
from app.db.engine import translate_db_errors
from app.db.param_types import Integer64
from app.errors import ModelConflict
from app.pipeline.refit_value import check_refit
from app.segments.registry_tables import EdgesCause, value_edges

router = APIRouter(prefix="/v1/value-edges", tags=["models"])
NEWEST_FIRST: Final = Keyset(("edges_id",), TypeAdapter(tuple[Integer64]), is_descending=True)
EDGES_EXAMPLE: Final[dict[str, Any]] = {
    "edges_id": 1,
    "run_id": FRESHNESS_EXAMPLE["run_id"],
    "as_of": "2026-05-01",
    "days": 90,
    "edges": [
        *("21.35", "48.10", "81.92", "124.66", "183.20", "262.75"),
        *("371.04", "540.18", "848.33", "1490.27", "3105.90"),
    ],
    "currency": "GBP",
    "customers": 2244,
    "cause": "first",
    "created_at": TRAINED_AT,
}


class FittedEdges(BaseModel):
    """A fit of the edges between value bands."""

    edges_id: Annotated[int, Field(description="Number of the fit; the highest is used.")]
    run_id: Annotated[UUID, Field(description="Training run whose forecasts were measured.")]
    as_of: Annotated[date, Field(description="Day of the forecasts.")]
    days: Annotated[int, Field(description="Days ahead of the forecasts.")]
    edges: Annotated[
        list[Money],
        Field(
            description="Ascending expected spend at which a band ends and the next begins; a spend equal to an edge "
            "is in the higher band. Band 12 is above the last edge; without 11 edges the lowest bands are empty."
        ),
    ]
    currency: Currency
    customers: Annotated[int, Field(description="Number of customers with these forecasts.")]
    cause: Annotated[
        EdgesCause,
        Field(
            description="first: there were no edges; horizon: the days ahead were changed (REGULARS_FORECAST_DAYS); "
            "refit: a person requested it."
        ),
    ]
    created_at: Moment


class FittedEdgesList(NullableFreshness, Page[FittedEdges]):
    """A page of fits of the edges."""

    model_config = example(list_example(EDGES_EXAMPLE, extra=FRESHNESS_EXAMPLE))


@router.get("", summary="List the edges of value bands", responses=problems(INVALID_CURSOR, INVALID))
@requires_scope("segments:read")
async def list_value_edges(reader: ReaderDependency, query: Annotated[PageParamsWithTotal, Query()]) -> FittedEdgesList:
    """List the fits of the edges between the bands of `scheme=value`, newest first: the first one is used now.

    Edges stay the same from one training to the next, so that a band means the same money, until a person refits them
    or the days ahead of the forecast are changed.
    """
    page = await read_page(reader, select(value_edges), NEWEST_FIRST, query, "value edges")
    currency = reader.settings.currency
    return FittedEdgesList.model_validate({**page, "data": [{**row, "currency": currency} for row in page["data"]]})


@router.post(
    "",
    status_code=202,
    summary="Refit the edges of value bands",
    response_model=AcceptedRun,
    responses={
        202: {
            "description": "Queued; poll the address in Location.",
            "headers": {"Location": {"description": "Address of the run.", "schema": {"type": "string"}}},
        },
        **problems(UNREADABLE, TOO_LARGE, INVALID, KEY_REUSED, NO_VALUE_BANDS, TOO_MANY_RUNS),
    },
)
@requires_scope("models:write")
async def refit_value_edges(request: Request, writer: WriterDependency, responder: IdempotencyDependency) -> Response:
    """Measure the edges anew on the present forecasts, and assign all customers by them.

    Both are one transaction of the worker; readers see the former bands until it is committed. Changes of bands have
    the cause `model`. The steps of the run have the edges before and after.
    """
    try:
        await run_in_threadpool(_check, writer)
    except ModelConflict as error:
        raise Problem(NO_VALUE_BANDS, as_sentence(error)) from None
    return await respond_with_run(request, responder, "refit_value", AcceptedRun)


def _check(engine: Engine) -> None:
    with translate_db_errors(), engine.connect() as connection:
        check_refit(connection)
