"""Keys for tests, and requests with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import anyio
from httpx import AsyncClient, Response

from app.access import api_keys
from app.access.scopes import ScopeName
from app.db.engine import make_engine

SEGMENTS = "/v1/segments"


def new_key(
    url: str,
    scopes: Sequence[ScopeName] = ("segments:read",),
    limit: int | None = None,
    expires_at: datetime | None = None,
) -> api_keys.NewKey:
    """A key created as the command does it."""
    engine = make_engine(url)
    new = api_keys.create(engine, f"test {uuid4()}", scopes, limit, expires_at)
    engine.dispose()
    return new


def do(url: str, change: Any, *given: Any) -> Any:
    """Call a function of `keys` that takes an engine."""
    engine = make_engine(url)
    done = change(engine, *given)
    engine.dispose()
    return done


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def until(client: AsyncClient, key: str, status: int, path: str = SEGMENTS) -> Response:
    """Send a request until its answer has a status."""
    with anyio.fail_after(20):
        while True:
            answer = await client.get(path, headers=bearer(key))
            if answer.status_code == status:
                return answer
            await anyio.lowlevel.checkpoint()
