"""Supervision of the API and the worker of `regulars up`."""

import signal
import time
from collections import deque
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from subprocess import Popen

from sqlalchemy import Engine

from app.cli.output import print_message
from app.cli.ports import shown_host
from app.cli.processes import start_process, stop
from app.db.engine import translate_db_errors
from app.errors import DatabaseUnavailable, Fatal
from app.settings import Settings

COMMANDS = {"serve": "The API", "worker": "The worker"}


@dataclass(frozen=True, slots=True)
class SupervisorTimings:
    """Limits of the supervision.

    Attributes:
        start_seconds: time for the API to respond after its start.
        poll_seconds: interval between two checks.
        database_seconds: time without a response of the embedded PostgreSQL after which all processes are stopped.
        max_restarts: restarts of one process within `window_seconds`, after which all processes are stopped.
        window_seconds: period in which restarts are counted.
    """

    start_seconds: float = 60.0
    poll_seconds: float = 0.5
    database_seconds: float = 10.0
    max_restarts: int = 3
    window_seconds: float = 600.0


@dataclass(slots=True)
class Child:
    """A supervised process, with the times of its restarts."""

    command: str
    process: "Popen[bytes]"
    restarts: deque[float] = field(default_factory=deque)


class Supervisor:
    """The API and the worker as child processes, restarted when they end."""

    def __init__(self, settings: Settings, engine: Engine, timings: SupervisorTimings | None = None) -> None:
        self._settings, self._engine = settings, engine
        self._timings = timings or SupervisorTimings()
        self._environment = {
            "REGULARS_DATABASE_URL": engine.url.render_as_string(hide_password=False),
            "REGULARS_SOURCE": settings.source or "",
            "REGULARS_SOURCE_NAME": settings.source_name,
            "REGULARS_HOST": settings.host,
            "REGULARS_PORT": str(settings.port),
            "REGULARS_DATA_DIR": str(settings.data_dir),
            **({"REGULARS_CONTRACT": settings.contract} if settings.is_contract_set else {}),
            **({"REGULARS_CURRENCY": settings.currency} if settings.currency else {}),
            **({"REGULARS_AS_OF": settings.as_of.isoformat()} if settings.as_of else {}),
        }
        self._children: list[Child] = []

    def run(self) -> None:
        """Run both processes until Ctrl-C; raises Fatal if one of them ends too often."""
        try:
            for command in COMMANDS:
                self._children.append(Child(command, start_process([command], self._environment)))
            self._wait_until_live()
            print_message(f"\n{addresses(self._settings)}\nCtrl-C stops everything.")
            self._watch()
        except KeyboardInterrupt:
            print_message("Stopping …")
        finally:
            stop([child.process for child in self._children])

    def _watch(self) -> None:
        answered = time.monotonic()
        while True:
            time.sleep(self._timings.poll_seconds)
            with suppress(DatabaseUnavailable), translate_db_errors(), self._engine.connect():
                answered = time.monotonic()
            silent = time.monotonic() - answered
            if self._settings.database_url is None and silent > self._timings.database_seconds:
                raise Fatal(f"the embedded PostgreSQL ended, see {self._settings.data_dir}/postgres/log; start again")
            for child in self._children:
                if child.process.poll() is not None:
                    self._restart(child)

    def _restart(self, child: Child) -> None:
        name, ending = COMMANDS[child.command], _ending(child.process.returncode)
        now = time.monotonic()
        while child.restarts and child.restarts[0] < now - self._timings.window_seconds:
            child.restarts.popleft()
        if len(child.restarts) >= self._timings.max_restarts:
            raise Fatal(f"{name} {ending} again after {len(child.restarts)} restarts; see the log lines above")
        child.restarts.append(now)
        print_message(f"{name} {ending}; restart {len(child.restarts)} of {self._timings.max_restarts}.")
        child.process = start_process([child.command], self._environment)

    def _wait_until_live(self) -> None:
        deadline = time.monotonic() + self._timings.start_seconds
        host = shown_host(self._settings).strip("[]")
        while time.monotonic() < deadline and all(child.process.poll() is None for child in self._children):
            with closing(HTTPConnection(host, self._settings.port, timeout=2)) as connection:
                try:
                    connection.request("GET", "/health/live")
                    if connection.getresponse().status == 200:  # noqa: PLR2004  # HTTP's own number
                        return
                except OSError:
                    time.sleep(0.1)
        raise Fatal("the API did not start; see the log lines above")


def addresses(settings: Settings) -> str:
    """Return the addresses of the service, that of the dashboard first."""
    base = f"http://{shown_host(settings)}:{settings.port}"
    return f"Dashboard {base}/\nAPI {base}/v1/segments   documentation {base}/docs"


def _ending(returncode: int) -> str:
    if returncode < 0:
        return f"was killed by {signal.Signals(-returncode).name}"
    return f"ended with exit code {returncode}"
