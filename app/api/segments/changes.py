"""The feed of changes: what a CRM asks again and again, and misses nothing."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, exists, func, or_, select, true

from app.api.core.dependencies import Reads, SchemeName, Text
from app.api.core.freshness import EXAMPLE, FreshSoFar, served, the_run
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, INVALID_CURSOR, UNKNOWN_SEGMENT, Problem
from app.api.core.schemas import LARGEST_ID, Moment, Tier, example
from app.api.core.scopes import requires_scope
from app.api.core.unknown_segment import unknown_segment
from app.segments.model.segment_table.fields import slug_of
from app.segments.tables import Cause, ChangeKind, customer_change, segment_summary

router = APIRouter(prefix="/v1/changes", tags=["changes"])
CHANGE_EXAMPLE: Final = {
    "change_id": 48213,
    "changed_at": "2026-04-10T02:00:04.981200Z",
    "customer_id": "12354",
    "kind": "moved",
    "cause": "customer",
    "scheme": "kmeans",
    "previous_segment": "New Customers",
    "previous_slug": "new-customers",
    "segment": "Super VIP Champions",
    "slug": "super-vip-champions",
    "tier": "Premium",
    "cluster": 1,
    "as_of": "2026-04-09",
    "run_id": EXAMPLE["run_id"],
}
Number = Annotated[int, Field(ge=0, le=LARGEST_ID)]


class SegmentChange(BaseModel):
    """A customer came into a segment, moved from one to another, or went."""

    change_id: Annotated[int, Field(description="Grows with every change; gaps mean nothing.")]
    changed_at: Moment
    customer_id: Annotated[str | None, Field(description="null once the entry of an erased customer is redacted.")]
    kind: Annotated[
        ChangeKind,
        Field(description="first: new (or back); moved; gone: has no sale any more; erased: delete the customer too."),
    ]
    cause: Annotated[Cause, Field(description="As the customer's history explains it.")]
    scheme: SchemeName
    previous_segment: Annotated[str | None, Field(description="Name of the segment that was left.")]
    previous_slug: str | None
    segment: Annotated[str | None, Field(description="Name of the segment that was entered.")]
    slug: str | None
    tier: Tier | None
    cluster: int | None
    as_of: Annotated[date, Field(description="Day of which the change is.")]
    run_id: Annotated[UUID, Field(description="Training run by whose model it is.")]


class Changes(BaseModel):
    """Changes, and where to go on."""

    data: list[SegmentChange]
    next_after: Annotated[int, Field(description="Send it as after the next time, also when there was nothing new.")]
    has_more: Annotated[bool, Field(description="Whether there is more already.")]


class ChangeFeed(FreshSoFar, Changes):
    """Changes in the order in which they were committed."""

    model_config = example({"data": [CHANGE_EXAMPLE], "next_after": 48213, "has_more": False, **EXAMPLE})


class ChangesQuery(BaseModel):
    """From where on, and which changes."""

    after: Annotated[Number, Field(description="next_after of the answer before; 0 for everything there is.")] = 0
    limit: Annotated[int, Field(description="Changes in an answer at most.", ge=1, le=1000)] = 100
    scheme: Annotated[SchemeName, Field(description="Which segmentation.")] = "kmeans"
    segment: Annotated[Text | None, Field(description="Changes into this segment or out of it, by slug or name.")] = (
        None
    )


@router.get("", summary="What changed since", responses=problems(INVALID_CURSOR, UNKNOWN_SEGMENT, INVALID))
@requires_scope("customers:read")
async def list_changes(reader: Reads, query: Annotated[ChangesQuery, Query()]) -> ChangeFeed:
    """Every change of a customer's segment, once, in an order that never changes, across trainings. Keep `next_after`
    when what came before it is stored on your side, and ask again: nothing is missed and nothing comes twice.
    """
    rows = await reader.rows(_feed(query))
    first = rows[0]
    if query.after > (first.given or 0):
        raise Problem(
            INVALID_CURSOR,
            f"This feed has given {first.given or 0} at most, not {query.after}: the database was restored from an "
            "earlier state, or is another; read all customers again, and go on from 0.",
        )
    if not first.has_segment:
        raise await unknown_segment(reader, query.segment or "", query.scheme)
    found = [row for row in rows if row.change_id is not None]
    has_more = len(found) > query.limit
    data = [{**row._mapping, "scheme": query.scheme} for row in found[: query.limit]]  # noqa: SLF001  # its public name
    last = data[-1]["change_id"] if has_more else max(query.after, first.newest or 0)
    return ChangeFeed.model_validate({"data": data, "next_after": last, "has_more": has_more, **reader.fresh(first)})


def _feed(query: ChangesQuery) -> Select[Any]:
    c = customer_change.c
    before, after = c[f"{query.scheme}_before"], c[f"{query.scheme}_after"]
    slug = None if query.segment is None else slug_of(query.segment)
    kept = ("change_id", "changed_at", "customer_id", "kind", "as_of", "run_id")
    changes = select(
        *(c[name] for name in kept),
        c[f"{query.scheme}_cause"].label("cause"),
        before.label("previous_slug"),
        after.label("slug"),
        c.cluster_after.label("cluster"),
    ).where(c.change_id > query.after, c[f"{query.scheme}_cause"].is_not(None))
    if slug is not None:
        changes = changes.where(or_(before == slug, after == slug))
    page = changes.order_by(c.change_id).limit(query.limit + 1).subquery("page")
    return _named(page, query.scheme, slug)


def _named(page: Any, scheme: SchemeName, slug: str | None) -> Select[Any]:
    known, was, now = (segment_summary.alias(name) for name in ("known", "was", "now"))
    newest = select(func.max(customer_change.c.change_id)).scalar_subquery().label("newest")
    given = func.pg_sequence_last_value("segments.customer_change_change_id_seq").label("given")
    of_scheme = exists().where(known.c.run_id == the_run, known.c.scheme == scheme, known.c.slug == slug)
    has_segment = (true() if slug is None else of_scheme).label("has_segment")
    joined = served.outerjoin(page, true())
    for words, name in ((was, "previous_slug"), (now, "slug")):
        words_of = and_(words.c.run_id == page.c.run_id, words.c.scheme == scheme, words.c.slug == page.c[name])
        joined = joined.outerjoin(words, words_of)
    # A segment that the table has no longer is called by its slug.
    previous = func.coalesce(was.c.segment, page.c.previous_slug).label("previous_segment")
    columns = (page, previous, now.c.segment, now.c.tier)
    return select(served, newest, given, has_segment, *columns).select_from(joined).order_by(page.c.change_id)
