"""Emitter: records events about runs in the outbox, and sends them by a transport of the OpenLineage client."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from typing import Any, Final, Self, cast

from openlineage.client.transport.file import FileConfig, FileTransport
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport, TokenProvider
from openlineage.client.transport.transport import Transport
from requests import HTTPError
from sqlalchemy import Engine, insert

from app.db.engine import translate_db_errors
from app.db.sql import named
from app.openlineage import outbox
from app.openlineage.datasets import Database
from app.openlineage.delivery import LineageTimings
from app.openlineage.events import EventBuilder
from app.openlineage.outbox import UnsentEvent
from app.openlineage.tables import JOBS_WITH_LINEAGE, openlineage_event
from app.settings import Settings

log = logging.getLogger("regulars.openlineage")
RECORDED_DAYS: Final = 7
REFUSED: Final = frozenset(
    map(int, (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY))
)
"""Statuses of a receiver that refuses an event because of its content; the event is not sent again."""


def open_transport(settings: Settings, timeout_seconds: float) -> Transport:
    """Return the client's transport to the receiver or the file of the settings."""
    if settings.openlineage_file is not None:
        return FileTransport(FileConfig(str(settings.openlineage_file), append=True))
    key = settings.openlineage_api_key
    auth = ApiKeyTokenProvider({"api_key": key.get_secret_value()}) if key else TokenProvider({})
    config = HttpConfig(str(settings.openlineage_url), timeout=timeout_seconds, auth=auth, retry={"total": 0})
    transport = HttpTransport(config)
    transport.session.stream = True  # the answer's body is not read: it could be endless
    return transport


@dataclass(slots=True)
class Emitter:
    """Records and sends events; used by one thread.

    Attributes:
        engine: engine of the outbox.
        builder: builder of the events.
        transport: transport of the client.
        failures: failed attempts in a row.
        due: monotonic time of the next attempt.
    """

    engine: Engine
    builder: EventBuilder
    transport: Transport
    timings: LineageTimings
    failures: int = 0
    due: float = 0.0
    is_on: bool = False

    @classmethod
    def open(cls, engine: Engine, settings: Settings, timings: LineageTimings) -> Self:
        """Return the emitter of the settings."""
        builder = EventBuilder(settings.openlineage_namespace, Database.of(engine.url))
        return cls(engine, builder, open_transport(settings, timings.timeout_seconds), timings)

    @translate_db_errors()
    def emit_pending(self, is_stopping: Callable[[], bool]) -> float:
        """Record the events of runs and send the unsent ones, the oldest first; return the seconds until the next call.

        A failed attempt is repeated later; events are recorded meanwhile, and deleted if they wait for too long.
        """
        if not self.is_on:
            with self.engine.begin() as connection:
                outbox.switch_on(connection)
            self.is_on = True
        while self.record() and not is_stopping():
            pass
        self._delete_overdue()
        while monotonic() >= self.due and not is_stopping():
            with self.engine.connect() as connection:
                unsent = outbox.read_unsent(connection, self.timings.batch)
            if not unsent:
                break
            for event in unsent:
                if is_stopping() or not self._send(event):
                    break
        return self.timings.poll_seconds

    def record(self) -> bool:
        """Record the events of runs that have none; return whether there may be more."""
        wanted = {"jobs": list(JOBS_WITH_LINEAGE), "window": f"{RECORDED_DAYS} days", "events": self.timings.batch}
        with self.engine.begin() as connection:
            runs = connection.execute(named(__package__, "read_runs"), wanted).mappings().all()
            for run in runs:
                kind, body = self.builder.build(connection, run)
                values = {"run_id": run["run_id"], "moment": run["moment"], "event_time": run["happened_at"]}
                connection.execute(insert(openlineage_event).values(**values, type=kind, body=body))
        return len(runs) == self.timings.batch

    def _delete_overdue(self) -> None:
        days = self.timings.waiting_days
        with self.engine.begin() as connection:
            deleted = outbox.delete_overdue(connection, days)
        if deleted:
            log.warning("OpenLineage: deleted %s events that could not be sent within %s days", deleted, days)

    def _send(self, event: UnsentEvent) -> bool:
        """Send an event, and record the outcome; return whether to continue."""
        try:
            self.transport.emit(cast("Any", event.body))
        except HTTPError as error:
            if error.response is not None and int(error.response.status_code) in REFUSED:
                log.error("OpenLineage event of run %s refused: %s", event.run_id, error)  # noqa: TRY400  # no traceback
                with self.engine.begin() as connection:
                    outbox.record_refused(connection, event, str(error))
                return True
            return self._fail(error)
        except Exception as error:  # noqa: BLE001  # whatever the transport raises, the event is sent again
            return self._fail(error)
        with self.engine.begin() as connection:
            outbox.record_sent(connection, event)
        self.failures = 0
        return True

    def _fail(self, error: Exception) -> bool:
        delay = min(self.timings.first_delay_seconds * 2**self.failures, self.timings.max_delay_seconds)
        self.failures, self.due = self.failures + 1, monotonic() + delay
        log.warning("OpenLineage events wait, next attempt in %g s: %s", delay, error)
        with self.engine.begin() as connection:
            outbox.record_failure(connection, str(error))
        return False
