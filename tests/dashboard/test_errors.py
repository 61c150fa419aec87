"""Error pages, security headers and static files."""

import re
from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from app.dashboard.frame.assets import Assets
from tests.dashboard.conftest import HTML, reading

pytestmark = pytest.mark.anyio
MAX_OWN_BYTES = 100_000


@pytest.fixture
async def away(unused_port: int) -> AsyncIterator[AsyncClient]:
    """A reader of a server whose database does not answer."""
    url = f"postgresql://nobody@127.0.0.1:{unused_port}/none"
    async with reading(url, key=None) as client:
        yield client


@pytest.fixture
def unused_port() -> int:
    return 1


@pytest.mark.parametrize("path", ["/nothing", "/segments/", "/customer", "/%0a", "/favicon.ico", "/segments//"])
async def test_a_wrong_address_is_a_page_with_links(reader: AsyncClient, path: str) -> None:
    answer = await reader.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert '<a class="button" href="/">Overview' in answer.text


async def test_a_wrong_address_has_the_navigation(reader: AsyncClient) -> None:
    assert 'aria-label="Pages"' in (await reader.get("/nothing")).text


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/segments", "/problems/nothing"])
async def test_the_api_answers_browsers_with_problems(reader: AsyncClient, path: str) -> None:
    answer = await reader.get(path)
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/segments?min_customers=many", "<code>min_customers</code>: must be a whole number"),
        ("/segments?colour=red", "<code>colour</code>: is not a filter of this page"),
        ("/segments?scheme=best", "<code>scheme</code>: must be one of"),
        ("/segments?scheme=kmeans&scheme=rules", "<code>scheme</code>: the parameter takes one value"),
        ("/trends?from=yesterday", "<code>from</code>: must be a date such as 2026-05-01"),
        ("/quality/files?run_id=x", "<code>run_id</code>: must be an id"),
        ("/customers?recency_min=-1", "<code>recency_min</code>: must be at least 0"),
        ("/customers?monetary_min=%3Cimg%20onerror%3D1%3E", "<code>monetary_min</code>: must be a number"),
    ],
)
async def test_a_wrong_filter_is_a_page_that_names_it(reader: AsyncClient, path: str, message: str) -> None:
    answer = await reader.get(path)
    assert answer.status_code == 422
    assert message in answer.text
    assert f'href="{path.partition("?")[0]}">Open without filters' in answer.text


async def test_an_unknown_segment_suggests_others(reader: AsyncClient) -> None:
    answer = await reader.get("/segments/super-vip-champion")
    assert answer.status_code == 404
    assert "did you mean super-vip-champions" in answer.text


async def test_an_unknown_identifier_is_a_page(reader: AsyncClient) -> None:
    answer = await reader.get("/customers?colour=red")
    assert answer.status_code == 404
    assert "not an identifier" in answer.text


async def test_a_damaged_cursor_is_a_page(reader: AsyncClient) -> None:
    assert (await reader.get("/customers?cursor=damaged")).status_code == 409


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_wrong_method_is_refused(reader: AsyncClient, method: str) -> None:
    answer = await reader.request(method, "/segments")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


@pytest.mark.parametrize(
    "path", ["/", "/segments", "/customers/R01", "/quality", "/quality/files", "/lineage", "/runs"]
)
async def test_a_database_that_is_away_is_a_page(away: AsyncClient, path: str) -> None:
    answer = await away.get(path, headers={"Cookie": "regulars_session=any"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Database unavailable" in answer.text
    assert "start it, or `regulars up`, again" in answer.text
    assert "127.0.0.1" not in answer.text


@pytest.mark.parametrize("path", ["/", "/segments", "/customers", "/customers/R01"])
async def test_an_empty_database_says_what_to_do(database_url: str, path: str) -> None:
    async with reading(database_url) as reader:
        answer = await reader.get(path)
    assert answer.status_code == 200
    assert "regulars ingest" in answer.text


async def test_an_unexpected_error_is_a_page_without_details(
    reader: AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("app.dashboard.pages.segments.list_segments", fail)
    answer = await reader.get("/segments")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/segments", "/customers/R01", "/sign-in", "/nothing", "/segments?x=1"),
        *("/quality", "/quality/quarantine", "/quality/files", "/contract", "/lineage?node=gold", "/runs", "/models"),
    ],
)
async def test_nothing_inline_and_nothing_of_other_hosts_is_run(shop: str, path: str) -> None:
    async with reading(shop, key=None if path == "/sign-in" else "a-key-for-tests") as reader:
        answer = await reader.get(path)
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert answer.headers.get_list("Content-Security-Policy") == [answer.headers["Content-Security-Policy"]]
    assert re.findall(r"""\s(?:style|on\w+)=|<script>|<style|src="(?!/)|href="https?:""", answer.text) == []


async def test_pages_are_not_stored(reader: AsyncClient) -> None:
    headers = (await reader.get("/customers")).headers
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_other_sites_may_not_read_pages(shop: str) -> None:
    async with reading(shop, cors_origins=["https://crm.example"]) as reader:
        answer = await reader.get("/segments", headers={**HTML, "Origin": "https://crm.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_static_files_are_cached_by_their_content(reader: AsyncClient) -> None:
    page = (await reader.get("/")).text
    paths = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))
    assert {path.rsplit("/", 1)[1] for path in paths} >= {"dashboard.css", "main.js", "plotly.min.js", "icon.svg"}
    for path in paths:
        answer = await reader.get(path, headers={"Cookie": ""})
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(("host", "encoding"), [("regulars", "gzip"), ("127.0.0.1:8000", None)])
async def test_static_files_are_compressed_for_other_machines(
    reader: AsyncClient, host: str, encoding: str | None
) -> None:
    answer = await reader.get(Assets().addresses["main.js"], headers={"Cookie": "", "Host": host})
    assert answer.headers.get("Content-Encoding") == encoding


@pytest.mark.parametrize("path", ["/static/0/main.js", "/static/{digest}/nothing.js", "/static/{digest}/..%2fmain.js"])
async def test_other_static_files_are_unknown(reader: AsyncClient, path: str) -> None:
    digest = Assets().addresses["main.js"].split("/")[2]
    assert (await reader.get(f"http://regulars{path.format(digest=digest)}")).status_code == 404


def test_own_static_files_are_small() -> None:
    assert Assets().own_bytes < MAX_OWN_BYTES


async def test_addresses_have_the_root_path_of_a_proxy(shop: str) -> None:
    async with reading(shop) as reader:
        transport = reader._transport  # noqa: SLF001  # the client has no other access to its root path
        transport.root_path = "/crm"  # type: ignore[attr-defined]  # of ASGITransport
        page = await reader.get("/crm/segments", headers={"Authorization": "Bearer a-key-for-tests"})
    assert page.status_code == 200
    assert set(re.findall(r'(?:href|src|action)="(/[a-z]*)', page.text)) == {"/crm"}
