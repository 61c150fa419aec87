"""Deliveries that wait: taken for a while by any worker, settled, or given back.

A claim is a short transaction; nothing is held open while a receiver is waited for. Who takes one and dies gives it up
by doing nothing: when its time is over it is due again, under the same event_id.
"""

import random
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, func, select, text

from app.db.engine import translated
from app.db.sql import named
from app.webhooks.sender import GONE, Outcome, Sending

PLACES: Final = 2
CLAIM_SECONDS: Final = 60.0
HOUR: Final = 3_600.0
DELAYS: Final = (5.0, 300.0, 1_800.0, *(hours * HOUR for hours in (2, 5, 10, 14, 20, 24)))
"""Seconds before the next attempt, after the first, the second, …: those of Standard Webhooks, three days in all."""
DAYS_FAILING: Final = 5
ROWS_A_SWEEP: Final = 10_000
# What a server that crashes forgets of the last moments is sent once more: no reason to wait for the disk.
UNHURRIED: Final = text("set local synchronous_commit = off")


@translated()
def claim(engine: Engine, now: datetime | None = None) -> list[Sending]:
    """Take what is due, two of each endpoint at most, those of other workers counted; None: the database's clock."""
    with engine.begin() as connection:
        connection.execute(UNHURRIED)
        # One at a time, or two workers would each find both places free.
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("regulars.webhooks"))))
        wanted = {"now": now, "places": PLACES, "seconds": CLAIM_SECONDS}
        return [Sending(*row) for row in connection.execute(named(__package__, "claim_deliveries"), wanted)]


@translated()
def record_outcome(engine: Engine, sending: Sending, outcome: Outcome, now: datetime | None = None) -> None:
    """Write down what came of an attempt, and when the next is, no sooner than the receiver wants it.

    Nothing where the claim was over.
    """
    tries_left = sending.attempts <= len(DELAYS)
    state = "delivered" if outcome.is_delivered else "pending" if tries_left else "exhausted"
    if outcome.status == GONE:
        state = "failed"
    values = {
        "delivery_id": sending.delivery_id,
        "claim": sending.claim,
        "state": state,
        "delay": max(delay_after(sending.attempts), outcome.wait) if state == "pending" else 0.0,
        "status": outcome.status,
        "body": outcome.body,
        "error": outcome.error,
        "days": DAYS_FAILING,
        "now": now,
    }
    with engine.begin() as connection:
        connection.execute(UNHURRIED)
        connection.execute(named(__package__, "record_outcomes"), values)


@translated()
def release(engine: Engine, sendings: list[Sending], now: datetime | None = None) -> None:
    """Attempts that were broken off: they do not count, and anybody may make them at once."""
    with engine.begin() as connection:
        connection.execute(
            named(__package__, "release_deliveries"), {"claims": [each.claim for each in sendings], "now": now}
        )


@translated()
def seconds_to_wait(engine: Engine, now: datetime | None = None) -> float | None:
    """How long until something is due that is not; None where nothing will be by itself."""
    with engine.connect() as connection:
        seconds = connection.execute(named(__package__, "next_due"), {"now": now}).scalar_one()
    return None if seconds is None else float(seconds)


@translated()
def sweep(engine: Engine, days: int, now: datetime | None = None) -> bool:
    """Delete some events that are older than they are kept; whether there may be more."""
    with engine.begin() as connection:
        values = {"days": days, "rows": ROWS_A_SWEEP, "now": now}
        return connection.execute(named(__package__, "delete_expired"), values).rowcount == ROWS_A_SWEEP


def delay_after(attempts: int) -> float:
    """Seconds to the next attempt, at random around the schedule, so that what failed together is not sent together."""
    return DELAYS[attempts - 1] * random.uniform(0.9, 1.1)  # noqa: S311  # jitter
