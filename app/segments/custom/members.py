"""Members of custom segments as readers see them, in the newest revision and in earlier ones."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, or_, select

from app.db.sql import named
from app.segments.custom.tables import custom_member
from app.segments.model.schemes import CUSTOM

m = custom_member.c


def with_membership(states: FromClause, slug: str, revision: ColumnElement[Any]) -> FromClause:
    """Return the states of the members of a custom segment, with the columns `custom` and `custom_since`.

    Args:
        states: states of the customers of a revision.
        slug: slug of the segment.
        revision: number of the revision, as a bound value or a scalar subquery.
    """
    was_member = and_(m.revision <= revision, or_(m.until_revision.is_(None), m.until_revision > revision))
    joined = states.join(custom_member, and_(m.customer_id == states.c.customer_id, m.slug == slug, was_member))
    membership = (m.slug.label(CUSTOM), m.since.label(f"{CUSTOM}_since"))
    return select(*states.c, *membership).select_from(joined).subquery("states")


def delete_members(connection: Connection, customer_id: str) -> int:
    """Delete the memberships of an erased customer in all revisions; return the number of deleted rows.

    Their number and money are subtracted from the summaries of every run. Call it before the states are deleted.
    """
    deleted: int = connection.execute(named(__package__, "delete_members"), {"customer_id": customer_id}).scalar_one()
    return deleted


def delete_unread_members(connection: Connection, gap: tuple[int, int], rows: int) -> int:
    """Delete up to `rows` memberships that were valid between two revisions only; return their number."""
    values = {"previous": gap[0], "next": gap[1], "rows": rows}
    deleted: int = connection.execute(named(__package__, "delete_unread_members"), values).scalar_one()
    return deleted
