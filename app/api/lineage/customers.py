"""Lineage of a customer: training run, model and files."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import exists, select

from app.api.core.dependencies import Reader, ReaderDependency
from app.api.core.freshness import NullableFreshness
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page
from app.api.core.path_converters import CUSTOMER_ID
from app.api.core.problems import INVALID, INVALID_CURSOR
from app.api.core.schemas import Cluster, Currency, Moment, Money, Page, SegmentSlug, example
from app.api.core.scopes import requires_scope
from app.api.customers.customer_id import Requested, find_customer
from app.api.customers.problems import UNKNOWN_CUSTOMER, unknown_customer
from app.api.lineage.examples import CUSTOMER_LINEAGE_EXAMPLE
from app.db.param_types import Integer64
from app.gold.tables import customer_rfm
from app.pipeline.lineage import assignment_of_customer, files_of_customer
from app.pipeline.tables import FileState

router = APIRouter(prefix="/v1/lineage", tags=["lineage"])
NEWEST_FIRST: Final = Keyset(("file_id",), TypeAdapter(tuple[Integer64]), is_descending=True)
ASSIGNMENT: Final = assignment_of_customer()


class CustomerAssignment(BaseModel):
    """Cluster and segments of the customer in the current run."""

    cluster: Cluster
    kmeans: Annotated[SegmentSlug, Field(description="Slug of the segment in the scheme kmeans.")]
    rules: Annotated[SegmentSlug, Field(description="Slug of the segment in the scheme rules.")]
    rfm: Annotated[
        SegmentSlug | None,
        Field(
            description="Slug of the segment in the scheme rfm; null until the first rescore of a server that has it."
        ),
    ]
    value: Annotated[
        SegmentSlug | None, Field(description="Slug of the segment in the scheme value; null without a forecast.")
    ]
    as_of: Annotated[date, Field(description="Day on which they were assigned, and for which recency is computed.")]
    updated_at: Moment


class LineageModel(BaseModel):
    """Model of the training run that assigned the segments."""

    run_id: Annotated[UUID, Field(description="Training run.")]
    as_of: Annotated[date, Field(description="Day of the training run.")]
    trained_at: Moment
    published_at: Annotated[Moment | None, Field(description="Time of the publication, UTC.")]
    sha256: Annotated[str, Field(description="SHA-256 of the stored model, hex.")]
    k: Annotated[int, Field(description="Number of clusters among customers that are not outliers.")]
    customers: Annotated[int, Field(description="Number of customers in the training run.")]


class LineageFile(BaseModel):
    """A file with sales or returns of the customer that count."""

    file_id: int
    source_file: Annotated[str, Field(description="s3://bucket/key, or a path.")]
    sha256: Annotated[str | None, Field(description="SHA-256 of its bytes, hex.")]
    state: FileState
    loaded_at: Moment | None
    contract_sha256: Annotated[str | None, Field(description="Contract by which its loaded rows were validated.")]
    run_id: Annotated[UUID | None, Field(description="Run that loaded it.")]
    invoices: Annotated[int, Field(description="Invoices of the customer that count from this file.")]
    amount: Annotated[
        Money, Field(description="Their money. The amounts of all files sum to the customer's monetary value.")
    ]


class CustomerLineageFields(Page[LineageFile]):
    """The files, the model and the assignment of a customer."""

    customer_id: str
    assignment: Annotated[CustomerAssignment | None, Field(description="Null for a customer without a segment.")]
    model: Annotated[LineageModel | None, Field(description="Null for a customer without a segment.")]
    currency: Currency


class CustomerLineage(NullableFreshness, CustomerLineageFields):
    """Lineage of a customer: training run, model and files."""

    model_config = example(CUSTOMER_LINEAGE_EXAMPLE)


@router.get(
    f"/customers/{CUSTOMER_ID}",
    summary="Get the lineage of a customer",
    responses=problems(INVALID_CURSOR, UNKNOWN_CUSTOMER, INVALID),
)
@requires_scope("customers:read")
async def get_customer_lineage(
    reader: ReaderDependency, requested: Requested, query: Annotated[PageParamsWithTotal, Query()]
) -> CustomerLineage:
    """Get the training run, the model and the files from which the values of a customer were computed.

    The files are those with sales or returns of the customer that count, newest first. Model and files have their
    SHA-256.
    """

    async def find(customer_id: str) -> dict[str, Any] | None:
        return await _find(reader, customer_id, query)

    found = await find_customer(reader, requested, find)
    if found is None:
        raise unknown_customer(requested.customer_id)
    return CustomerLineage.model_validate(found)


async def _find(reader: Reader, customer_id: str, query: PageParamsWithTotal) -> dict[str, Any] | None:
    if not (await reader.rows(select(exists().where(customer_rfm.c.customer_id == customer_id))))[0][0]:
        return None
    files = files_of_customer(customer_id)
    page = await read_page(reader, files, NEWEST_FIRST, query, f"lineage of {customer_id}")
    rows = await reader.rows(ASSIGNMENT, {"customer_id": customer_id})
    assignment = dict(rows[0]._mapping) if rows else None  # noqa: SLF001  # _mapping is public API of SQLAlchemy
    return {
        **page,
        "customer_id": customer_id,
        "assignment": assignment,
        "model": {**assignment, "as_of": assignment["run_as_of"]} if assignment else None,
        "currency": reader.settings.currency,
    }
