"""Preview of a condition: how many customers meet it, what they spend, and in which segments they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from app.db.sql import rendered
from app.errors import RegularsError
from app.segments.custom.columns import RECENCY, CustomerCondition
from app.segments.model.schemes import FOLLOWED
from app.segments.revisions import newest_revision
from app.segments.scheme_columns import CLUSTERED, each_scheme

SAMPLE: Final = 10
"""Customers in the sample."""
WORK_MEMORY: Final = "64MB"
"""Memory of each hash table and sort of a preview: with less, those of a million customers are written to disk."""
CANCELED: Final = "57014"


class PreviewTimeout(RegularsError):
    """The preview took longer than its time."""


@dataclass(frozen=True, slots=True)
class PreviewedOverlap:
    """Customers who meet a condition and are in another segment.

    Attributes:
        scheme: scheme of the segment, or `custom`.
        slug: slug of the segment.
        name: name of the segment.
        customers: customers of the segment who meet the condition.
        segment_customers: all customers of the segment.
    """

    scheme: str
    slug: str
    name: str
    customers: int
    segment_customers: int


@dataclass(frozen=True, slots=True)
class ConditionPreview:
    """Customers who meet a condition in the newest revision.

    Attributes:
        customers: their number.
        revenue: sum of their sales, in currency units.
        all_customers: number of all customers.
        all_revenue: sum of the sales of all customers.
        clv: sum of their expected spend; None without a forecast.
        joining: how many would join the segment that the condition replaces; None if it replaces none.
        leaving: how many would leave it.
        overlaps: segments they are in, by scheme, the largest overlap first.
        sample: some of them: customer_id, recency, frequency, monetary, country.
    """

    customers: int
    revenue: Decimal
    all_customers: int
    all_revenue: Decimal
    clv: Decimal | None
    joining: int | None
    leaving: int | None
    overlaps: list[PreviewedOverlap]
    sample: list[Mapping[str, Any]]


def preview_condition(
    connection: Connection, condition: CustomerCondition, replaced: str | None, seconds: float
) -> ConditionPreview | None:
    """Return the preview of a condition, None before the first publication; nothing is written.

    Args:
        connection: a transaction of its own: its statements get a timeout.
        condition: the condition.
        replaced: slug of the custom segment whose condition it would replace.
        seconds: time after which PreviewTimeout is raised.
    """
    state = newest_revision(connection)
    if state is None:
        return None
    settings = {"statement_timeout": f"{seconds * 1000:.0f}", "work_mem": WORK_MEMORY}
    connection.execute(select(*(func.set_config(name, value, True) for name, value in settings.items())))
    values = {"run_id": state.run_id, "scored_as_of": state.scored_as_of, "replaced": replaced, "sample": SAMPLE}
    try:
        row = connection.execute(text(preview_statement(condition)), values).mappings().one()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == CANCELED:
            raise PreviewTimeout(
                f"the preview took longer than {seconds:g} seconds; simplify the condition, "
                "or save it: the worker has more time to find its customers"
            ) from None
        raise
    found = dict(row)
    members, staying = found.pop("members"), int(found.pop("staying"))
    overlaps = [PreviewedOverlap(**each) for each in found.pop("overlaps")]
    return ConditionPreview(
        **{**found, "all_customers": int(found["all_customers"])},
        joining=None if replaced is None else found["customers"] - staying,
        leaving=None if replaced is None else members - staying,
        overlaps=sorted(overlaps, key=lambda each: FOLLOWED.index(each.scheme)),
    )


def preview_statement(condition: CustomerCondition) -> str:
    """Return the statement of the preview of a condition."""
    slots = {
        **condition.slots_with("f."),
        "groups": each_scheme("in_*"),
        "slugs": each_scheme("s.* as in_*"),
        "recency": RECENCY,
        "counts": each_scheme(
            "select '*' as scheme, in_* as slug, count(customer_id) as customers from matching "
            "where in_* is not null group by in_*",
            " union all ",
        ),
        "first scheme": CLUSTERED,
    }
    return rendered(__package__, "preview", slots)
