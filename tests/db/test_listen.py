"""The LISTEN loop: notifications, reconnection, end."""

import asyncio
import threading
from contextlib import suppress

from sqlalchemy import Engine, make_url

from app.db.listen import ListenTimings, listen, listening
from tests.loading import change, query, until

AUTHENTICATION_OK, READY_FOR_QUERY, TERMINATE = b"R\0\0\0\x08\0\0\0\0", b"Z\0\0\0\x05I", b"X\0\0\0\x04"
"""Messages of PostgreSQL's protocol."""
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


def test_a_connection_that_is_being_opened_is_closed_by_a_cancellation() -> None:
    assert asyncio.run(bytes_after_a_cancellation()) == TERMINATE


async def bytes_after_a_cancellation() -> bytes:
    """Return the bytes that a server receives if it completes a handshake after the listener was cancelled."""
    asked, cancelled, received = asyncio.Event(), asyncio.Event(), asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(4))
        await reader.readexactly(length - 4)
        asked.set()
        await cancelled.wait()
        writer.write(AUTHENTICATION_OK + READY_FOR_QUERY)
        received.set_result(await reader.read())
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = make_url(f"postgresql+psycopg://a@127.0.0.1:{port}/a?sslmode=disable&gssencmode=disable")
        listener = asyncio.create_task(listen(url, "a_channel", lambda: None, QUICK))
        await asyncio.wait_for(asked.wait(), 10)
        listener.cancel()
        await asyncio.sleep(0)  # the listener receives its cancellation before the server responds
        cancelled.set()
        with suppress(asyncio.CancelledError):
            await listener
        found: bytes = await asyncio.wait_for(received, 10)
        return found
