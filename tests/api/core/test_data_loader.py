"""Batching of lookups that wait at the same time."""

import asyncio
from collections.abc import Mapping

import pytest
from httpx import AsyncClient

from app.api.core.segment_lookup import DataLoader

pytestmark = pytest.mark.anyio


class SlowSource:
    """Source that returns the double of every key after 10 ms and records its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def load(self, keys: list[int]) -> Mapping[int, int]:
        self.batches.append(sorted(keys))
        await asyncio.sleep(0.01)
        if 13 in keys:
            raise ValueError("unlucky")
        return {key: 2 * key for key in keys}


async def test_each_request_gets_its_own_value() -> None:
    loader = DataLoader(SlowSource().load)
    assert await asyncio.gather(*(loader.get(key) for key in (3, 1, 2, 1))) == [6, 2, 4, 2]


async def test_keys_requested_during_a_query_share_the_next() -> None:
    slow = SlowSource()
    loader = DataLoader(slow.load)
    first = asyncio.create_task(loader.get(1))
    await asyncio.sleep(0.005)
    await asyncio.gather(first, *(loader.get(key) for key in (4, 2, 2)))
    assert slow.batches == [[1], [2, 4]]


async def test_a_batch_is_bounded() -> None:
    slow = SlowSource()
    loader = DataLoader(slow.load, largest_batch=2)
    await asyncio.gather(*(loader.get(key) for key in range(5)))
    assert slow.batches == [[0, 1], [2, 3], [4]]


async def test_a_failure_is_raised_for_every_key_of_the_batch() -> None:
    loader = DataLoader(SlowSource().load)
    found = await asyncio.gather(*(loader.get(key) for key in (13, 1)), return_exceptions=True)
    assert [str(each) for each in found] == ["unlucky", "unlucky"]


async def test_the_batch_after_a_failure_is_loaded() -> None:
    loader = DataLoader(SlowSource().load)
    with pytest.raises(ValueError, match="unlucky"):
        await loader.get(13)
    assert await loader.get(1) == 2


async def test_a_cancelled_request_does_not_cancel_the_others() -> None:
    loader = DataLoader(SlowSource().load)
    going, staying = asyncio.create_task(loader.get(1)), asyncio.create_task(loader.get(1))
    await asyncio.sleep(0.005)
    going.cancel()
    assert await staying == 2


async def test_concurrent_requests_get_their_own_customers(client: AsyncClient) -> None:
    names = [f"R{n:02}" for n in range(12)] * 5 + ["nobody"]
    answers = await asyncio.gather(*(client.get(f"/v1/customers/{name}/segment") for name in names))
    assert [each.json().get("customer_id") for each in answers] == [*names[:-1], None]
