"""Change feed: every change of a customer's segment, in commit order."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, case, func, or_, select, true

from app.api.core.demonstration import TRAINED_AT
from app.api.core.dependencies import AnySchemeName, ReaderDependency
from app.api.core.freshness import CURRENT_RUN_ID, FRESHNESS, FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, INVALID_CURSOR, UNKNOWN_SEGMENT, Problem
from app.api.core.schemas import Moment, Tier, example
from app.api.core.scopes import requires_scope
from app.api.core.unknown_segment import check_segments, slugs_of
from app.api.customers.profile import RFM_EXAMPLE
from app.api.segments.change_cursor import FIRST_CURSOR, ChangeCursor, CursorText, cursor_of_entry, newest_cursor
from app.segments.custom.members import named_at, saved_slugs
from app.segments.filters import SegmentNames
from app.segments.model.schemes import CUSTOM
from app.segments.model.segment_table.fields import slug_of
from app.segments.tables import ChangeCause, ChangeKind, customer_change, segment_summary

router = APIRouter(prefix="/v1/changes", tags=["changes"])
CHANGE_EXAMPLE: Final = {
    "change_id": 48213,
    "changed_at": TRAINED_AT,
    "customer_id": RFM_EXAMPLE["customer_id"],
    "kind": "moved",
    "cause": "customer",
    "scheme": "kmeans",
    "previous_segment": "High Value Active",
    "previous_slug": "high-value-active",
    **{name: RFM_EXAMPLE[name] for name in ("segment", "slug", "tier", "cluster")},
    "as_of": RFM_EXAMPLE["segment_since"],
    "run_id": FRESHNESS_EXAMPLE["run_id"],
}
CURSOR_EXAMPLE: Final = "48213-64f1c0d9a5e30"
ENTRY: Final = ("change_id", "changed_at", "customer_id", "kind", "as_of", "run_id")


class SegmentChange(BaseModel):
    """A change of a customer's segment."""

    change_id: Annotated[int, Field(description="Increases with every change; gaps have no meaning.")]
    changed_at: Moment
    customer_id: Annotated[str | None, Field(description="null after the entry of an erased customer was redacted.")]
    kind: Annotated[
        ChangeKind,
        Field(
            description="first: first assigned, or assigned again after `gone`; moved: changed segment; joined, left: "
            "joined or left a custom segment; gone: has no sales, or returned all their value; erased: erased on "
            "request, delete the customer from your system too."
        ),
    ]
    cause: Annotated[
        ChangeCause, Field(description="Cause of the change, as in the customer's history; gone: as the kind.")
    ]
    scheme: AnySchemeName
    previous_segment: Annotated[str | None, Field(description="Name of the segment before the change.")]
    previous_slug: Annotated[str | None, Field(description="Slug of the segment before the change.")]
    segment: Annotated[str | None, Field(description="Name of the segment after the change.")]
    slug: Annotated[str | None, Field(description="Slug of the segment after the change.")]
    tier: Tier | None
    cluster: Annotated[int | None, Field(description="Cluster after the change.")]
    as_of: Annotated[date, Field(description="Day of the change.")]
    run_id: Annotated[UUID, Field(description="Training run whose model assigned the segment.")]


class Changes(BaseModel):
    """Changes and the cursor to continue from."""

    data: list[SegmentChange]
    next_after: Annotated[
        str, Field(description="Opaque cursor: send it as `after` in the next request, even if data is empty.")
    ]
    has_more: Annotated[bool, Field(description="Whether more changes are available now.")]


class ChangeFeed(NullableFreshness, Changes):
    """Changes in commit order."""

    model_config = example(
        {"data": [CHANGE_EXAMPLE], "next_after": CURSOR_EXAMPLE, "has_more": False, **FRESHNESS_EXAMPLE}
    )


class ChangesQuery(BaseModel):
    """Query parameters of the change feed."""

    after: Annotated[
        CursorText,
        Field(
            description="`next_after` of the previous response; 0 for the whole feed. The number `after` of the event "
            "`customer.segments.changed` is accepted too.",
            examples=[FIRST_CURSOR, CURSOR_EXAMPLE],
        ),
    ] = FIRST_CURSOR
    limit: Annotated[int, Field(description="Maximum number of changes in the response.", ge=1, le=1000)] = 100
    scheme: Annotated[AnySchemeName, Field(description="Segmentation scheme.")] = "kmeans"
    segment: Annotated[
        SegmentNames | None,
        Field(
            description="Changes into or out of these segments, by slug or name; repeat the parameter for several. "
            "Changes of the kind `erased` are always included."
        ),
    ] = None


@router.get("", summary="List changes", responses=problems(INVALID_CURSOR, UNKNOWN_SEGMENT, INVALID))
@requires_scope("customers:read")
async def list_changes(reader: ReaderDependency, query: Annotated[ChangesQuery, Query()]) -> ChangeFeed:
    """List all changes of customers' segments, each exactly once, in a fixed order, across training runs.

    Store `next_after` together with the changes of the page, and send it as `after` in the next request. After the
    server's database was restored from an earlier backup, the response is 409 `invalid-cursor`: read all customers
    again and start with `after=0`.

    With `scheme=custom` the changes are those of custom segments: who joined and who left. A customer who joins two of
    them has two changes. A removed segment can still be named, to read who left it.
    """
    cursor = ChangeCursor.parse(query.after)
    rows = await reader.rows(_feed(query, cursor))
    first = rows[0]
    if not first.is_valid:
        raise Problem(
            INVALID_CURSOR,
            f"The change {cursor.change_id} of this cursor is not in the feed: the database was restored from an "
            "earlier backup, or replaced; read all customers again and start with after=0.",
        )
    check_segments(query.segment, first.known_slugs, query.scheme)
    found = [row for row in rows if row.change_id is not None]
    has_more = len(found) > query.limit
    page = found[: query.limit]
    data = [{**row._mapping, "scheme": query.scheme} for row in page]  # noqa: SLF001  # _mapping is public API of SQLAlchemy
    last = page[-1].cursor if has_more else first.newest_cursor or FIRST_CURSOR
    return ChangeFeed.model_validate(
        {"data": data, "next_after": last, "has_more": has_more, **reader.freshness_fields(first)}
    )


def _feed(query: ChangesQuery, cursor: ChangeCursor) -> Select[Any]:
    c = customer_change.c
    before, after, cause = (c[f"{query.scheme}_{name}"] for name in ("before", "after", "cause"))
    # The first and the last segment in a scheme in which a known customer has a segment for a part of the time.
    is_moved = c.kind == "moved"
    kind = case(
        (and_(is_moved, before.is_(None)), "first"), (and_(is_moved, after.is_(None)), "gone"), else_=c.kind
    ).label("kind")
    changes = select(
        *(kind if name == "kind" else c[name] for name in ENTRY),
        cursor_of_entry.label("cursor"),
        cause.label("cause"),
        before.label("previous_slug"),
        after.label("slug"),
        c.cluster_after.label("cluster"),
    ).where(c.change_id > cursor.change_id, cause.is_not(None))
    if query.segment is not None:
        slugs = [slug_of(each) for each in query.segment]
        changes = changes.where(or_(before.in_(slugs), after.in_(slugs), c.kind == "erased"))
    page = changes.order_by(c.change_id).limit(query.limit + 1).subquery("page")
    return _named(page, query.scheme, cursor)


def _words(page: Any, scheme: AnySchemeName, name: str) -> tuple[Any, Any]:
    """Return a source of the name and tier of the segment in a column of the page, and its join condition."""
    if scheme == CUSTOM:
        return named_at(page.c[name], page.c.changed_at, f"words_of_{name}"), true()
    words = segment_summary.alias(f"words_of_{name}")
    return words, and_(words.c.run_id == page.c.run_id, words.c.scheme == scheme, words.c.slug == page.c[name])


def _named(page: Any, scheme: AnySchemeName, cursor: ChangeCursor) -> Select[Any]:
    joined = FRESHNESS.outerjoin(page, true())
    named = []
    for name in ("previous_slug", "slug"):
        words, words_of = _words(page, scheme, name)
        joined = joined.outerjoin(words, words_of)
        named.append(words)
    was, now = named
    head = (
        newest_cursor().label("newest_cursor"),
        cursor.is_valid().label("is_valid"),
        (saved_slugs() if scheme == CUSTOM else slugs_of(CURRENT_RUN_ID, scheme)).label("known_slugs"),
    )
    # The segment of this slug may have been removed from the segment table.
    previous = func.coalesce(was.c.segment, page.c.previous_slug).label("previous_segment")
    columns = (page, previous, now.c.segment, now.c.tier)
    return select(FRESHNESS, *head, *columns).select_from(joined).order_by(page.c.change_id)
