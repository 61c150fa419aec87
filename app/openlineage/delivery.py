"""Delivery of OpenLineage events by a thread of the leading worker; runs neither wait for it nor fail because of it.

The client is imported only if events are switched on: it is the extra `lineage`.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from sqlalchemy import Engine

from app.errors import Misconfigured
from app.settings import Settings

log = logging.getLogger("regulars.openlineage")
CLIENT: Final = "openlineage"
THREAD: Final = "openlineage"


@dataclass(frozen=True, slots=True)
class LineageTimings:
    """Timings and sizes of the delivery.

    Attributes:
        poll_seconds: interval between two searches for runs without an event.
        first_delay_seconds: pause after a failed attempt; each further failure doubles it.
        max_delay_seconds: longest pause after a failed attempt.
        timeout_seconds: time for the receiver to accept the connection, and to answer.
        grace_seconds: time for an attempt in progress to end when the worker stops.
        batch: number of events recorded or sent between two checks for a stop.
        waiting_days: days after which an unsent event is deleted; more than those for which runs get events, so that
            it is not recorded again.
    """

    poll_seconds: float = 5.0
    first_delay_seconds: float = 5.0
    max_delay_seconds: float = 300.0
    timeout_seconds: float = 5.0
    grace_seconds: float = 1.0
    batch: int = 100
    waiting_days: int = 30


DEFAULT_TIMINGS: Final = LineageTimings()


@contextmanager
def emitting_lineage(
    engine: Engine, settings: Settings, is_leading: Callable[[], bool], timings: LineageTimings = DEFAULT_TIMINGS
) -> Iterator[None]:
    """Send events in a thread during the context, if a receiver or a file is set; raises Misconfigured.

    At the end, an attempt in progress is interrupted after the grace period; its event is sent by the next worker.
    """
    if settings.openlineage_url is None and settings.openlineage_file is None:
        yield
        return
    emitter = _open_emitter(engine, settings, timings)
    stopping = threading.Event()
    # A daemon: a receiver that hangs must not keep the process from ending.
    thread = threading.Thread(
        target=_emit_until, args=(emitter, is_leading, stopping, timings), name=THREAD, daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(timings.grace_seconds)


def _open_emitter(engine: Engine, settings: Settings, timings: LineageTimings) -> Any:
    if settings.openlineage_url is not None and settings.openlineage_file is not None:
        raise Misconfigured(
            "REGULARS_OPENLINEAGE_URL and REGULARS_OPENLINEAGE_FILE are both set; unset one: events have one receiver"
        )
    try:
        module = import_module("app.openlineage.emitter")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != CLIENT:
            raise
        raise Misconfigured(
            "OpenLineage events are switched on and the client is not installed; unset REGULARS_OPENLINEAGE_URL and "
            "REGULARS_OPENLINEAGE_FILE, or run: pip install 'regulars[lineage]'"
        ) from None
    return module.Emitter.open(engine, settings, timings)


def _emit_until(
    emitter: Any, is_leading: Callable[[], bool], stopping: threading.Event, timings: LineageTimings
) -> None:
    while not stopping.is_set():
        wait = timings.poll_seconds
        if is_leading():
            try:
                wait = emitter.emit_pending(stopping.is_set)
            except Exception as error:  # noqa: BLE001  # such as a database that is away; events stay in the outbox
                log.warning("OpenLineage events paused for %g s: %s", timings.first_delay_seconds, error)
                wait = timings.first_delay_seconds
        stopping.wait(wait)
