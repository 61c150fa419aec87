import asyncio

import pytest

from app.api.core.concurrency import ConcurrencyLimits, Slots

pytestmark = pytest.mark.anyio


@pytest.fixture
def slots() -> Slots:
    return Slots.from_limits(ConcurrencyLimits())


async def test_a_query_ends_though_its_request_is_cancelled(slots: Slots) -> None:
    may_end, ended = asyncio.Event(), asyncio.Event()

    async def query() -> None:
        await may_end.wait()
        ended.set()

    request = asyncio.ensure_future(asyncio.shield(slots.begin(query())))
    await asyncio.sleep(0)
    request.cancel()
    may_end.set()
    await slots.finish()
    assert ended.is_set()


async def test_a_query_that_fails_after_its_request_is_no_error_at_the_end(slots: Slots) -> None:
    async def query() -> None:
        raise OSError

    task = slots.begin(query())
    await slots.finish()
    assert isinstance(task.exception(), OSError)
