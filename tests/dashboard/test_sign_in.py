"""Sign-in, sign-out, sessions, scopes, and forms of other sites."""

from typing import Any

import anyio
import pytest
from httpx import AsyncClient

from app.access import api_keys
from app.access.scopes import ScopeName
from app.api.middleware.api_keys import KeyRefresh
from app.api.middleware.auth import AccessTuning
from app.api.middleware.rate_limits import AttemptLimits
from app.main import Tuning
from tests.api.conftest import KEY, change
from tests.api.granting import do, new_key
from tests.dashboard.conftest import FORM, reading, sign_in, until_signed_in
from tests.loading import query

pytestmark = pytest.mark.anyio
PATHS = (
    *("/segments", "/segments/champions", "/customers", "/customers/R01", "/customers/R01?scheme=rules"),
    *("/quality", "/quality/quarantine?status=open", "/quality/files", "/contract", "/lineage?node=silver"),
    *("/lineage/customers/R01", "/runs", "/runs/57a8cb78-d20e-413a-ad4c-4a8edd5b367f", "/models"),
    "/models/current/report",
)


@pytest.mark.parametrize("path", PATHS)
async def test_every_page_needs_sign_in(shop: str, path: str) -> None:
    async with reading(shop, key=None) as reader:
        answer = await reader.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in?next=%2F")
    assert "R01" not in answer.text


async def test_the_overview_needs_sign_in(shop: str) -> None:
    async with reading(shop, key=None) as reader:
        answer = await reader.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")


async def test_a_script_is_refused_without_a_redirect(shop: str) -> None:
    async with reading(shop, key=None) as reader:
        answer = await reader.get("/segments", headers={"Sec-Fetch-Mode": "cors"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "text/html; charset=utf-8")


async def test_sign_in_continues_at_the_requested_page(shop: str) -> None:
    async with reading(shop, key=None) as reader:
        asked = await reader.get("/customers?country=United+Kingdom&sort=-monetary")
        page = await reader.get(asked.headers["Location"])
        assert 'value="/customers?country=United+Kingdom&amp;sort=-monetary"' in page.text
        answer = await sign_in(reader, KEY, next="/customers?country=United+Kingdom&sort=-monetary")
        assert answer.headers["Location"] == "/customers?country=United+Kingdom&sort=-monetary"
        assert (await reader.get(answer.headers["Location"])).status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        *("https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)"),
        *("/\t/evil.example", "/\n/evil.example", "evil.example", "///evil.example", "http:evil.example"),
    ],
)
async def test_sign_in_leads_to_no_other_site(shop: str, target: str) -> None:
    async with reading(shop, key=None) as reader:
        assert (await sign_in(reader, KEY, next=target)).headers["Location"] == "/"
        assert (await reader.get("/sign-in", params={"next": target})).headers["Location"] == "/"


async def test_the_cookie_is_hidden_from_scripts_and_other_sites(shop: str) -> None:
    async with reading(shop, key=None) as reader:
        plain = (await sign_in(reader, KEY)).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(plain.split("; "))
    assert "Secure" not in plain
    assert KEY not in plain


@pytest.mark.parametrize(("url", "given"), [("https://regulars", {}), ("http://regulars", {"hsts_seconds": 60})])
async def test_the_cookie_is_secure_over_https(shop: str, url: str, given: dict[str, Any]) -> None:
    async with reading(shop, key=None, **given) as reader:
        reader.base_url = url
        answer = await sign_in(reader, KEY, Origin=url)
    assert "Secure" in answer.headers["Set-Cookie"].split("; ")


async def test_only_digests_are_stored(own_shop: str) -> None:
    async with reading(own_shop) as reader:
        token = reader.cookies["regulars_session"]
    rows = str(do(own_shop, query, "select * from access.dashboard_session"))
    assert token not in rows
    assert KEY not in rows


@pytest.mark.parametrize("key", ["wrong", "rgl_abc_def", "", "é"])
async def test_a_wrong_key_is_refused(shop: str, key: str) -> None:
    async with reading(shop, key=None) as reader:
        answer = await sign_in(reader, key)
        assert answer.status_code == 401
        assert 'role="alert"' in answer.text
        assert "Set-Cookie" not in answer.headers


async def test_failed_attempts_are_limited(shop: str) -> None:
    tuning = Tuning(access=AccessTuning(attempts=AttemptLimits(failures=2)))
    async with reading(shop, key=None, tuning=tuning) as reader:
        for _ in range(2):
            await sign_in(reader, "wrong")
        answer = await sign_in(reader, KEY)  # short enough to be guessed
    assert answer.status_code == 401
    assert "Too many invalid keys" in answer.text


@pytest.mark.parametrize("token", ["", "x", "é", "a" * 5000, "'; drop table access.dashboard_session; --"])
async def test_a_made_up_session_is_none(shop: str, token: str) -> None:
    async with reading(shop, key=None) as reader:
        answer = await reader.get("/segments", headers=[(b"Cookie", b"regulars_session=" + token.encode())])
    assert answer.status_code == 303


async def test_a_revoked_key_signs_out_everywhere(own_shop: str) -> None:
    new = new_key(own_shop)
    async with reading(own_shop, key=None) as reader:
        await until_signed_in(reader, new.key)
        assert (await reader.get("/segments")).status_code == 200
        do(own_shop, api_keys.revoke, new.key_id)
        await until_status(reader, "/segments", 303)


async def test_an_expired_key_signs_out(own_shop: str) -> None:
    tuning = Tuning(access=AccessTuning(keys=KeyRefresh(poll_seconds=0.05)))
    new = new_key(own_shop)
    async with reading(own_shop, key=None, tuning=tuning) as reader:
        await until_signed_in(reader, new.key)
        change(own_shop, "update access.api_key set expires_at = clock_timestamp() - interval '1 s'")
        await until_status(reader, "/segments", 303)
        assert (await sign_in(reader, new.key)).status_code == 401


async def test_sign_in_replaces_the_session_of_the_browser(own_shop: str) -> None:
    async with reading(own_shop) as reader:
        before = reader.cookies["regulars_session"]
        await sign_in(reader, KEY)
        assert reader.cookies["regulars_session"] != before
        answer = await reader.get("/segments", headers={"Cookie": f"regulars_session={before}"})
    assert answer.status_code == 303


async def test_an_expired_session_is_signed_out(own_shop: str) -> None:
    async with reading(own_shop) as reader:
        change(own_shop, "update access.dashboard_session set expires_at = clock_timestamp() - interval '1 s'")
        assert (await reader.get("/segments")).status_code == 303


async def test_sign_out_ends_the_session(own_shop: str) -> None:
    async with reading(own_shop) as reader:
        token = reader.cookies["regulars_session"]
        answer = await reader.post("/sign-out", headers=FORM)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
        again = await reader.get("/segments", headers={"Cookie": f"regulars_session={token}"})
        assert again.status_code == 303
    assert do(own_shop, query, "select * from access.dashboard_session") == []


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
@pytest.mark.parametrize(
    "sent",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://regulars", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://regulars", "Sec-Fetch-Site": "same-site"},
        {"Origin": ""},
    ],
)
async def test_forms_of_other_sites_are_refused(shop: str, path: str, sent: dict[str, str]) -> None:
    async with reading(shop, key=None) as reader:
        answer = await reader.post(path, data={"key": KEY}, headers={**FORM, **sent})
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


async def test_a_form_of_a_page_is_accepted(shop: str) -> None:
    async with reading(shop, key=None) as reader:
        answer = await sign_in(reader, KEY, **{"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("scopes", "shown", "hidden"),
    [
        (["segments:read"], ['href="/segments">'], ['href="/customers', "Moves since"]),
        (["segments:read", "customers:read"], ['href="/segments">', 'href="/customers">', "Moves since"], []),
    ],
)
async def test_a_key_sees_what_it_may(
    own_shop: str, scopes: list[ScopeName], shown: list[str], hidden: list[str]
) -> None:
    async with reading(own_shop, key=None) as reader:
        await until_signed_in(reader, new_key(own_shop, scopes).key)
        page = (await reader.get("/")).text
    links = [text for text in (*shown, *hidden) if text in page]
    assert links == shown


@pytest.mark.parametrize("path", ["/customers", "/customers/R01"])
async def test_a_page_links_no_segments_that_the_key_may_not_see(own_shop: str, path: str) -> None:
    async with reading(own_shop, key=None) as reader:
        await until_signed_in(reader, new_key(own_shop, ["customers:read"]).key)
        page = (await reader.get(path)).text
    assert 'href="/segments' not in page


async def test_a_page_without_its_scope_is_refused(own_shop: str) -> None:
    async with reading(own_shop, key=None) as reader:
        await until_signed_in(reader, new_key(own_shop, ["segments:read"]).key)
        answer = await reader.get("/customers")
    assert answer.status_code == 403
    assert "customers:read" in answer.text


async def test_a_key_without_the_overview_starts_at_its_first_page(own_shop: str) -> None:
    async with reading(own_shop, key=None) as reader:
        await until_signed_in(reader, new_key(own_shop, ["customers:read"]).key)
        answer = await reader.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/customers")


async def test_requests_count_towards_the_limit_of_the_key(own_shop: str) -> None:
    async with reading(own_shop, key=None) as reader:
        await until_signed_in(reader, new_key(own_shop, ["segments:read"], limit=1).key)
        statuses = [(await reader.get("/segments")).status_code for _ in range(3)]
    assert statuses[-1] == 429


async def test_a_server_without_keys_is_open_to_its_own_machine(shop: str) -> None:
    async with reading(shop, key=None, api_key=None) as reader:
        reader.base_url = "http://127.0.0.1"
        assert (await reader.get("/segments")).status_code == 200
        assert (await reader.get("/sign-in")).headers["Location"] == "/"
        assert (await reader.get("/segments", headers={"X-Forwarded-For": "192.0.2.1"})).status_code == 303


async def test_a_server_without_keys_says_so_behind_a_proxy(shop: str) -> None:
    async with reading(shop, key=None, api_key=None) as reader:
        page = await reader.get("/sign-in", headers={"X-Forwarded-For": "192.0.2.1"})
    assert "has no API key" in page.text


async def test_an_api_key_in_the_header_is_accepted(shop: str) -> None:
    async with reading(shop, key=None) as reader:
        answer = await reader.get("/segments", headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200


async def test_the_cookie_gives_no_access_to_the_api(reader: AsyncClient) -> None:
    assert (await reader.get("/v1/segments")).status_code == 401


async def until_status(reader: AsyncClient, path: str, status: int) -> None:
    """Request a page until it has a status."""
    with anyio.fail_after(20):
        while (await reader.get(path)).status_code != status:
            await anyio.lowlevel.checkpoint()
