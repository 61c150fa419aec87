"""Limits: one for all processes that share a database, and what passes while it is away."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from httpx import AsyncClient, Response

from app.access.api_keys import NewKey
from app.access.rate_limits import take_allowance
from app.api.middleware.rate_limits import FailedAttempts
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
    """What is answered to one of two keys: the other's turn comes where a minute ended while the first was asked."""
    engine = make_engine(url)
    answers = await asked(two[0].key)
    if take_allowance(engine, two[0].key_id, 1).granted:
        answers = await asked(two[1].key)
    engine.dispose()
    return answers


async def test_the_fields_say_what_is_left(own_shop: str) -> None:
    key = new_key(own_shop, limit=100)
    async with asking(own_shop) as client:
        answers = await ask(client, key.key, 2)
    found = [RATE.fullmatch(answer.headers["RateLimit"]) for answer in answers]
    assert [answer.headers["RateLimit-Policy"] for answer in answers] == ['"default";q=100;w=60'] * 2
    assert [int(each[1]) for each in found if each] in ([99, 98], [99, 99])
    assert all(0 < int(each[2]) <= 60 for each in found if each)


async def test_two_processes_hold_one_limit(own_shop: str) -> None:
    two = [new_key(own_shop, limit=30) for _ in range(2)]
    async with asking(own_shop) as one, asking(own_shop) as other:
        answers = await in_one_minute(own_shop, two, lambda key: asyncio.gather(ask(one, key, 30), ask(other, key, 30)))
    assert sorted(statuses([*answers[0], *answers[1]])) == [200] * 30 + [429] * 30


async def test_many_at_once_hold_the_limit(own_shop: str) -> None:
    two = [new_key(own_shop, limit=25) for _ in range(2)]
    async with asking(own_shop) as client:
        answers = await in_one_minute(own_shop, two, lambda key: asyncio.gather(*(ask(client, key) for _ in range(60))))
    assert sorted(each.status_code for (each,) in answers) == [200] * 25 + [429] * 35


async def test_beyond_the_limit_is_said_when_to_come_again(own_shop: str) -> None:
    two = [new_key(own_shop, limit=1) for _ in range(2)]
    async with asking(own_shop) as client:
        _, refused = await in_one_minute(own_shop, two, lambda key: ask(client, key, 2))
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
    assert refused.headers["RateLimit"] == f'"default";r=0;t={refused.headers["Retry-After"]}'


async def test_a_new_minute_is_a_new_beginning(own_shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = new_key(own_shop, limit=1)
    async with asking(own_shop) as client:
        await ask(client, key.key, 2)
        change(own_shop, "update access.rate_window set window_start = window_start - interval '1 minute'")
    async with asking(own_shop) as later:
        assert statuses(await ask(later, key.key)) == [200]


async def test_keys_have_limits_of_their_own(own_shop: str) -> None:
    one, other = (new_key(own_shop, limit=1) for _ in range(2))
    async with asking(own_shop) as client:
        assert statuses([*await ask(client, one.key), *await ask(client, other.key)]) == [200, 200]


@pytest.mark.parametrize(("limit", "policy"), [(None, '"default";q=77;w=60'), (0, None), (5, '"default";q=5;w=60')])
async def test_a_key_without_a_limit_of_its_own_has_that_of_the_settings(
    own_shop: str, limit: int | None, policy: str | None
) -> None:
    key = new_key(own_shop, limit=limit)
    async with asking(own_shop, rate_limit=77) as client:
        (answer,) = await ask(client, key.key)
    assert answer.headers.get("RateLimit-Policy") == policy


async def test_the_operators_key_has_no_limit(own_shop: str) -> None:
    async with asking(own_shop, rate_limit=1) as client:
        answers = await ask(client, KEY, 3)
    assert ([*statuses(answers)], "RateLimit" in answers[0].headers) == ([200] * 3, False)


async def test_who_has_too_little_scope_spends_too(own_shop: str) -> None:
    two = [new_key(own_shop, limit=1) for _ in range(2)]
    async with asking(own_shop) as client:
        answers = await in_one_minute(own_shop, two, lambda key: ask(client, key, 2, "/v1/runs"))
    assert statuses(answers) == [403, 429]


async def test_while_nothing_can_be_counted_a_little_passes(own_shop: str) -> None:
    key = new_key(own_shop, limit=40)
    change(own_shop, "alter table access.rate_window rename to rate_window_away")
    async with asking(own_shop) as client:
        answers = await ask(client, key.key, 3)
    assert statuses(answers) == [200, 200, 429]


async def test_who_guesses_is_not_heard_for_a_while(own_shop: str) -> None:
    key = new_key(own_shop)
    async with asking(own_shop) as client:
        guesses = await ask(client, "rgl_aaaaaaaa_guess", 31)
        (late,) = await ask(client, key.key)
    assert (statuses(guesses), late.status_code) == ([401] * 31, 401)
    assert 0 < int(late.headers["Retry-After"]) <= 60


async def test_who_was_let_in_before_is_not_locked_out_by_a_neighbour_who_guesses(own_shop: str) -> None:
    key = new_key(own_shop)
    async with asking(own_shop) as client:
        await ask(client, key.key)
        await ask(client, "rgl_aaaaaaaa_guess", 31)
        assert statuses(await ask(client, key.key)) == [200]


async def test_to_forget_the_key_is_no_guess(own_shop: str) -> None:
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
def test_a_neighbour_is_who_has_the_same_network(guesser: str, other: str, *, waits: bool) -> None:
    failures = FailedAttempts()
    for _ in range(30):
        failures.note(guesser)
    assert (failures.wait(guesser) > 0, failures.wait(other) > 0) == (True, waits)


def test_what_is_remembered_of_guesses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.api.middleware.rate_limits.MOST_ADDRESSES", 3)
    failures = FailedAttempts()
    for number in range(9):
        for _ in range(30):
            failures.note(f"192.0.2.{number}")
    assert [failures.wait(f"192.0.2.{number}") > 0 for number in range(9)] == [False] * 6 + [True] * 3
