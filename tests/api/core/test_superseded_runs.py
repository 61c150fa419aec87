"""Answers about days of a superseded run: equal to those before the publication that superseded it."""

import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from httpx import AsyncClient

from tests.api.conftest import GROWN, NEWCOMERS, asking, assign_again, change, train_again
from tests.postgres import fresh_database

pytestmark = pytest.mark.anyio
PATHS = (
    "/v1/customers?limit=1000&as_of=2026-03-01",
    "/v1/customers?limit=1000&as_of=2026-03-05",
    "/v1/exports/customers?format=ndjson&as_of=2026-03-01",
    "/v1/exports/customers?format=ndjson&as_of=2026-03-05",
    "/v1/exports/customers?format=ndjson&run_id={run_id}",
    "/v1/transitions?from=2026-03-01&to=2026-03-05&scheme=rules",
    "/v1/transitions/moves?from=2026-03-01&to=2026-03-05&scheme=rules",
)
Answers = dict[str, list[Any]]


async def answers(client: AsyncClient, run_id: str) -> Answers:
    """Return the rows of each path."""
    found = {}
    for path in PATHS:
        answer = await client.get(path.format(run_id=run_id))
        assert answer.status_code == 200, answer.text
        is_export = path.startswith("/v1/exports")
        found[path] = [json.loads(line) for line in answer.text.splitlines()] if is_export else answer.json()["data"]
    return found


@pytest.fixture(scope="module")
async def read_twice(postgres: str, published: str) -> AsyncIterator[tuple[Answers, Answers]]:
    """Answers after a run of March 1 and an assignment on the 5th, before and after the training of the 10th."""
    with fresh_database(postgres, published) as url:
        change(url, GROWN)
        assign_again(url, date(2026, 3, 5))
        async with asking(url, as_of=date(2026, 3, 5)) as client:
            run_id = (await client.get("/v1/customers/R01")).json()["run_id"]
            before = await answers(client, run_id)
        change(url, NEWCOMERS)
        change(url, "delete from gold.customer_rfm where customer_id = 'R01'")
        train_again(url, date(2026, 3, 10))
        async with asking(url, as_of=date(2026, 3, 10)) as client:
            yield before, await answers(client, run_id)


@pytest.mark.parametrize("path", PATHS)
async def test_an_answer_is_the_same_after_the_publication(read_twice: tuple[Answers, Answers], path: str) -> None:
    before, after = read_twice
    assert after[path] == before[path] != []
