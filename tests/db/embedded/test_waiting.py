"""Waiting for a server that starts or recovers, with a clock and answers of the test."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from psycopg.pq import Ping

from app.db.embedded.server import EmbeddedServer
from app.errors import DatabaseUnusable

AN_HOUR = 3_600
"""Answers in an hour, one a second."""
NOTICE = "waiting for the embedded PostgreSQL in {} to recover"


class Answering(EmbeddedServer):
    """A server that runs until it has given all its answers.

    Attributes:
        searches: number of searches for orphaned processes.
    """

    searches = 0
    _lock_of_processes: int | None = None

    def end_orphans(self) -> None:
        self.searches += 1

    def end(self) -> None:
        if self._lock_of_processes is not None:
            os.close(self._lock_of_processes)
            self._lock_of_processes = None

    def _launch(self, lock: int) -> None:
        self._lock_of_processes = os.dup(lock)


Starting = Callable[[Iterable[Ping]], Answering]


@pytest.fixture
def starting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Starting]:
    """Start a server that gives these answers, one a second by the clock of the test, and then ends."""
    server = Answering(tmp_path / "postgres", "unused")

    def start(answers: Iterable[Ping]) -> Answering:
        given, now = iter(answers), 0.0

        def ping(_address: bytes) -> Ping:
            for answer in given:
                return answer
            server.end()
            return Ping.NO_RESPONSE

        def sleep(_seconds: float) -> None:
            nonlocal now
            now += 1

        monkeypatch.setattr("app.db.embedded.server.PGconn", SimpleNamespace(ping=ping))
        monkeypatch.setattr("app.db.embedded.server.time", SimpleNamespace(monotonic=lambda: now, sleep=sleep))
        server.start()
        return server

    yield start
    server.end()


def test_recovery_may_take_an_hour(starting: Starting) -> None:
    assert starting([Ping.REJECT] * AN_HOUR + [Ping.OK]).searches == 0


def test_a_long_recovery_is_logged_once(starting: Starting, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "app.db.embedded.server")
    server = starting([Ping.REJECT] * AN_HOUR + [Ping.OK])
    assert caplog.messages == [NOTICE.format(server.cluster)]


def test_a_short_recovery_is_not_logged(starting: Starting, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "app.db.embedded.server")
    starting([*[Ping.REJECT] * 10, Ping.OK])
    assert caplog.messages == []


@pytest.mark.parametrize(("seconds", "searches"), [(5, 0), (7, 1), (13, 2)])
def test_orphans_are_searched_while_a_server_is_silent(starting: Starting, seconds: int, searches: int) -> None:
    assert starting([*[Ping.NO_RESPONSE] * seconds, Ping.OK]).searches == searches


def test_a_server_that_ends_during_recovery_did_not_start(starting: Starting) -> None:
    with pytest.raises(DatabaseUnusable, match="did not start"):
        starting([Ping.REJECT] * 20)
