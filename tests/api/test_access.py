"""The key, and the rule that a server without one is for this machine alone."""

import pytest
from httpx import AsyncClient

from app.api.access import check_binding
from app.errors import Misconfigured
from app.settings import Settings
from tests.api.conftest import KEY, asking

pytestmark = pytest.mark.anyio
NO_KEY = {"Authorization": ""}


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "LOCALHOST", "::ffff:127.0.0.1"]
)
def test_without_a_key_the_server_is_for_this_machine(host: str) -> None:
    check_binding(Settings(host=host, api_key=None))


@pytest.mark.parametrize(
    "host", ["::", "", "10.0.0.1", "192.0.2.7", "example.com", "localhost.evil.example", "2130706433"]
)
def test_without_a_key_no_other_machine_is_answered(host: str) -> None:
    with pytest.raises(Misconfigured, match="REGULARS_API_KEY"):
        check_binding(Settings(host=host, api_key=None))


@pytest.mark.parametrize("key", ["", " "])
def test_an_empty_key_is_none(key: str) -> None:
    with pytest.raises(Misconfigured, match="REGULARS_API_KEY"):
        check_binding(Settings.model_validate({"host": "0.0.0.0", "api_key": key}))  # noqa: S104


def test_with_a_key_any_address_will_do() -> None:
    check_binding(Settings.model_validate({"host": "0.0.0.0", "api_key": KEY}))  # noqa: S104


async def test_every_operation_but_health_asks_for_the_key(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    asked = [(method, path) for path, operations in document["paths"].items() for method in operations]
    refused = [
        path for method, path in asked if (await client.request(method, path, headers=NO_KEY)).status_code == 401
    ]
    assert refused == [path for _, path in asked if not path.startswith("/health/")]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_health_is_open(client: AsyncClient, path: str) -> None:
    assert (await client.get(path, headers=NO_KEY)).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/", "/docs", "/openapi.json", "/v1", "/v1/nothing", "/docsx", "/health", "//v1/segments", "/docs/../v1/segments"],
)
async def test_whatever_is_not_named_open_is_guarded(client: AsyncClient, path: str) -> None:
    assert (await client.get(f"http://regulars{path}", headers=NO_KEY)).status_code == 401


@pytest.mark.parametrize(
    "given",
    ["", "Bearer", "Bearer ", f"Basic {KEY}", KEY, f"Bearer {KEY}x", f"Bearer {KEY[:-1]}", "Bearer é", f"Bearer{KEY}"],
)
async def test_a_wrong_key_is_refused(client: AsyncClient, given: str) -> None:
    answer = await client.get("/v1/segments", headers=[(b"Authorization", given.encode())])
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="regulars"')


@pytest.mark.parametrize("given", [f"Bearer {KEY}", f"bearer {KEY}", f"BEARER  {KEY}"])
async def test_the_key_opens(client: AsyncClient, given: str) -> None:
    assert (await client.get("/v1/segments", headers={"Authorization": given})).status_code == 200


async def test_a_key_is_asked_for_before_the_body_is_read(client: AsyncClient) -> None:
    answer = await client.post("/v1/runs", content=b"{", headers={**NO_KEY, "Content-Type": "application/json"})
    assert answer.status_code == 401


async def test_a_server_without_a_key_asks_for_none(shop: str) -> None:
    async with asking(shop, key=None, api_key=None) as client:
        assert (await client.get("/v1/segments")).status_code == 200
