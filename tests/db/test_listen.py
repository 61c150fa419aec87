"""The LISTEN loop: notifications, reconnection, end."""

import threading

from sqlalchemy import Engine

from app.db.listen import ListenTimings, listening
from tests.loading import change, query, until

QUICK = ListenTimings(retry_seconds=(0.05,))
BACKENDS = "select pid from pg_stat_activity where query = 'listen a_channel' and datname = current_database()"
CUT = f"select pg_terminate_backend(pid) from ({BACKENDS}) as listening"  # noqa: S608


def test_a_notification_is_passed_on(engine: Engine) -> None:
    heard = threading.Event()
    with listening(engine.url, "a_channel", heard.set, QUICK):
        until(lambda: query(engine, BACKENDS) != [])
        heard.wait(10)
        heard.clear()
        change(engine, "notify a_channel")
        assert heard.wait(10)


def test_a_connection_counts_as_a_notification(engine: Engine) -> None:
    heard = threading.Event()
    with listening(engine.url, "a_channel", heard.set, QUICK):
        assert heard.wait(10)


def test_a_connection_that_was_cut_is_made_again(engine: Engine) -> None:
    heard = threading.Event()
    with listening(engine.url, "a_channel", heard.set, QUICK):
        heard.wait(10)
        (before,) = query(engine, BACKENDS)
        heard.clear()
        query(engine, CUT)
        assert heard.wait(10)
        assert query(engine, BACKENDS) != [before]


def test_after_a_connection_the_pauses_begin_again_with_the_first(engine: Engine) -> None:
    heard = threading.Event()
    with listening(engine.url, "a_channel", heard.set, ListenTimings(retry_seconds=(0.05, 600.0))):
        for _ in range(3):
            assert heard.wait(10)
            heard.clear()
            query(engine, CUT)


def test_nothing_is_left_afterwards(engine: Engine) -> None:
    heard = threading.Event()
    with listening(engine.url, "a_channel", heard.set, QUICK):
        heard.wait(10)
    assert until(lambda: query(engine, BACKENDS) == [])
    assert not [thread for thread in threading.enumerate() if thread.name == "listen a_channel"]
