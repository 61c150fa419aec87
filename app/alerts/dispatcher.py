"""Dispatcher of alerts: a thread beside the jobs of a worker, so that a slow receiver delays none of them."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Engine

from app.alerts import queue
from app.alerts.queue import AlertPolicy, ClaimedAlert
from app.alerts.receivers import Receiver

log = logging.getLogger("regulars.alerts")


@dataclass(frozen=True, slots=True)
class AlertTimings:
    """Timings of the dispatcher.

    Attributes:
        idle_seconds: pause between two checks of the queue, and after an error.
        attempt_seconds: longest time for one receiver.
        policy: times of deliveries.
    """

    idle_seconds: float = 10.0
    attempt_seconds: float = 20.0
    policy: AlertPolicy = field(default_factory=AlertPolicy)


DEFAULT_TIMINGS: Final = AlertTimings()


def send_due(engine: Engine, receivers: Sequence[Receiver], timings: AlertTimings = DEFAULT_TIMINGS) -> bool:
    """Send the next alert that is due to the receivers that have not accepted it; return whether there was one."""
    claimed = queue.claim(engine, timings.policy)
    if claimed is None:
        return False
    delivered, errors = [*claimed.delivered], []
    for receiver in receivers:
        if receiver.name in delivered:
            continue
        error = receiver.send(claimed.kind, _title(claimed), claimed.message, timings.attempt_seconds)
        if error is None:
            delivered.append(receiver.name)
        else:
            errors.append(error)
    state = queue.record_delivery(engine, claimed, delivered, errors, timings.policy)
    if errors:
        log.warning("alert %s, attempt %s: %s (%s)", claimed.alert_id, claimed.attempts, "; ".join(errors), state)
    return True


@contextmanager
def alerting(engine: Engine, receivers: Sequence[Receiver], timings: AlertTimings = DEFAULT_TIMINGS) -> Iterator[None]:
    """Send alerts in a thread during the context, if there are receivers."""
    if not receivers:
        yield
        return
    stopping = threading.Event()
    # A daemon, because an attempt in progress must not delay the end of the worker; its claim expires.
    thread = threading.Thread(target=_send_until, args=(stopping, engine, receivers, timings), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(1.0)


def _send_until(
    stopping: threading.Event, engine: Engine, receivers: Sequence[Receiver], timings: AlertTimings
) -> None:
    while not stopping.is_set():
        try:
            has_sent = send_due(engine, receivers, timings)
        except Exception as error:  # noqa: BLE001  # such as an unavailable database; it must not end the alerts
            log.warning("alerts paused for %g s: %s", timings.idle_seconds, type(error).__name__)
            has_sent = False
        if not has_sent:
            stopping.wait(timings.idle_seconds)


def _title(claimed: ClaimedAlert) -> str:
    subject = " ".join(filter(None, (claimed.source, claimed.check_name, claimed.item)))
    return f"{subject}: quality check {claimed.kind}"
