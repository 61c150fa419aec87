"""Rules for every answer of the dashboard: policy, caching, and a database that is away."""

import re

import pytest
from httpx import AsyncClient

from app.dashboard.routes import PAGES
from tests.api.conftest import KEY
from tests.dashboard.conftest import reading

pytestmark = pytest.mark.anyio
PARAMETERS = {
    "slug": "champions",
    "run_id:uuid": "57a8cb78-d20e-413a-ad4c-4a8edd5b367f",
    "customer_id:id": "R01",
    "model": "current",
}
PATHS = [re.sub(r"{(.+?)}", lambda found: PARAMETERS[found[1]], page.path) for page in PAGES]
AUTHORIZED = {"Authorization": f"Bearer {KEY}"}


async def test_no_page_is_stored_or_shared(reader: AsyncClient) -> None:
    paths = [*PATHS, "/nothing", "/segments?x=1", "/customers/unknown"]
    answers = [await reader.get(path) for path in paths]
    headers = [(each.headers["Cache-Control"], each.headers["Vary"]) for each in answers]
    assert set(headers) == {("private, no-store", "Accept, Cookie")}


async def test_every_answer_has_a_policy(reader: AsyncClient) -> None:
    paths = [*PATHS, "/nothing", "/segments?x=1", "/sign-in", "/static/x/y", "/docs", "/problems", "/v1/segments"]
    policies = {path: (await reader.get(path)).headers.get("Content-Security-Policy", "") for path in paths}
    assert [path for path, policy in policies.items() if not policy.startswith("default-src 'none'; ")] == []


async def test_without_a_database_every_page_says_so() -> None:
    async with reading("postgresql://nobody@127.0.0.1:1/none", key=None) as reader:
        answers = {path: await reader.get(path, headers=AUTHORIZED) for path in PATHS if path != "/contract"}
    shown = {path: (each.status_code, "Database unavailable" in each.text) for path, each in answers.items()}
    assert [path for path, found in shown.items() if found != (503, True)] == []
