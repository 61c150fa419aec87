"""Rate limits per key, shared by all processes of a database; limits of invalid keys per address."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from httpx import AsyncClient, Response

from app.access.api_keys import NewKey
from app.access.rate_limits import take_allowance
from app.api.middleware.rate_limits import AttemptLimits, FailedAttempts
from app.db.engine import make_engine
from tests.api.conftest import KEY, asking, change
from tests.api.granting import SEGMENTS, bearer, new_key

pytestmark = pytest.mark.anyio
Answers = TypeVar("Answers")
RATE = re.compile(r'"default";r=(\d+);t=(\d+)')


async def ask(client: AsyncClient, key: str, times: int = 1, path: str = SEGMENTS) -> list[Response]:
    return [await client.get(path, headers=bearer(key)) for _ in range(times)]


def statuses(answers: list[Response]) -> list[int]:
    return [answer.status_code for answer in answers]


async def in_one_minute(url: str, two: list[NewKey], asked: Callable[[str], Awaitable[Answers]]) -> Answers:
    """The answers to one of two keys: to the second where a minute ended during the requests of the first."""
    engine = make_engine(url)
    answers = await asked(two[0].key)
    if take_allowance(engine, two[0].key_id, 1).granted:
        answers = await asked(two[1].key)
    engine.dispose()
    return answers


async def test_the_headers_have_the_remaining_requests(own_shop: str) -> None:
    key = new_key(own_shop, limit=100)
    async with asking(own_shop) as client:
        answers = await ask(client, key.key, 2)
    found = [RATE.fullmatch(answer.headers["RateLimit"]) for answer in answers]
    assert [answer.headers["RateLimit-Policy"] for answer in answers] == ['"default";q=100;w=60'] * 2
    assert [int(each[1]) for each in found if each] in ([99, 98], [99, 99])
    assert all(0 < int(each[2]) <= 60 for each in found if each)


async def test_two_processes_share_a_limit(own_shop: str) -> None:
    two = [new_key(own_shop, limit=30) for _ in range(2)]
    async with asking(own_shop) as one, asking(own_shop) as other:
        answers = await in_one_minute(own_shop, two, lambda key: asyncio.gather(ask(one, key, 30), ask(other, key, 30)))
    assert sorted(statuses([*answers[0], *answers[1]])) == [200] * 30 + [429] * 30


async def test_concurrent_requests_share_a_limit(own_shop: str) -> None:
    two = [new_key(own_shop, limit=25) for _ in range(2)]
    async with asking(own_shop) as client:
        answers = await in_one_minute(own_shop, two, lambda key: asyncio.gather(*(ask(client, key) for _ in range(60))))
    assert sorted(each.status_code for (each,) in answers) == [200] * 25 + [429] * 35


async def test_beyond_the_limit_retry_after_is_sent(own_shop: str) -> None:
    two = [new_key(own_shop, limit=1) for _ in range(2)]
    async with asking(own_shop) as client:
        _, refused = await in_one_minute(own_shop, two, lambda key: ask(client, key, 2))
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
    assert refused.headers["RateLimit"] == f'"default";r=0;t={refused.headers["Retry-After"]}'


async def test_a_new_minute_has_a_new_limit(own_shop: str) -> None:
    key = new_key(own_shop, limit=1)
    async with asking(own_shop) as client:
        await ask(client, key.key, 2)
        change(own_shop, "update access.rate_window set window_start = window_start - interval '1 minute'")
    async with asking(own_shop) as later:
        assert statuses(await ask(later, key.key)) == [200]


async def test_each_key_has_its_own_limit(own_shop: str) -> None:
    one, other = (new_key(own_shop, limit=1) for _ in range(2))
    async with asking(own_shop) as client:
        assert statuses([*await ask(client, one.key), *await ask(client, other.key)]) == [200, 200]


@pytest.mark.parametrize(("limit", "policy"), [(None, '"default";q=77;w=60'), (0, None), (5, '"default";q=5;w=60')])
async def test_the_default_limit_is_that_of_the_settings(own_shop: str, limit: int | None, policy: str | None) -> None:
    key = new_key(own_shop, limit=limit)
    async with asking(own_shop, rate_limit=77) as client:
        (answer,) = await ask(client, key.key)
    assert answer.headers.get("RateLimit-Policy") == policy


async def test_the_operators_key_has_no_limit(own_shop: str) -> None:
    async with asking(own_shop, rate_limit=1) as client:
        answers = await ask(client, KEY, 3)
    assert ([*statuses(answers)], "RateLimit" in answers[0].headers) == ([200] * 3, False)


async def test_refused_requests_count(own_shop: str) -> None:
    two = [new_key(own_shop, limit=1) for _ in range(2)]
    async with asking(own_shop) as client:
        answers = await in_one_minute(own_shop, two, lambda key: ask(client, key, 2, "/v1/runs"))
    assert statuses(answers) == [403, 429]


async def test_a_chunk_passes_while_requests_cannot_be_counted(own_shop: str) -> None:
    key = new_key(own_shop, limit=40)
    change(own_shop, "alter table access.rate_window rename to rate_window_away")
    async with asking(own_shop) as client:
        answers = await ask(client, key.key, 3)
    assert statuses(answers) == [200, 200, 429]


async def test_an_address_that_sends_many_invalid_keys_has_to_wait(own_shop: str) -> None:
    async with asking(own_shop) as client:
        *_, late = await ask(client, "rgl_aaaaaaaa_guess", 31)
    assert (late.status_code, 0 < int(late.headers["Retry-After"]) <= 60) == (401, True)


async def test_a_valid_key_is_accepted_from_an_address_that_has_to_wait(own_shop: str) -> None:
    key = new_key(own_shop)
    async with asking(own_shop) as client:
        await ask(client, "rgl_aaaaaaaa_guess", 31)
        assert statuses(await ask(client, key.key)) == [200]


@pytest.mark.parametrize(("operators_key", "status"), [("k" * 32, 200), ("k" * 31, 401)])
async def test_an_operators_key_that_could_be_guessed_has_to_wait(
    own_shop: str, operators_key: str, status: int
) -> None:
    async with asking(own_shop, api_key=operators_key) as client:
        await ask(client, "guess", 31)
        assert statuses(await ask(client, operators_key)) == [status]


async def test_a_missing_key_is_no_failed_attempt(own_shop: str) -> None:
    async with asking(own_shop, key=None) as client:
        assert {(await client.get(SEGMENTS)).status_code for _ in range(40)} == {401}


@pytest.mark.parametrize(
    ("guesser", "other", "waits"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
    ],
)
def test_addresses_of_one_network_share_their_attempts(guesser: str, other: str, *, waits: bool) -> None:
    attempts = FailedAttempts(AttemptLimits())
    for _ in range(30):
        attempts.record(guesser)
    assert (attempts.seconds_until_allowed(guesser) > 0, attempts.seconds_until_allowed(other) > 0) == (True, waits)


def test_remembered_addresses_are_bounded() -> None:
    attempts = FailedAttempts(AttemptLimits(addresses=3))
    for number in range(9):
        for _ in range(30):
            attempts.record(f"192.0.2.{number}")
    assert [attempts.seconds_until_allowed(f"192.0.2.{number}") > 0 for number in range(9)] == [False] * 6 + [True] * 3
