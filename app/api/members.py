"""The customers of a segment, page by page, of one run from the first page to the last."""

from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Uuid, and_, bindparam, func, select, true

from app.api.customers import rfm_columns
from app.api.deps import Reader, SchemeName
from app.api.freshness import served, the_run
from app.api.paging import Keyset, Paging, Position
from app.api.problems import INVALID_CURSOR, NO_MODEL, Problem
from app.gold.tables import customer_rfm
from app.segments.tables import customer_segment, model, segment_summary

BY_ID: Final = Keyset(("customer_id",), TypeAdapter(tuple[str]))
wanted: Final = func.coalesce(bindparam("run_id", type_=Uuid()), the_run)
some_customer: Final = (
    select(customer_segment.c.customer_id)
    .where(customer_segment.c.run_id == wanted)
    .order_by(customer_segment.c.customer_id)
    .limit(1)
    .scalar_subquery()
)
run: Final = (
    select(
        model.c.run_id.label("served_run_id"),
        model.c.as_of.label("served_as_of"),
        served.c.data_through,
        served.c.concern,
        some_customer.is_not(None).label("is_stored"),
    )
    .select_from(served.outerjoin(model, model.c.run_id == wanted))
    .subquery("run")
)
"""`freshness.served`, of another run where one is given."""


async def read_members(reader: Reader, slug: str, scheme: SchemeName, paging: Paging) -> dict[str, Any] | None:
    """The fields of one page, None where the scheme has no such segment.

    Raises Problem for a cursor whose run is gone, and before the first run is published.
    """
    listing = paging.of(f"segments/{slug}/customers/{scheme}")
    position = Position.decode(paging.cursor, listing, BY_ID.keys) if paging.cursor else None
    after, run_id = (position.after, position.run_id) if position else (None, None)
    rows = await reader.rows(_page(scheme, after, paging.limit), {"slug": slug, "run_id": run_id})
    first = rows[0]
    if position is None and first.served_run_id is None:
        raise Problem(NO_MODEL)
    if position is not None and not first.is_stored:
        raise Problem(INVALID_CURSOR, "The run that this cursor lists is no longer stored; start again without it.")
    if first.segment is None:
        return None
    beside = {"currency": reader.settings.currency, "scheme": scheme, "segment": first.segment, "tier": first.tier}
    page = BY_ID.page([row for row in rows if row.customer_id is not None], paging, listing, first.served_run_id)
    return {**page, "data": [{**row, **beside} for row in page["data"]], **reader.fresh(first)}


def _page(scheme: SchemeName, after: tuple[Any, ...] | None, limit: int) -> Any:
    c, s = customer_segment.c, segment_summary.c
    members = (
        select(*rfm_columns)
        .join_from(customer_segment, customer_rfm, customer_rfm.c.customer_id == c.customer_id)
        .where(c.run_id == wanted, c[scheme] == bindparam("slug"))
    )
    if after is not None:
        members = members.where(customer_rfm.c.customer_id > after[0])  # or a merge join reads gold up to the cursor
    page = BY_ID.turn(members, after, limit).subquery("page")
    named = and_(s.run_id == wanted, s.scheme == scheme, s.slug == bindparam("slug"))
    joined = run.outerjoin(segment_summary, named).outerjoin(page, true())
    return select(run, s.segment, s.tier, page).select_from(joined).order_by(page.c.customer_id)
