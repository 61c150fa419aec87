"""Dispatcher of alerts: a thread beside the jobs of a worker, so that a slow receiver delays none of them."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from sqlalchemy import Engine

from app.alerts import queue
from app.alerts.queue import AlertPolicy, ClaimedAlert
from app.alerts.receivers import Receiver, send_to_all

log = logging.getLogger("regulars.alerts")


@dataclass(frozen=True, slots=True)
class AlertTimings:
    """Timings of the dispatcher.

    Attributes:
        idle_seconds: pause between two checks of the queue, and after an error.
        attempt_seconds: longest time for one attempt; its receivers are called at the same time.
        pause_seconds: time for which a receiver that did not accept an alert is skipped, so that others do not wait.
        policy: limits of claims, repetitions and age.
    """

    idle_seconds: float = 10.0
    attempt_seconds: float = 20.0
    pause_seconds: float = 60.0
    policy: AlertPolicy = field(default_factory=AlertPolicy)


DEFAULT_TIMINGS: Final = AlertTimings()


class AlertDispatcher:
    """Sends alerts to receivers; used by one thread."""

    def __init__(self, engine: Engine, receivers: Sequence[Receiver], timings: AlertTimings = DEFAULT_TIMINGS) -> None:
        self._engine, self._timings = engine, timings
        self._receivers = {receiver.key: receiver for receiver in receivers}
        self._paused_until: dict[str, float] = {}

    def send_due(self) -> bool:
        """Send the next alert that is due to the receivers that have not accepted it; return whether there was one."""
        timings, now = self._timings, monotonic()
        ready = [key for key in self._receivers if self._paused_until.get(key, now) <= now]
        claimed = queue.claim(self._engine, self._receivers, ready, timings.policy)
        if claimed is None:
            return False
        sent_to = [self._receivers[key] for key in claimed.receivers]
        found = send_to_all(sent_to, claimed.kind, _title(claimed), claimed.message, timings.attempt_seconds)
        failed = {key: error for key, error in found.items() if error is not None}
        self._paused_until |= dict.fromkeys(failed, monotonic() + timings.pause_seconds)
        accepted, errors = found.keys() - failed.keys(), [*failed.values()]
        state = queue.record_delivery(self._engine, claimed, accepted, errors, self._receivers, timings.policy)
        if errors:
            log.warning("alert %s, attempt %s: %s (%s)", claimed.alert_id, claimed.attempts, "; ".join(errors), state)
        return True

    def send_until(self, stopping: threading.Event) -> None:
        """Send alerts until an event is set."""
        idle = self._timings.idle_seconds
        while not stopping.is_set():
            try:
                has_sent = self.send_due()
            except Exception as error:  # noqa: BLE001  # such as an unavailable database; it must not end the alerts
                log.warning("alerts paused for %g s: %s", idle, type(error).__name__)
                has_sent = False
            if not has_sent:
                stopping.wait(idle)


@contextmanager
def alerting(engine: Engine, receivers: Sequence[Receiver], timings: AlertTimings = DEFAULT_TIMINGS) -> Iterator[None]:
    """Send alerts in a thread during the context, if there are receivers."""
    if not receivers:
        yield
        return
    stopping = threading.Event()
    dispatcher = AlertDispatcher(engine, receivers, timings)
    # A daemon, because an attempt in progress must not delay the end of the worker; its claim expires.
    thread = threading.Thread(target=dispatcher.send_until, args=(stopping,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(1.0)


def _title(claimed: ClaimedAlert) -> str:
    subject = " ".join(filter(None, (claimed.source, claimed.check_name, claimed.item)))
    return f"{subject}: quality check {claimed.kind}"
