"""The receiver that docs/crm.md shows, under what Regulars sends."""

import os
import queue as queues
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.webhooks import delivery_queue
from app.webhooks.endpoints import create
from app.webhooks.tables import ENTERED
from tests.acceptance.test_crm_docs import example
from tests.loading import change, query, until
from tests.webhooks.sending import post

EVENT = text("""
    with event as (
        insert into webhooks.webhook_event (event_id, type, data)
        values (:id, 'customer.segment.entered',
                jsonb_build_object(
                    'customer_id', 'A', 'segment', cast(:segment as text), 'change_id', cast(:change as int)
                ))
    )
    insert into webhooks.webhook_delivery (event_id, endpoint_id)
    select :id, endpoint_id from webhooks.webhook_endpoint
""")
AGAIN = "update webhooks.webhook_delivery set state = 'pending', next_attempt_at = now(), claim = null"
STATUS = "select status from webhooks.webhook_delivery order by delivery_id desc"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Shown:
    """The example under way, and the lines it printed."""

    def __init__(self, folder: Path, secret: str, port: int) -> None:
        self.lines: queues.Queue[str] = queues.Queue()
        environment = {**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", example("receive")],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        until(lambda: answers(port))

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def said(self) -> list[str]:
        return list(self.lines.queue)


@pytest.fixture
def shown(engine: Engine, tmp_path: Path) -> Iterator[Shown]:
    port = free_port()
    values: dict[str, Any] = {"url": f"http://127.0.0.1:{port}/", "events": [ENTERED], "scheme": "kmeans"}
    with engine.begin() as connection:
        made = create(connection, {**values, "segments": None, "batch": False, "description": None})
    shown = Shown(tmp_path, made.secret, port)
    try:
        yield shown
    finally:
        shown.process.kill()
        shown.process.communicate()


def send(engine: Engine, name: str, segment: str, change_id: int) -> int:
    with engine.begin() as connection:
        connection.execute(EVENT, {"id": name, "segment": segment, "change": change_id})
    return attempt(engine)


def attempt(engine: Engine) -> int:
    """Send what waits; the status of the newest answer."""
    claimed = delivery_queue.claim(engine)
    for sending, outcome in zip(claimed, post(claimed), strict=True):
        delivery_queue.record_outcome(engine, sending, outcome)
    status: int = query(engine, STATUS)[0][0]
    return status


def test_the_receiver_does_an_event_once_however_often_it_comes(engine: Engine, shown: Shown) -> None:
    statuses = [send(engine, "evt_1", "Champions", 7)]
    change(engine, AGAIN)
    statuses.append(attempt(engine))
    statuses.append(send(engine, "evt_2", "New Customers", 8))
    until(lambda: "A New Customers" in shown.said())
    assert (statuses, shown.said()) == ([204, 204, 204], ["A Champions", "A New Customers"])


def test_the_receiver_leaves_aside_what_is_older_than_what_it_knows(engine: Engine, shown: Shown) -> None:
    send(engine, "evt_2", "Champions", 9)
    assert send(engine, "evt_1", "Hibernating", 7) == 204
    assert send(engine, "evt_3", "New Customers", 11) == 204
    until(lambda: len(shown.said()) == 2)
    assert shown.said() == ["A Champions", "A New Customers"]


def test_the_receiver_refuses_what_is_signed_by_another(engine: Engine, shown: Shown) -> None:
    change(engine, "update webhooks.webhook_secret set secret = 'whsec_YW5vdGhlciBzZWNyZXQgYWx0b2dldGhlcg=='")
    assert send(engine, "evt_1", "Champions", 7) == 400
    assert shown.said() == []
