"""Queue of deliveries: a worker claims a delivery for a limited time, then records the outcome or releases it.

A claim is a short transaction; no transaction is open during an attempt. The claim of a crashed worker expires, and the
delivery is due again with the same event_id.
"""

import logging
import random
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, func, select, text

from app.db.engine import translate_db_errors
from app.db.sql import named
from app.webhooks.sender import GONE, MAX_WAIT_SECONDS, Outcome, Sending
from app.webhooks.tables import DeliveryState

HOUR: Final = 3_600.0
JITTER: Final = 0.1
# Commits do not wait for the disk: after a crash of the server, the last claims and outcomes are repeated.
ASYNCHRONOUS: Final = text("set local synchronous_commit = off")
log = logging.getLogger("regulars.webhooks")


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """Limits and delays of deliveries.

    Attributes:
        attempts_at_once: maximum of concurrent attempts per endpoint, over all workers.
        claim_seconds: time from a claim to its expiry.
        delay_seconds: delays before the second, third, … attempt, as in Standard Webhooks, three days in total.
        failing_days: days of failed attempts after which an endpoint is disabled.
        sweep_rows: events deleted in one transaction.
    """

    attempts_at_once: int = 2
    claim_seconds: float = 60.0
    delay_seconds: tuple[float, ...] = (5.0, 300.0, 1_800.0, *(hours * HOUR for hours in (2, 5, 10, 14, 20, 24)))
    failing_days: int = 5
    sweep_rows: int = 10_000

    def delay_after(self, attempts: int) -> float:
        """Return the seconds to the next attempt, with jitter, so that simultaneous failures spread out."""
        return self.delay_seconds[attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # jitter

    @property
    def longest_seconds(self) -> float:
        """Longest possible delay of a delivery; a longer one was scheduled by a wrong clock."""
        return max(*self.delay_seconds, self.claim_seconds, MAX_WAIT_SECONDS) * (1 + JITTER)


DEFAULT_POLICY: Final = DeliveryPolicy()


@translate_db_errors()
def claim(engine: Engine, now: datetime | None = None, policy: DeliveryPolicy = DEFAULT_POLICY) -> list[Sending]:
    """Claim due deliveries, within the limit of concurrent attempts per endpoint.

    Args:
        now: time of the claim; None for the database's clock.
    """
    with engine.begin() as connection:
        connection.execute(ASYNCHRONOUS)
        # One claim at a time, because concurrent claims could exceed the limit of attempts.
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("regulars.webhooks"))))
        values = {"now": now, "at_once": policy.attempts_at_once, "seconds": policy.claim_seconds}
        claimed = connection.execute(named(__package__, "claim_deliveries"), values).mappings()
        return [Sending(**row) for row in claimed]


@translate_db_errors()
def record_outcome(
    engine: Engine,
    sending: Sending,
    outcome: Outcome,
    now: datetime | None = None,
    policy: DeliveryPolicy = DEFAULT_POLICY,
) -> None:
    """Record the outcome of an attempt and the time of the next; does nothing if the claim has expired."""
    state: DeliveryState = "pending" if sending.attempts <= len(policy.delay_seconds) else "exhausted"
    if outcome.is_delivered:
        state = "delivered"
    if outcome.status == GONE:
        state = "failed"
    values = {
        "delivery_id": sending.delivery_id,
        "claim": sending.claim,
        "state": state,
        "delay": max(policy.delay_after(sending.attempts), outcome.wait) if state == "pending" else 0.0,
        "status": outcome.status,
        "body": outcome.body,
        "error": outcome.error,
        "days": policy.failing_days,
        "now": now,
    }
    with engine.begin() as connection:
        connection.execute(ASYNCHRONOUS)
        connection.execute(named(__package__, "record_outcomes"), values)


@translate_db_errors()
def release(engine: Engine, sendings: list[Sending], now: datetime | None = None) -> None:
    """Release the claims of interrupted attempts: these do not count, and the deliveries are due immediately."""
    with engine.begin() as connection:
        connection.execute(
            named(__package__, "release_deliveries"), {"claims": [each.claim for each in sendings], "now": now}
        )


@translate_db_errors()
def seconds_to_wait(engine: Engine, now: datetime | None = None) -> float | None:
    """Return the seconds until the next delivery is due; None if none is pending."""
    with engine.connect() as connection:
        seconds = connection.execute(named(__package__, "next_due"), {"now": now}).scalar_one()
    return None if seconds is None else float(seconds)


@translate_db_errors()
def sweep(
    engine: Engine, retention_days: int, now: datetime | None = None, policy: DeliveryPolicy = DEFAULT_POLICY
) -> bool:
    """Delete expired events, and reschedule deliveries scheduled by a wrong clock; return whether more may be left."""
    with engine.begin() as connection:
        ahead = {"now": now, "longest": policy.longest_seconds}
        if corrected := connection.execute(named(__package__, "correct_ahead"), ahead).rowcount:
            log.warning("%s deliveries were scheduled too far ahead by a wrong clock; they are due now", corrected)
        values = {"days": retention_days, "rows": policy.sweep_rows, "now": now}
        return connection.execute(named(__package__, "delete_expired"), values).rowcount == policy.sweep_rows
