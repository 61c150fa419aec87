"""Custom segments in tests: saved versions, and members as readers see them."""

from sqlalchemy import Engine

from app.contract.open import open_contract
from app.segments.custom.columns import CustomerCondition, columns_for
from app.segments.custom.definitions import save_version
from app.segments.model.segment_table.fields import slug_of
from app.segments.model.segment_table.rows import RecommendedActions
from app.segments.model.segment_table.table import SegmentTable
from tests.loading import query

ACTIONS = RecommendedActions("Keep them", ("write to them", "call them"), "email", "ongoing")


def save(engine: Engine, name: str, condition: str | None, contract: str = "online-retail") -> None:
    """Save a version of a custom segment; condition None removes it."""
    known = columns_for(open_contract(contract), SegmentTable.load())
    with engine.begin() as connection:
        save_version(
            connection,
            slug_of(name),
            name=name,
            tier="Premium",
            recommendation=ACTIONS,
            condition=None if condition is None else CustomerCondition.parse(condition, known),
            created_by="tests",
        )


def members(engine: Engine, slug: str) -> list[str]:
    """Return the current members of a custom segment."""
    found = "select customer_id from segments.custom_member where slug = :slug and until_revision is null order by 1"
    return [row[0] for row in query(engine, found, slug=slug)]


def moves(engine: Engine) -> list[tuple[str | None, ...]]:
    """Return (customer, kind, before, after, cause) of the changes of custom segments."""
    found = """
        select customer_id, kind, custom_before, custom_after, custom_cause
        from segments.customer_change where custom_cause is not null order by change_id
    """
    return [tuple(row) for row in query(engine, found)]
