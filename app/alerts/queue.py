"""Queue of alerts: a worker claims an alert for a limited time, then records which receivers accepted it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Engine, Text, cast, func, update
from sqlalchemy.dialects.postgresql import ARRAY

from app.db.engine import translate_db_errors
from app.db.sql import named
from app.quality.checks.tables import AlertKind, AlertState, alert

a = alert.c
TOO_OLD: Final = "not sent in time: no worker with receivers was running, or none accepted it"


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """Limits of claims, repetitions and age of alerts, in seconds.

    Attributes:
        claim_seconds: time after which an alert that a crashed worker claimed is due again; longer than an attempt.
        delay_seconds: delays before the second, third, … attempt; none follows after the last.
        max_age_seconds: age after which an alert is not sent any more; longer than all delays.
    """

    claim_seconds: float = 300.0
    delay_seconds: tuple[float, ...] = (30.0, 120.0, 600.0, 1_800.0, 7_200.0, 21_600.0, 43_200.0)
    max_age_seconds: float = 604_800.0


DEFAULT_POLICY: Final = AlertPolicy()


@dataclass(frozen=True, slots=True)
class ClaimedAlert:
    """An alert to be sent.

    Attributes:
        attempts: number of attempts, including this one; distinguishes this claim from those of other workers.
        delivered: keys of the receivers that have accepted it.
        receivers: keys of the receivers that it is to be sent to.
    """

    alert_id: int
    check_name: str
    source: str
    item: str
    kind: AlertKind
    message: str
    attempts: int
    delivered: Sequence[str]
    receivers: Sequence[str]


@translate_db_errors()
def claim(
    engine: Engine, receivers: Collection[str], ready: Collection[str], policy: AlertPolicy = DEFAULT_POLICY
) -> ClaimedAlert | None:
    """Claim the oldest alert that is due for a receiver; None if there is none.

    Args:
        receivers: keys of all receivers.
        ready: keys of those that alerts can be sent to now.
    """
    values: dict[str, Any] = {"receivers": [*receivers], "ready": [*ready], "seconds": policy.claim_seconds}
    oldest = func.clock_timestamp() - timedelta(seconds=policy.max_age_seconds)
    ended = update(alert).where(a.state == "pending", a.created_at < oldest).values(state="exhausted", error=TOO_OLD)
    with engine.begin() as connection:
        connection.execute(ended)
        row = connection.execute(named(__package__, "claim_alert"), values).mappings().one_or_none()
    return None if row is None else ClaimedAlert(**row)


@translate_db_errors()
def record_delivery(
    engine: Engine,
    claimed: ClaimedAlert,
    accepted: Collection[str],
    errors: Sequence[str],
    receivers: Collection[str],
    policy: AlertPolicy = DEFAULT_POLICY,
) -> AlertState:
    """Record the receivers that accepted an alert, and the time of the next attempt for the others.

    If another worker has claimed the alert meanwhile, only the receivers are recorded.
    """
    state: AlertState = "pending"
    delay = 0.0
    if {*receivers} <= {*claimed.delivered, *accepted}:
        state = "sent"
    elif errors and claimed.attempts > len(policy.delay_seconds):
        state = "exhausted"
    elif errors:
        delay = policy.delay_seconds[claimed.attempts - 1]
    values = {
        "state": state,
        "error": "; ".join(errors) or None,
        "next_attempt_at": func.clock_timestamp() + timedelta(seconds=delay),
    }
    ours = a.alert_id == claimed.alert_id
    with engine.begin() as connection:
        connection.execute(
            update(alert).where(ours).values(delivered=func.array_cat(a.delivered, cast([*accepted], ARRAY(Text))))
        )
        connection.execute(update(alert).where(ours, a.attempts == claimed.attempts).values(values))
    return state
