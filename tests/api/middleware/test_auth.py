"""Authentication: open and guarded paths, servers without a key, wrong keys."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient
from starlette.types import Message

from app.api.middleware.auth import check_binding
from app.errors import Misconfigured
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import KEY, asking
from tests.api.granting import bearer, new_key

pytestmark = pytest.mark.anyio
NO_KEY = {"Authorization": ""}


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "LOCALHOST", "::ffff:127.0.0.1"]
)
def test_without_a_key_the_server_binds_loopback(host: str) -> None:
    check_binding(Settings(host=host, api_key=None), has_keys=False)


@pytest.mark.parametrize(
    "host", ["::", "", "10.0.0.1", "192.0.2.7", "example.com", "localhost.evil.example", "2130706433"]
)
def test_without_a_key_the_server_binds_no_other_address(host: str) -> None:
    with pytest.raises(Misconfigured, match="REGULARS_API_KEY"):
        check_binding(Settings(host=host, api_key=None), has_keys=False)


@pytest.mark.parametrize("key", ["", " "])
def test_an_empty_key_does_not_count(key: str) -> None:
    with pytest.raises(Misconfigured, match="REGULARS_API_KEY"):
        check_binding(Settings.model_validate({"host": "0.0.0.0", "api_key": key}), has_keys=False)  # noqa: S104


def test_with_a_key_the_server_binds_any_address() -> None:
    check_binding(Settings.model_validate({"host": "0.0.0.0", "api_key": KEY}), has_keys=False)  # noqa: S104


def test_with_keys_in_the_database_the_server_binds_any_address() -> None:
    check_binding(Settings.model_validate({"host": "0.0.0.0"}), has_keys=True)  # noqa: S104


async def test_every_operation_except_health_needs_a_key(client: AsyncClient) -> None:
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
    [
        *("/v1", "/v1/", "/v1/nothing", "/docsx", "/docs/", "/docs/assets", "/health", "/problemsx", "//v1/segments"),
        *("/docs/../v1/segments", "/V1/segments", "/openapi.json/", "/%2e/v1/segments", "/v1%2fsegments", "/%0a"),
        *("/docs/start.jsx", "/docs%00", "/;/v1/segments", "/v1%2f..%2fdocs"),
    ],
)
async def test_every_other_path_is_guarded(client: AsyncClient, path: str) -> None:
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
async def test_the_key_is_accepted(client: AsyncClient, given: str) -> None:
    assert (await client.get("/v1/segments", headers={"Authorization": given})).status_code == 200


async def test_the_key_is_checked_before_the_body_is_read(client: AsyncClient) -> None:
    answer = await client.post("/v1/runs", content=b"{", headers={**NO_KEY, "Content-Type": "application/json"})
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/docs", "/docs/start.js", "/docs/assets/swagger-ui.css", "/openapi.json", "/"])
async def test_the_reference_is_open_for_a_browser_sends_no_key(client: AsyncClient, path: str) -> None:
    assert (await client.get(path, headers=NO_KEY)).status_code in {200, 307}


async def test_the_meaning_of_a_problem_is_open(client: AsyncClient) -> None:
    assert (await client.get("/problems/unauthorized", headers=NO_KEY)).status_code == 200


async def test_two_keys_in_one_request_are_refused(client: AsyncClient) -> None:
    twice = [(b"Authorization", f"Bearer {KEY}".encode())] * 2
    assert (await client.get("/v1/segments", headers=twice)).status_code == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("127.0.0.1:8000", 200), ("[::1]:8000", 200), ("evil.example", 401), ("127.0.0.1.evil", 401)],
)
async def test_without_a_key_the_host_has_to_be_this_machine(shop: str, host: str, status: int) -> None:
    async with asking(shop, key=None, api_key=None) as client:
        assert (await client.get("/v1/segments", headers={"Host": host})).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://localhost:3000", 200), ("http://[::1]:8000", 200), ("https://evil.example", 401), ("null", 401)],
)
async def test_without_a_key_pages_of_other_sites_are_refused(shop: str, origin: str, status: int) -> None:
    async with asking(shop, key=None, api_key=None) as client:
        headers = {"Host": "localhost", "Origin": origin}
        assert (await client.get("/v1/segments", headers=headers)).status_code == status


@pytest.mark.parametrize("header", ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip"])
async def test_without_a_key_a_forwarded_request_is_refused_with_the_remedy(shop: str, header: str) -> None:
    async with asking(shop, key=None, api_key=None) as client:
        answer = await client.get("/v1/segments", headers={"Host": "localhost", header: "127.0.0.1"})
    assert (answer.status_code, "regulars keys create" in answer.json()["detail"]) == (401, True)


async def test_without_a_key_other_machines_are_refused(shop: str) -> None:
    async with asking(shop, key=None, api_key=None, client=("192.0.2.7", 1)) as client:
        assert (await client.get("/v1/segments", headers={"Host": "localhost"})).status_code == 401


@pytest.mark.parametrize("path", ["/v1/segments", "/v1/customers/nobody", "/docs", "/health/live"])
async def test_head_is_answered_as_get_without_a_body(client: AsyncClient, path: str) -> None:
    got, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (
        got.status_code,
        str(len(got.content)),
        b"",
    )


@pytest.mark.parametrize(
    ("path", "parameter", "hint"),
    [
        ("/v1/segments?schema=rules", "schema", "did you mean scheme?"),
        (
            "/v1/customers?scheme=rules&scheme=kmeans",
            "scheme",
            "the parameter takes one value, and was sent more than once",
        ),
        ("/v1/runs?state=queued&stat=1", "stat", "did you mean state?"),
        ("/v1/quality/bronze-daily?form=2026-01-01", "form", "did you mean from?"),
        ("/v1/clusters?x=", "x", "this operation has no parameters"),
        ("/v1/files?%00=1", "\0", "the parameters are cursor, file_id, include, limit, run_id, sort, state"),
    ],
)
async def test_an_unknown_parameter_is_named_with_the_nearest(
    client: AsyncClient, path: str, parameter: str, hint: str
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, parameter)
    assert hint in answer.json()["errors"][0]["detail"]


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1024):
        yield b" " * 1024


async def test_a_body_of_unknown_size_is_capped(client: AsyncClient) -> None:
    answer = await client.post("/v1/runs", content=chunks(65 * 1024), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")


async def test_every_answer_has_the_security_headers(client: AsyncClient) -> None:
    for path in ("/v1/segments", "/v1/nothing", "/health/live"):
        headers = (await client.get(path)).headers
        assert [
            headers.get(name) for name in ("X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy")
        ] == [
            "nosniff",
            "no-referrer",
            "default-src 'none'; frame-ancestors 'none'",
        ]


async def test_the_documentation_page_has_its_own_policy(client: AsyncClient) -> None:
    policies = (await client.get("/docs")).headers.get_list("Content-Security-Policy")
    assert [policy.startswith("default-src 'none'; script-src 'self'") for policy in policies] == [True]


@pytest.mark.parametrize(("seconds", "expected"), [(0, None), (600, "max-age=600")])
async def test_hsts_is_sent_where_it_is_set(shop: str, seconds: int, expected: str | None) -> None:
    async with asking(shop, hsts_seconds=seconds) as client:
        assert (await client.get("/health/live")).headers.get("Strict-Transport-Security") == expected


@pytest.mark.parametrize("status", [200, 401, 403, 404, 405, 413, 422])
async def test_every_answer_has_the_id_of_its_request(own_shop: str, status: int) -> None:
    key = new_key(own_shop)
    asked = {
        200: ("GET", "/v1/segments", KEY),
        401: ("GET", "/v1/segments", "x"),
        403: ("GET", "/v1/runs", key.key),
        404: ("GET", "/v1/nothing", KEY),
        405: ("POST", "/v1/segments", KEY),
        413: ("POST", "/v1/runs", KEY),
        422: ("GET", "/v1/segments?x=1", KEY),
    }
    method, path, given = asked[status]
    content = b" " * 100_000 if status == 413 else None
    headers = {"X-Request-Id": "mine-1", **bearer(given)}
    async with asking(own_shop) as client:
        answer = await client.request(method, path, headers=headers, content=content)
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (status, "mine-1")


async def test_websockets_are_closed() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    await create_app(Settings())({"type": "websocket", "path": "/v1/segments", "headers": []}, receive, send)
    assert sent == [{"type": "websocket.close"}]
