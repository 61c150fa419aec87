"""Schemas of webhook events, for the `webhooks` section of the OpenAPI document."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field

from app.api.core.dependencies import AnySchemeName
from app.api.core.freshness import FRESHNESS_EXAMPLE
from app.api.core.schemas import Moment, SegmentName, SegmentSlug
from app.api.runs.schemas import RUN_EXAMPLE
from app.jobs.tables import ErrorKind, JobName, RunState, Trigger
from app.settings.check_list import CheckName

router = APIRouter(tags=["webhooks"], generate_unique_id_function=lambda route: route.name)
AT: Final = "2026-05-01T03:00:09.400000Z"
SEGMENT_DATA: Final[dict[str, Any]] = {
    "customer_id": "12354",
    "scheme": "kmeans",
    "segment": "Champions",
    "slug": "champions",
    "cause": "customer",
    "as_of": "2026-04-30",
    "run_id": FRESHNESS_EXAMPLE["run_id"],
    "change_id": 48213,
}
EventId = Annotated[str, Header(alias="webhook-id", description="Id of the event, the same at every attempt.")]
SentAt = Annotated[int, Header(alias="webhook-timestamp", description="Time of the attempt, seconds since 1970.")]
Signature = Annotated[
    str,
    Header(alias="webhook-signature", description="`v1,` signatures over `id.timestamp.body`, separated by spaces."),
]
Timestamp = Annotated[Moment, Field(description="Time of the event, UTC.")]
SegmentCause = Literal["first", "customer", "model", "both", "definition", "gone"]
RECEIVER_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "2XX": {"description": "Received: the event is not sent again."},
    410: {"description": "Gone: no further events are sent to this endpoint."},
    "default": {"description": "Any other response: the event is sent again, with growing delays, for three days."},
}


def _example(type_: str, data: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [{"type": type_, "timestamp": AT, "data": data}]})


class SegmentEventData(BaseModel):
    """A customer and a segment that they entered or left."""

    customer_id: str
    scheme: AnySchemeName
    segment: SegmentName
    slug: SegmentSlug
    cause: Annotated[SegmentCause, Field(description="As in the change feed.")]
    as_of: Annotated[date, Field(description="Day of the change.")]
    run_id: Annotated[UUID, Field(description="Training run whose model assigned the segment.")]
    change_id: Annotated[int, Field(description="Number of the change in the feed; a larger one is newer.")]


class SegmentEnteredData(SegmentEventData):
    """A customer and the segment that they entered."""

    previous_segment: Annotated[
        str | None, Field(description="Name of the segment they left; null for the first and for custom segments.")
    ]
    previous_slug: Annotated[
        str | None, Field(description="Slug of the segment they left; null for the first and for custom segments.")
    ]


class SegmentExitedData(SegmentEventData):
    """A customer and the segment that they left."""

    next_segment: Annotated[
        str | None, Field(description="Name of the segment they entered; null for none and for custom segments.")
    ]
    next_slug: Annotated[
        str | None, Field(description="Slug of the segment they entered; null for none and for custom segments.")
    ]


class SegmentEnteredEvent(BaseModel):
    """A customer entered a segment."""

    model_config = _example(
        "customer.segment.entered",
        {**SEGMENT_DATA, "previous_segment": "New Customers", "previous_slug": "new-customers"},
    )

    type: Literal["customer.segment.entered"]
    timestamp: Timestamp
    data: SegmentEnteredData


class SegmentExitedEvent(BaseModel):
    """A customer left a segment."""

    model_config = _example(
        "customer.segment.exited", {**SEGMENT_DATA, "next_segment": "Hibernating", "next_slug": "hibernating"}
    )

    type: Literal["customer.segment.exited"]
    timestamp: Timestamp
    data: SegmentExitedData


class SegmentsChangedData(BaseModel):
    """Number of changes by one run, and their range in the change feed."""

    scheme: AnySchemeName
    changes: int
    causes: Annotated[dict[str, int], Field(description="Number of changes by cause.")]
    after: Annotated[int, Field(description="Send it as `after` of `GET /v1/changes`.")]
    through: Annotated[int, Field(description="change_id of the last change of the run.")]
    as_of: date
    run_id: UUID


class SegmentsChangedEvent(BaseModel):
    """Customers entered or left segments; sent once per run to endpoints with `batch`."""

    model_config = _example(
        "customer.segments.changed",
        {
            "scheme": "kmeans",
            "changes": 14,
            "causes": {"customer": 11, "model": 3},
            "after": 48199,
            "through": 48213,
            "as_of": "2026-04-30",
            "run_id": FRESHNESS_EXAMPLE["run_id"],
        },
    )

    type: Literal["customer.segments.changed"]
    timestamp: Timestamp
    data: SegmentsChangedData


class RunCompletedData(BaseModel):
    """A run that has ended."""

    run_id: UUID
    job: JobName
    state: RunState
    trigger: Trigger
    started_at: Moment | None
    finished_at: Moment | None
    counts: dict[str, Any]
    error: str | None
    error_kind: ErrorKind | None


class RunCompletedEvent(BaseModel):
    """A run has ended, with any result."""

    model_config = _example("run.completed", {name: RUN_EXAMPLE[name] for name in RunCompletedData.model_fields})

    type: Literal["run.completed"]
    timestamp: Timestamp
    data: RunCompletedData


class QualityFailedData(BaseModel):
    """A failed quality check."""

    check: Annotated[
        Literal["file", "gate"] | CheckName,
        Field(
            description="file: a file was rejected; gate: no training run is published until the data is fixed; "
            "others: a quality check whose severity is fail has found a problem."
        ),
    ]
    reason: str
    source_file: Annotated[str | None, Field(description="The rejected file; null for others.")]
    data_through: Annotated[date | None, Field(description="Date of the latest sale, for the gate; null for others.")]
    source: Annotated[str | None, Field(description="Source of a quality check; null for others.")] = None
    day: Annotated[date | None, Field(description="Day of sales that a quality check is about; null for none.")] = None


class QualityFailedEvent(BaseModel):
    """A file was rejected, the quality gate closed, or a quality check failed."""

    model_config = _example(
        "quality.failed",
        {
            "check": "file",
            "reason": "62.0 % of the rows are quarantined, more than 50.0 %",
            "source_file": "s3://sales/retail/2026-04-30/2026-04-30_transactions.csv",
            "data_through": None,
            "source": None,
            "day": None,
        },
    )

    type: Literal["quality.failed"]
    timestamp: Timestamp
    data: QualityFailedData


class QualityRecoveredData(BaseModel):
    """A quality check that has recovered."""

    check: CheckName
    reason: Annotated[str, Field(description="Latest finding of the check, or why it is no longer checked.")]
    source: Annotated[str, Field(description="Source that was checked.")]
    day: Annotated[date | None, Field(description="Day of sales that the finding is about; null for none.")]


class QualityRecoveredEvent(BaseModel):
    """A quality check that has failed is ok or a warning again, or is no longer checked."""

    model_config = _example(
        "quality.recovered",
        {"check": "freshness", "reason": "all files are loaded", "source": "sales", "day": "2026-04-30"},
    )

    type: Literal["quality.recovered"]
    timestamp: Timestamp
    data: QualityRecoveredData


class WebhookTestData(BaseModel):
    """The tested endpoint."""

    endpoint_id: UUID


class WebhookTestEvent(BaseModel):
    """A test event, sent on request."""

    model_config = _example("webhook.test", {"endpoint_id": "0f2f3f2a-8a2b-4c2b-9a51-0d8a3c6f1d11"})

    type: Literal["webhook.test"]
    timestamp: Timestamp
    data: WebhookTestData


EVENTS: Final[tuple[type[BaseModel], ...]] = (
    SegmentEnteredEvent,
    SegmentExitedEvent,
    SegmentsChangedEvent,
    RunCompletedEvent,
    QualityFailedEvent,
    QualityRecoveredEvent,
    WebhookTestEvent,
)


@router.post("customer.segment.entered", summary="Receive a customer entering a segment", responses=RECEIVER_RESPONSES)
async def receive_segment_entered(
    event: SegmentEnteredEvent, webhook_id: EventId, webhook_timestamp: SentAt, webhook_signature: Signature
) -> None:
    """Sent for each customer who enters a subscribed segment."""


@router.post("customer.segment.exited", summary="Receive a customer leaving a segment", responses=RECEIVER_RESPONSES)
async def receive_segment_exited(
    event: SegmentExitedEvent, webhook_id: EventId, webhook_timestamp: SentAt, webhook_signature: Signature
) -> None:
    """Sent for each customer who leaves a subscribed segment."""


@router.post("customer.segments.changed", summary="Receive a batch of segment changes", responses=RECEIVER_RESPONSES)
async def receive_segments_changed(
    event: SegmentsChangedEvent, webhook_id: EventId, webhook_timestamp: SentAt, webhook_signature: Signature
) -> None:
    """Sent once per run instead of once per customer, to endpoints with `batch`; read the changes from the feed."""


@router.post("run.completed", summary="Receive the end of a run", responses=RECEIVER_RESPONSES)
async def receive_run_completed(
    event: RunCompletedEvent, webhook_id: EventId, webhook_timestamp: SentAt, webhook_signature: Signature
) -> None:
    """Sent when a run ends, with any result."""


@router.post("quality.failed", summary="Receive a failed quality check", responses=RECEIVER_RESPONSES)
async def receive_quality_failed(
    event: QualityFailedEvent, webhook_id: EventId, webhook_timestamp: SentAt, webhook_signature: Signature
) -> None:
    """Sent when a file is rejected, the quality gate closes, or a quality check fails, once until it is ok again."""


@router.post("quality.recovered", summary="Receive a recovered quality check", responses=RECEIVER_RESPONSES)
async def receive_quality_recovered(
    event: QualityRecoveredEvent, webhook_id: EventId, webhook_timestamp: SentAt, webhook_signature: Signature
) -> None:
    """Sent when a quality check that has failed is ok or a warning again, or is no longer checked."""


@router.post("webhook.test", summary="Receive a test event", responses=RECEIVER_RESPONSES)
async def receive_webhook_test(
    event: WebhookTestEvent, webhook_id: EventId, webhook_timestamp: SentAt, webhook_signature: Signature
) -> None:
    """Sent on request by `POST /v1/webhooks/{endpoint_id}/test`."""
