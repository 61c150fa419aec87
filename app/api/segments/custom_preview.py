"""Preview of the condition of a custom segment, before it is saved."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, select
from starlette.concurrency import run_in_threadpool

from app.api.core.concurrency import ReadSlots
from app.api.core.dependencies import Reader, ReaderDependency, WriterDependency
from app.api.core.freshness import FRESHNESS, FRESHNESS_EXAMPLE, Freshness
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, NO_MODEL, TOO_LARGE, UNREADABLE, Problem, as_sentence
from app.api.core.schemas import Currency, Frequency, Money, Recency, SegmentName, SegmentSlug, Share, example
from app.api.core.scopes import requires_scope
from app.api.segments.custom_schemas import GIVEN_EXAMPLE, ROW_EXAMPLE, SegmentCondition
from app.api.segments.problems import CONDITION_REFUSED, PREVIEW_TIMEOUT, UNKNOWN_CUSTOM_SEGMENT
from app.contract.conditions import InvalidCondition
from app.db.engine import translate_db_errors
from app.db.param_types import Text
from app.segments.custom.columns import CustomerCondition, columns_for
from app.segments.custom.definitions import newest_versions
from app.segments.custom.preview import ConditionPreview, PreviewTimeout, preview_condition
from app.segments.custom.saving import unknown_segment_error
from app.segments.model.schemes import AnySchemeName
from app.segments.model.segment_table.table import SegmentTable

router = APIRouter(prefix="/v1/custom-segments", tags=["custom segments"])
SECONDS: Final = 10.0
READ_ONLY: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
NUMBERS_EXAMPLE: Final = {name: ROW_EXAMPLE[name] for name in ("customers", "share", "revenue", "revenue_share", "clv")}
PREVIEW_EXAMPLE: Final[dict[str, Any]] = {
    "condition": GIVEN_EXAMPLE["condition"],
    **NUMBERS_EXAMPLE,
    "joining": 12,
    "leaving": 3,
    "overlaps": [
        {
            "scheme": "kmeans",
            "segment": "At-Risk High-Value",
            "slug": "at-risk-high-value",
            "customers": 71,
            "share": 0.739583,
            "segment_customers": 240,
        }
    ],
    "sample": [
        {"customer_id": "12361", "country": "United Kingdom", "recency": 63, "frequency": 4, "monetary": "1204.10"}
    ],
    "currency": ROW_EXAMPLE["currency"],
}


class PreviewRequest(BaseModel):
    """A condition to preview."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"condition": GIVEN_EXAMPLE["condition"], "replaces": ROW_EXAMPLE["slug"]}]},
    )

    condition: SegmentCondition
    replaces: Annotated[
        Text | None,
        Field(description="Slug of the custom segment whose condition it would replace.", min_length=1, max_length=200),
    ] = None


class PreviewedSegment(BaseModel):
    """A segment with customers who meet the condition."""

    scheme: Annotated[AnySchemeName, Field(description="Scheme of the segment; `custom` for another custom segment.")]
    segment: SegmentName
    slug: SegmentSlug
    customers: Annotated[int, Field(description="Customers of the segment who meet the condition.")]
    share: Annotated[float, Field(description="Share of the customers who meet the condition, 0 to 1.")]
    segment_customers: Annotated[int, Field(description="All customers of the segment.")]


class PreviewedCustomer(BaseModel):
    """A customer who meets the condition."""

    customer_id: str
    country: str | None
    recency: Recency
    frequency: Frequency
    monetary: Money


class SegmentPreview(Freshness):
    """The customers who meet a condition."""

    model_config = example({**FRESHNESS_EXAMPLE, **PREVIEW_EXAMPLE})

    condition: str
    customers: int
    share: Annotated[Share | None, Field(description="Share of all customers, 0 to 1.")]
    revenue: Annotated[Money, Field(description="Sum of the sales of these customers.")]
    revenue_share: Annotated[Share | None, Field(description="Share of the revenue of all customers, 0 to 1.")]
    clv: Annotated[Money | None, Field(description="Their expected spend; null without a forecast.")]
    joining: Annotated[
        int | None, Field(description="Customers who would join the replaced segment; null without one.")
    ]
    leaving: Annotated[int | None, Field(description="Customers who would leave it.")]
    overlaps: Annotated[
        list[PreviewedSegment],
        Field(description="Segments of these customers: by scheme, then custom segments; the largest first."),
    ]
    sample: Annotated[list[PreviewedCustomer], Field(description="Up to ten of them, by id.", max_length=10)]
    currency: Currency


@router.post(
    "/preview",
    summary="Preview a custom segment",
    responses=problems(
        UNREADABLE, UNKNOWN_CUSTOM_SEGMENT, TOO_LARGE, INVALID, CONDITION_REFUSED, NO_MODEL, PREVIEW_TIMEOUT
    ),
)
@requires_scope("customers:read")
async def preview_custom_segment(
    body: PreviewRequest, slots: ReadSlots, reader: ReaderDependency, writer: WriterDependency
) -> SegmentPreview:
    """Preview the condition of a custom segment: number, revenue and expected spend of the customers who meet it, the
    segments they are in, and a sample. With `replaces`, how many would join and leave. Nothing is saved.
    """
    condition = parsed_condition(reader, body.condition)
    fresh = reader.freshness_fields((await reader.published_rows(select(FRESHNESS)))[0])

    def read() -> ConditionPreview | None:
        with translate_db_errors(), writer.connect().execution_options(**READ_ONLY) as connection:
            _check_replaced(connection, body.replaces)
            return preview_condition(connection, condition, body.replaces, SECONDS)

    async with slots.comparisons:
        with translated_timeout():
            found = await run_in_threadpool(read)
    if found is None:
        raise Problem(NO_MODEL)
    return SegmentPreview.model_validate({**fresh, **_fields(found), **_given(reader, body)})


def parsed_condition(reader: Reader, written: str) -> CustomerCondition:
    """Parse the condition of a body by the data contract; raises Problem with its place and remedy."""
    try:
        return CustomerCondition.parse(written, columns_for(reader.contract, SegmentTable.load()))
    except InvalidCondition as error:
        errors = [{"detail": str(error), "pointer": "#/condition"}]
        raise Problem(CONDITION_REFUSED, f"body #/condition: {error}", errors=errors) from None


@contextmanager
def translated_timeout() -> Iterator[None]:
    """Context that raises Problem for a preview that takes too long."""
    try:
        yield
    except PreviewTimeout as error:
        raise Problem(PREVIEW_TIMEOUT, as_sentence(error)) from None


def _check_replaced(connection: Connection, slug: str | None) -> None:
    known = sorted(each.slug for each in newest_versions(connection) if each.condition is not None)
    if slug is not None and slug not in known:
        error = unknown_segment_error(slug, known)
        errors = [{"detail": str(error), "pointer": "#/replaces"}]
        raise Problem(UNKNOWN_CUSTOM_SEGMENT, as_sentence(error), errors=errors)


def _given(reader: Reader, body: PreviewRequest) -> dict[str, Any]:
    return {"condition": body.condition, "currency": reader.settings.currency}


def _fields(found: ConditionPreview) -> dict[str, Any]:
    overlaps = [
        {
            "scheme": each.scheme,
            "segment": each.name,
            "slug": each.slug,
            "customers": each.customers,
            "share": each.customers / found.customers,
            "segment_customers": each.segment_customers,
        }
        for each in found.overlaps
    ]
    return {
        **{name: getattr(found, name) for name in ("customers", "revenue", "clv", "joining", "leaving", "sample")},
        "share": found.customers / found.all_customers if found.all_customers else None,
        "revenue_share": float(found.revenue / found.all_revenue) if found.all_revenue else None,
        "overlaps": overlaps,
    }
