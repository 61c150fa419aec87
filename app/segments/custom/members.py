"""Members of custom segments as readers see them, in the newest revision and in earlier ones."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from app.db.sql import named
from app.segments.custom.tables import custom_member, custom_segment
from app.segments.model.schemes import CUSTOM
from app.segments.tables import customer_change, segment_summary

m = custom_member.c


def was_member(revision: ColumnElement[Any]) -> ColumnElement[bool]:
    """Build the condition that a membership is valid in a revision."""
    return and_(m.revision <= revision, or_(m.until_revision.is_(None), m.until_revision > revision))


def with_membership(states: FromClause, slug: str | None, revision: ColumnElement[Any]) -> FromClause:
    """Return the states of the members of a custom segment, with the columns `custom` and `custom_since`.

    Args:
        states: states of the customers of a revision.
        slug: slug of the segment; None: one state for each membership in any segment.
        revision: number of the revision, as a bound value or a scalar subquery.
    """
    of_segment = [] if slug is None else [m.slug == slug]
    is_member = and_(m.customer_id == states.c.customer_id, *of_segment, was_member(revision))
    joined = states.join(custom_member, is_member)
    membership = (m.slug.label(CUSTOM), m.since.label(f"{CUSTOM}_since"))
    return select(*states.c, *membership).select_from(joined).subquery("states")


def joined_after(customer_id: ColumnElement[Any], slug: str, time: Any) -> ColumnElement[bool]:
    """Build the condition that a customer joined a custom segment after a time."""
    c = customer_change.c
    joined = select(c.customer_id).where(c.kind == "joined", c.custom_after == slug, c.changed_at > time)
    return customer_id.in_(joined)


def memberships(customer_id: ColumnElement[Any], run: ColumnElement[Any], revision: ColumnElement[Any]) -> Any:
    """Return the custom segments that a customer is in as a JSON array, in the order in which they were saved.

    Args:
        customer_id: id of the customer.
        run: training run of the revision.
        revision: number of the revision.
    """
    s = segment_summary.c
    of_segment = and_(s.run_id == run, s.scheme == CUSTOM, s.slug == m.slug)
    shown = func.jsonb_build_object("slug", m.slug, "name", s.segment, "since", m.since)
    return (
        select(func.coalesce(func.jsonb_agg(aggregate_order_by(shown, s.position)), literal([], JSONB)))
        .select_from(custom_member.join(segment_summary, of_segment))
        .where(m.customer_id == customer_id, was_member(revision))
        .correlate_except(custom_member, segment_summary)
        .scalar_subquery()
    )


def saved_slugs() -> ColumnElement[Any]:
    """Return the array of the slugs of all custom segments that were ever saved, as a column of a SELECT."""
    return func.array(select(custom_segment.c.slug).distinct().scalar_subquery())


def named_at(slug: ColumnElement[Any], time: ColumnElement[Any], name: str) -> Any:
    """Return the name and tier that a custom segment had at a time, as a lateral source with the segment's columns."""
    v = custom_segment.c
    return (
        select(v.name.label("segment"), v.tier)
        .where(v.slug == slug, v.created_at <= time)
        .order_by(v.version.desc())
        .limit(1)
        .correlate_except(custom_segment)
        .lateral(name)
    )


def delete_members(connection: Connection, customer_id: str) -> int:
    """Delete the memberships of an erased customer in all revisions; return the number of deleted rows.

    Their number and money are subtracted from the summaries of every run, and the distributions with them are deleted.
    Call it before the states are deleted.
    """
    deleted: int = connection.execute(named(__package__, "delete_members"), {"customer_id": customer_id}).scalar_one()
    return deleted


def delete_unread_members(connection: Connection, gap: tuple[int, int], rows: int) -> int:
    """Delete up to `rows` memberships that were valid between two revisions only; return their number."""
    values = {"previous": gap[0], "next": gap[1], "rows": rows}
    deleted: int = connection.execute(named(__package__, "delete_unread_members"), values).scalar_one()
    return deleted
