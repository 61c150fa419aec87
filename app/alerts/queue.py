"""Queue of alerts: a worker claims an alert for a limited time, then records which receivers accepted it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Engine, exists, func, select, update

from app.db.engine import translate_db_errors
from app.quality.checks.tables import AlertKind, AlertState, alert

a = alert.c


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """Times of deliveries.

    Attributes:
        claim_seconds: time after which an alert that a crashed worker claimed is due again.
        delay_seconds: delays before the second, third, … attempt; none follows after the last.
    """

    claim_seconds: float = 300.0
    delay_seconds: tuple[float, ...] = (30.0, 120.0, 600.0, 1_800.0, 7_200.0, 21_600.0, 43_200.0)


DEFAULT_POLICY: Final = AlertPolicy()


@dataclass(frozen=True, slots=True)
class ClaimedAlert:
    """An alert to be sent.

    Attributes:
        attempts: number of attempts, with this one.
        delivered: names of the receivers that have accepted it.
    """

    alert_id: int
    check_name: str
    source: str
    item: str
    kind: AlertKind
    message: str
    attempts: int
    delivered: Sequence[str]


@translate_db_errors()
def claim(engine: Engine, policy: AlertPolicy = DEFAULT_POLICY) -> ClaimedAlert | None:
    """Claim the oldest alert that is due; None without one.

    An alert waits for earlier ones about the same check, so that no recovery is sent before its failure.
    """
    earlier = alert.alias("earlier")
    is_next = ~exists().where(
        earlier.c.state == "pending",
        earlier.c.alert_id < a.alert_id,
        *(earlier.c[name] == a[name] for name in ("check_name", "source", "item")),
    )
    now = func.clock_timestamp()
    due = select(a.alert_id).where(a.state == "pending", a.next_attempt_at <= now, is_next)
    first = due.order_by(a.alert_id).limit(1).with_for_update(skip_locked=True).scalar_subquery()
    values = {"attempts": a.attempts + 1, "next_attempt_at": now + timedelta(seconds=policy.claim_seconds)}
    shown = (a.alert_id, a.check_name, a.source, a.item, a.kind, a.message, a.attempts, a.delivered)
    with engine.begin() as connection:
        claimed = connection.execute(update(alert).where(a.alert_id == first).values(values).returning(*shown))
        row = claimed.mappings().one_or_none()
    return None if row is None else ClaimedAlert(**row)


@translate_db_errors()
def record_delivery(
    engine: Engine, claimed: ClaimedAlert, delivered: Sequence[str], errors: Sequence[str], policy: AlertPolicy
) -> AlertState:
    """Record the receivers that accepted an alert, and the time of the next attempt for the others."""
    state: AlertState = "sent"
    delay = 0.0
    if errors:
        is_last = claimed.attempts > len(policy.delay_seconds)
        state, delay = ("exhausted", 0.0) if is_last else ("pending", policy.delay_seconds[claimed.attempts - 1])
    values = {
        "state": state,
        "delivered": [*delivered],
        "error": "; ".join(errors) or None,
        "next_attempt_at": func.clock_timestamp() + timedelta(seconds=delay),
    }
    with engine.begin() as connection:
        connection.execute(update(alert).where(a.alert_id == claimed.alert_id).values(values))
    return state
