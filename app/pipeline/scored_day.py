"""Check of the day for which customers are scored: no sale is after it, and it does not go back."""

from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from app.errors import Misconfigured
from app.gold.tables import customer_rfm
from app.jobs.context import Context
from app.segments.publish import read_current_run

MOST_AHEAD: Final = timedelta(days=366)
"""Days after the newest sale from which on a future day is taken for a typing error."""
OPTIONS: Final = "(--as-of, REGULARS_AS_OF)"


def check_scored_day(connection: Connection, context: Context, as_of: date, *, may_go_back: bool = False) -> None:
    """Raise Misconfigured for a past day before the newest sale or the last scored day, or a day far in the future.

    The UTC date of the clock and later days may be before both: a wrong date of a sale, or a clock that was set back,
    must not keep customers from being scored.

    Args:
        connection: transaction that scores.
        context: clock.
        as_of: the day.
        may_go_back: whether a day before the last scored one is accepted, because a person requested it.
    """
    today = context.clock().date()
    sales = select(func.max(customer_rfm.c.last_invoice_date)).where(customer_rfm.c.last_invoice_date <= today)
    newest: date | None = connection.execute(sales).scalar_one()
    if newest is None:
        return
    if as_of > today and as_of - newest > MOST_AHEAD:
        raise Misconfigured(
            f"{as_of} is in the future, and more than a year after the newest sale, of {newest}; give an earlier day "
            f"{OPTIONS}"
        )
    if as_of >= today:
        return
    if as_of < newest:
        raise Misconfigured(
            f"{as_of} is before the newest sale that counts, of {newest}; give that day or a later one {OPTIONS}"
        )
    current = read_current_run(connection)
    if current is not None and as_of < current.as_of and not may_go_back:
        raise Misconfigured(
            f"{as_of} is before {current.as_of}, the day for which customers were scored last; give that day or a "
            f"later one {OPTIONS}, or publish a new model for the earlier day (regulars train --force --as-of {as_of})"
        )
