"""Create, update and delete custom segments: each saves a version and queues its evaluation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection, select

from app.access.tables import api_key
from app.api.core.dependencies import ReaderDependency
from app.api.core.grant import GRANT
from app.api.core.idempotency import IdempotencyDependency
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, KEY_REUSED, TOO_LARGE, UNREADABLE, Problem, as_sentence
from app.api.core.scopes import requires_scope
from app.api.segments.custom_list import ONE, CustomSlug
from app.api.segments.custom_preview import parsed_condition
from app.api.segments.custom_schemas import CustomSegmentRequest, CustomSegmentVersionRequest, SavedCustomSegment
from app.api.segments.problems import CONDITION_REFUSED, CUSTOM_SEGMENT_CONFLICT, NAME_REFUSED, UNKNOWN_CUSTOM_SEGMENT
from app.errors import BadData, InvalidSelection, SegmentConflict
from app.jobs.job_queue import TRIGGER_API, enqueue_in_transaction
from app.segments.custom.definitions import CustomSegment
from app.segments.custom.saving import GivenSegment, create_segment, remove_segment, replace_segment

router = APIRouter(prefix="/v1/custom-segments", tags=["custom segments"])
PATH: Final = "/v1/custom-segments"
CREATES: Final = 201
REFUSED: Final = (
    *(UNREADABLE, TOO_LARGE, INVALID, KEY_REUSED),
    *(CONDITION_REFUSED, NAME_REFUSED, CUSTOM_SEGMENT_CONFLICT),
)
CHANGED: Final = problems(*REFUSED, UNKNOWN_CUSTOM_SEGMENT)
DELETED: Final = problems(UNKNOWN_CUSTOM_SEGMENT, INVALID, KEY_REUSED, CUSTOM_SEGMENT_CONFLICT)
CREATED: Final[dict[int | str, dict[str, Any]]] = {
    201: {
        "description": "Created; its customers are found by the queued run.",
        "headers": {"Location": {"description": "Address of the custom segment.", "schema": {"type": "string"}}},
    },
    **problems(*REFUSED),
}
ExpectedVersion = Annotated[
    int | None,
    Query(ge=1, lt=2**31, description="Newest version as you have read it; 409 if somebody has saved another since."),
]
Save = Callable[[Connection, str], CustomSegment]
"""Function that saves a version in a transaction, by the name of the client."""


@router.post(
    "", status_code=201, summary="Create a custom segment", response_model=SavedCustomSegment, responses=CREATED
)
@requires_scope("segments:write")
async def create_custom_segment(
    request: Request, body: CustomSegmentRequest, reader: ReaderDependency, responder: IdempotencyDependency
) -> Response:
    """Create a custom segment. The worker finds its customers within seconds, in the run `evaluation_run_id`; then each
    load, rescore and training keeps them up to date. The slug is made of the name and never changes.
    """
    given = _given(reader, body)

    def save(connection: Connection, created_by: str) -> CustomSegment:
        return create_segment(connection, given, created_by)

    return await _respond(request, responder, CREATES, save)


@router.put(ONE, summary="Update a custom segment", response_model=SavedCustomSegment, responses=CHANGED)
@requires_scope("segments:write")
async def update_custom_segment(
    request: Request,
    body: CustomSegmentVersionRequest,
    reader: ReaderDependency,
    responder: IdempotencyDependency,
    slug: CustomSlug,
) -> Response:
    """Save a new version of a custom segment; absent fields are those of the version before. Only letter case, spaces
    and punctuation of the name may change: another name is a new segment. The change feed has the customers who join or
    leave by it with the cause `definition`.
    """
    given = _given(reader, body)

    def save(connection: Connection, created_by: str) -> CustomSegment:
        return replace_segment(connection, slug, given, created_by, body.expected_version)

    return await _respond(request, responder, 200, save)


@router.delete(ONE, summary="Delete a custom segment", response_model=SavedCustomSegment, responses=DELETED)
@requires_scope("segments:write")
async def delete_custom_segment(
    request: Request, responder: IdempotencyDependency, slug: CustomSlug, expected_version: ExpectedVersion = None
) -> Response:
    """Remove a custom segment by a version without a condition: all its customers leave it. Its versions and the past
    states of customers stay readable; a new segment of the same name continues its versions.
    """

    def save(connection: Connection, created_by: str) -> CustomSegment:
        return remove_segment(connection, slug, created_by, expected_version)

    return await _respond(request, responder, 200, save)


async def _respond(request: Request, responder: IdempotencyDependency, status: int, save: Save) -> Response:
    def effect(connection: Connection) -> tuple[SavedCustomSegment, dict[str, str]]:
        with translated():
            saved = save(connection, _client_name(connection, request.scope[GRANT].key_id))
        run_id = enqueue_in_transaction(connection, "evaluate_segments", TRIGGER_API)
        fields = {**asdict(saved), "evaluation_run_id": run_id}
        location = f"{request.scope.get('root_path', '')}{PATH}/{saved.slug}"
        return SavedCustomSegment.model_validate(fields), {"Location": location} if status == CREATES else {}

    return await responder.respond(status, effect)


def _given(reader: ReaderDependency, body: CustomSegmentRequest | CustomSegmentVersionRequest) -> GivenSegment:
    condition = parsed_condition(reader, body.condition)
    return GivenSegment(condition, body.name, body.tier, body.recommendation.given())


def _client_name(connection: Connection, key_id: str) -> str:
    name: str | None = connection.execute(select(api_key.c.name).where(api_key.c.key_id == key_id)).scalar()
    return name or key_id


@contextmanager
def translated() -> Iterator[None]:
    """Context that raises Problem for a name, a slug or a version that cannot be saved."""
    try:
        yield
    except InvalidSelection as error:
        raise Problem(UNKNOWN_CUSTOM_SEGMENT, as_sentence(error)) from None
    except SegmentConflict as error:
        raise Problem(CUSTOM_SEGMENT_CONFLICT, as_sentence(error)) from None
    except BadData as error:
        errors = [{"detail": str(error), "pointer": "#/name"}]
        raise Problem(NAME_REFUSED, f"body #/name: {error}", errors=errors) from None
