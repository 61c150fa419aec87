"""Page about models: reasons, and the buttons that change the champion."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from tests.api.conftest import asking
from tests.api.granting import do, new_key
from tests.dashboard.conftest import FORM, reading, until_signed_in
from tests.loading import query
from tests.postgres import fresh_database

pytestmark = pytest.mark.anyio
Shop = tuple[str, str]


@pytest.fixture
def shop(postgres: str, challenged: tuple[str, UUID]) -> Iterator[Shop]:
    """URL of a database with a champion and a challenger, and the challenger's run."""
    with fresh_database(postgres, challenged[0]) as url:
        yield url, str(challenged[1])


async def test_the_page_says_why_a_model_is_not_published(shop: Shop) -> None:
    async with asking(shop[0]) as client:
        (reason,) = (await client.get(f"/v1/models/{shop[1]}")).json()["reasons"]
    async with reading(shop[0]) as reader:
        assert reason.replace("'", "&#39;") in (await reader.get("/models")).text


async def test_the_page_has_the_day_of_the_sizes_of_clusters(shop: Shop) -> None:
    async with reading(shop[0]) as reader:
        assert '(as of <time datetime="2026-03-01"' in (await reader.get("/models")).text


async def test_a_promotion_is_queued_by_its_button(shop: Shop) -> None:
    async with reading(shop[0]) as reader:
        assert f'action="/models/{shop[1]}/promote"' in (await reader.get("/models")).text
        answer = await reader.post(f"/models/{shop[1]}/promote", headers=FORM)
        assert answer.status_code == 303
    assert do(shop[0], query, "select job, state from pipeline.job_run where trigger = 'api'") == [
        ("promote", "queued")
    ]


async def test_a_discarded_model_has_no_buttons(shop: Shop) -> None:
    async with reading(shop[0]) as reader:
        answer = await reader.post(f"/models/{shop[1]}/discard", headers=FORM)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/models")
        assert f'action="/models/{shop[1]}/' not in (await reader.get("/models")).text


async def test_a_roll_back_to_a_model_that_never_was_published_is_a_page(shop: Shop) -> None:
    async with reading(shop[0]) as reader:
        answer = await reader.post(f"/models/{shop[1]}/roll-back", headers=FORM)
    assert (answer.status_code, "Model cannot be published or discarded" in answer.text) == (409, True)


async def test_the_buttons_need_their_scope(shop: Shop) -> None:
    async with reading(shop[0], key=None) as reader:
        await until_signed_in(reader, new_key(shop[0], ["segments:read"]).key)
        assert f'action="/models/{shop[1]}/' not in (await reader.get("/models")).text
        assert (await reader.post(f"/models/{shop[1]}/promote", headers=FORM)).status_code == 403
