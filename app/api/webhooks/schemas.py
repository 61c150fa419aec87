"""Schemas of webhooks and deliveries."""

from typing import Annotated, Any, Final, Literal, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.core.dependencies import AnySchemeName, Text
from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.schemas import Moment, Page, example, list_example
from app.webhooks.tables import DeliveryState, EndpointState, EventType, SubscribedEvent

REQUEST_EXAMPLE: Final[dict[str, Any]] = {
    "url": "https://crm.example/hooks/regulars",
    "description": "Champions into the loyalty programme",
    "events": ["customer.segment.entered", "customer.segment.exited"],
    "scheme": "kmeans",
    "segments": ["super-vip-champions", "champions"],
    "batch": False,
}
WEBHOOK_EXAMPLE: Final[dict[str, Any]] = {
    "endpoint_id": "0f2f3f2a-8a2b-4c2b-9a51-0d8a3c6f1d11",
    **REQUEST_EXAMPLE,
    "state": "active",
    "state_reason": None,
    "failing_since": None,
    "created_at": "2026-04-12T09:30:00.120000Z",
    "updated_at": "2026-04-12T09:30:00.120000Z",
}
DELIVERY_EXAMPLE: Final = {
    "delivery_id": 4711,
    "endpoint_id": WEBHOOK_EXAMPLE["endpoint_id"],
    "event_id": "evt_5f6f3f6f0f1c4b8e9a7d2c1b0a998877",
    "type": "customer.segment.entered",
    "state": "delivered",
    "attempts": 1,
    "next_attempt_at": None,
    "created_at": "2026-05-01T03:00:09.400000Z",
    "last_attempt_at": "2026-05-01T03:00:09.431000Z",
    "delivered_at": "2026-05-01T03:00:09.512000Z",
    "status": 200,
    "response_body": "thanks",
    "error": None,
    "data": {
        "customer_id": "12354",
        "scheme": "kmeans",
        "segment": "Champions",
        "slug": "champions",
        "previous_segment": "New Customers",
        "previous_slug": "new-customers",
        "cause": "customer",
        "as_of": "2026-04-30",
        "run_id": FRESHNESS_EXAMPLE["run_id"],
        "change_id": 48213,
    },
}
UPDATE_EXAMPLE: Final[dict[str, Any]] = {"segments": ["champions"], "state": "active"}
SECRET: Final = "whsec_c2hvd24gb25jZSwgYW5kIG1hZGUgdXAgZm9yIHRoaXM="  # noqa: S105  # made up
Url = Annotated[
    str,
    Field(
        description="URL of the receiver: https, without user or fragment, at a host whose addresses are all public; "
        "the operator may allow others.",
        min_length=1,
        max_length=2_048,
        json_schema_extra={"format": "uri", "examples": [REQUEST_EXAMPLE["url"]]},
    ),
]
Events = Annotated[
    list[SubscribedEvent],
    Field(description="Types of events to send.", min_length=1, max_length=len(get_args(SubscribedEvent))),
]
EventScheme = Annotated[
    AnySchemeName, Field(description="Segmentation scheme of the events; custom: of custom segments, one event each.")
]
Segments = Annotated[
    list[Annotated[Text, Field(max_length=200)]] | None,
    Field(
        description="Only events of these segments, by slug or name; null for all.",
        min_length=1,
        max_length=100,
    ),
]
BatchOption = Annotated[
    bool,
    Field(
        strict=True,
        description="Send one `customer.segments.changed` per run instead of one event per customer; read the changes "
        "from `GET /v1/changes`.",
    ),
]
Description = Annotated[Text | None, Field(description="Free text.", max_length=500)]


class WebhookRequest(BaseModel):
    """A webhook to create."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [REQUEST_EXAMPLE]})

    url: Url
    description: Description = None
    events: Events
    scheme: EventScheme = "kmeans"
    segments: Segments = None
    batch: BatchOption = False


class WebhookChange(BaseModel):
    """Fields to change; absent fields keep their values."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [UPDATE_EXAMPLE]})

    # Factories, because a default in the OpenAPI document would mean that an absent field is set to it.
    url: Url = Field(default_factory=str)
    description: Description = Field(default_factory=lambda: None)
    events: Events = Field(default_factory=list)
    scheme: EventScheme = Field(default_factory=lambda: "kmeans")
    segments: Segments = Field(default_factory=lambda: None)
    batch: BatchOption = Field(default_factory=lambda: False)
    state: Annotated[
        Literal["active", "disabled"],
        Field(description="disabled: new events are not sent, and pending deliveries are not attempted."),
    ] = Field(default_factory=lambda: "active")


class Webhook(BaseModel):
    """A webhook."""

    model_config = example(WEBHOOK_EXAMPLE)

    endpoint_id: UUID
    url: str
    description: str | None
    events: list[SubscribedEvent]
    scheme: EventScheme
    segments: Annotated[list[str] | None, Field(description="Slugs; null for all.")]
    batch: bool
    state: Annotated[
        EndpointState,
        Field(
            description="active; disabled: on request, or because every attempt of five days failed; gone: the "
            "receiver answered 410."
        ),
    ]
    state_reason: Annotated[str | None, Field(description="Reason of a state other than active.")]
    failing_since: Annotated[Moment | None, Field(description="UTC; null if the last attempt succeeded.")]
    created_at: Moment
    updated_at: Moment


class CreatedWebhook(Webhook):
    """A webhook with its secret, which is shown only once."""

    model_config = example({**WEBHOOK_EXAMPLE, "secret": SECRET})

    secret: Annotated[str, Field(description="In the format of Standard Webhooks.")]


class RotatedSecret(BaseModel):
    """The new secret, shown only once; events are signed with both secrets until the old one expires."""

    model_config = example(
        {
            "endpoint_id": WEBHOOK_EXAMPLE["endpoint_id"],
            "secret": SECRET,
            "previous_expires_at": "2026-05-02T09:30:00.120000Z",
        }
    )

    endpoint_id: UUID
    secret: str
    previous_expires_at: Annotated[Moment | None, Field(description="End of the old secret, UTC: 24 hours from now.")]


class WebhookList(NullableFreshness, Page[Webhook]):
    """A page of webhooks."""

    model_config = example(list_example(WEBHOOK_EXAMPLE, extra=FRESHNESS_EXAMPLE))


class Delivery(BaseModel):
    """Delivery of an event to a webhook."""

    model_config = example(DELIVERY_EXAMPLE)

    delivery_id: int
    endpoint_id: UUID
    event_id: Annotated[str, Field(description="The header webhook-id, the same at every attempt.")]
    type: EventType
    state: Annotated[
        DeliveryState,
        Field(
            description="pending: an attempt is due or scheduled; delivered: the response was 2xx; exhausted: all "
            "attempts in three days failed; failed: the response was 410, no attempt follows."
        ),
    ]
    attempts: Annotated[int, Field(description="Number of attempts since the event was created or redelivered.")]
    next_attempt_at: Annotated[
        Moment | None, Field(description="UTC; null during an attempt and when no attempt follows.")
    ]
    created_at: Moment
    last_attempt_at: Moment | None
    delivered_at: Moment | None
    status: Annotated[int | None, Field(description="HTTP status of the last attempt; null if there was no response.")]
    response_body: Annotated[str | None, Field(description="First kilobyte of the response.")]
    error: Annotated[str | None, Field(description="Error of the last attempt; null if there was a response.")]
    data: Annotated[dict[str, Any], Field(description="Data of the event; schemas in the section webhooks.")]


class AcceptedDelivery(Delivery):
    """The queued delivery."""

    model_config = example(
        {
            **DELIVERY_EXAMPLE,
            "type": "webhook.test",
            "state": "pending",
            "attempts": 0,
            "next_attempt_at": "2026-05-01T03:00:09.400000Z",
            **dict.fromkeys(("last_attempt_at", "delivered_at", "status", "response_body")),
            "data": {"endpoint_id": WEBHOOK_EXAMPLE["endpoint_id"]},
        }
    )


class DeliveryList(NullableFreshness, Page[Delivery]):
    """A page of deliveries."""

    model_config = example(list_example(DELIVERY_EXAMPLE, extra=FRESHNESS_EXAMPLE))
