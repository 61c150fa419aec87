"""Lookups that wait at the same time share a query."""

import asyncio
from collections.abc import Mapping

import pytest
from httpx import AsyncClient

from app.api.core.batch_loader import BatchLoader

pytestmark = pytest.mark.anyio


class Slow:
    """Answers every key with its double, after a moment, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    async def look_up(self, keys: list[int]) -> Mapping[int, int]:
        self.asked.append(sorted(keys))
        await asyncio.sleep(0.01)
        if 13 in keys:
            raise ValueError("unlucky")
        return {key: 2 * key for key in keys}


async def test_everyone_gets_their_own_answer() -> None:
    gathered = BatchLoader(Slow().look_up)
    assert await asyncio.gather(*(gathered.get(key) for key in (3, 1, 2, 1))) == [6, 2, 4, 2]


async def test_who_comes_while_a_query_is_out_shares_the_next() -> None:
    slow = Slow()
    gathered = BatchLoader(slow.look_up)
    first = asyncio.create_task(gathered.get(1))
    await asyncio.sleep(0.005)
    await asyncio.gather(first, *(gathered.get(key) for key in (4, 2, 2)))
    assert slow.asked == [[1], [2, 4]]


async def test_a_batch_has_a_largest_size() -> None:
    slow = Slow()
    gathered = BatchLoader(slow.look_up, most=2)
    await asyncio.gather(*(gathered.get(key) for key in range(5)))
    assert slow.asked == [[0, 1], [2, 3], [4]]


async def test_a_failure_reaches_everyone_in_the_batch() -> None:
    gathered = BatchLoader(Slow().look_up)
    found = await asyncio.gather(*(gathered.get(key) for key in (13, 1)), return_exceptions=True)
    assert [str(each) for each in found] == ["unlucky", "unlucky"]


async def test_after_a_failure_the_next_is_answered() -> None:
    gathered = BatchLoader(Slow().look_up)
    with pytest.raises(ValueError, match="unlucky"):
        await gathered.get(13)
    assert await gathered.get(1) == 2


async def test_a_client_that_goes_away_takes_no_one_with_it() -> None:
    gathered = BatchLoader(Slow().look_up)
    going, staying = asyncio.create_task(gathered.get(1)), asyncio.create_task(gathered.get(1))
    await asyncio.sleep(0.005)
    going.cancel()
    assert await staying == 2


async def test_concurrent_requests_get_their_own_customers(client: AsyncClient) -> None:
    names = [f"R{n:02}" for n in range(12)] * 5 + ["nobody"]
    answers = await asyncio.gather(*(client.get(f"/v1/customers/{name}/segment") for name in names))
    assert [each.json().get("customer_id") for each in answers] == [*names[:-1], None]
