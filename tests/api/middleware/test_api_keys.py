"""Keys and scopes, as those who ask meet them."""

from datetime import UTC, datetime, timedelta

import anyio
import pytest
from httpx import AsyncClient, Response

from app.access import api_keys
from app.access.scopes import SCOPES, ScopeName
from tests.api.conftest import asking, change
from tests.api.granting import SEGMENTS, bearer, do, new_key, until

pytestmark = pytest.mark.anyio
CUT = (
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where query like 'listen %' and datname = current_database()"
)
HOUR = timedelta(hours=1)
NEEDED: dict[tuple[str, str], ScopeName] = {
    ("GET", "/v1/customers/nobody"): "customers:read",
    ("GET", "/v1/customers/nobody/segment"): "customers:read",
    ("POST", "/v1/customers/lookup"): "customers:read",
    ("GET", SEGMENTS): "segments:read",
    ("GET", "/v1/files"): "quality:read",
    ("GET", "/v1/runs"): "quality:read",
    ("POST", "/v1/runs"): "runs:write",
}


@pytest.fixture(autouse=True)
def may_be_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who ask again and again until a key is known are no attackers."""
    monkeypatch.setattr("app.api.middleware.rate_limits.MOST_FAILURES", 10**9)


async def test_a_key_opens_what_it_has_the_scope_for(own_shop: str) -> None:
    key = new_key(own_shop)
    async with asking(own_shop) as client:
        assert (await client.get(SEGMENTS, headers=bearer(key.key))).status_code == 200


async def test_a_key_that_is_created_opens_at_once(own_shop: str) -> None:
    async with asking(own_shop) as client:
        key = new_key(own_shop)
        assert (await until(client, key.key, 200)).status_code == 200


@pytest.mark.parametrize(("method", "path"), NEEDED)
async def test_every_other_scope_is_too_little(own_shop: str, method: str, path: str) -> None:
    needed = NEEDED[method, path]
    key = new_key(own_shop, [scope for scope in SCOPES if scope not in {needed, "admin"}])
    async with asking(own_shop, key=key.key) as client:
        answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/insufficient-scope")
    assert needed in answer.json()["detail"]
    assert f'error="insufficient_scope", scope="{needed}"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(("method", "path"), NEEDED)
async def test_admin_has_every_scope(own_shop: str, method: str, path: str) -> None:
    key = new_key(own_shop, ["admin"])
    async with asking(own_shop, key=key.key) as client:
        assert (await client.request(method, path)).status_code not in {401, 403}


async def test_who_may_not_read_customers_is_not_told_whether_there_is_one(own_shop: str) -> None:
    key = new_key(own_shop)
    async with asking(own_shop) as client:
        ((known, *_), *_) = (await client.get("/v1/customers?limit=1")).json()["data"][0]["customer_id"], None
        told = [
            (await client.get(f"/v1/customers/{customer}", headers=bearer(key.key))).json() | {"instance": ""}
            for customer in (known, "nobody")
        ]
    assert told[0] == told[1]


def same(answer: Response) -> tuple[int, str, dict[str, str]]:
    kept = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, answer.text, kept


async def test_what_is_wrong_with_a_key_is_not_told(own_shop: str) -> None:
    good, revoked, expired = (
        new_key(own_shop),
        new_key(own_shop),
        new_key(own_shop, expires_at=datetime.now(UTC) - HOUR),
    )
    do(own_shop, api_keys.revoke, revoked.key_id)
    wrong = [
        "rgl_",
        "rgl_x_y",
        "x",
        f"{good.key}x",
        good.key[:-1],
        f"rgl_{good.key_id}_",
        f"rgl_aaaaaaaa_{good.key[13:]}",
    ]
    wrong += [revoked.key, expired.key, good.key.upper(), good.key.replace("rgl", "RGL"), "é", "_" * 400, "x" * 400]
    async with asking(own_shop) as client:
        answers = [
            await client.get(SEGMENTS, headers=[(b"Authorization", f"Bearer {each}".encode())]) for each in wrong
        ]
    assert {status for status, *_ in map(same, answers)} == {401}
    assert all(same(each) == same(answers[0]) for each in answers)


async def test_a_header_of_100_kb_is_no_key(own_shop: str) -> None:
    async with asking(own_shop) as client:
        assert (await client.get(SEGMENTS, headers=bearer("x" * 100_000))).status_code == 401


async def test_a_key_ends_when_it_expires(own_shop: str) -> None:
    key = new_key(own_shop, expires_at=datetime.now(UTC) + timedelta(seconds=2))
    async with asking(own_shop) as client:
        assert (await client.get(SEGMENTS, headers=bearer(key.key))).status_code == 200
        assert (await until(client, key.key, 401)).status_code == 401


async def test_a_running_app_refuses_a_revoked_key_at_once(own_shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.api.middleware.api_keys.POLL_SECONDS", 3600)
    key = new_key(own_shop)
    async with asking(own_shop) as client, asking(own_shop) as other:
        for each in (client, other):
            assert (await until(each, key.key, 200)).status_code == 200
        do(own_shop, api_keys.revoke, key.key_id)
        for each in (client, other):
            assert (await until(each, key.key, 401)).status_code == 401


async def test_a_change_that_nobody_told_is_seen(own_shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.api.middleware.api_keys.POLL_SECONDS", 0.05)
    key = new_key(own_shop)
    async with asking(own_shop) as client:
        assert (await until(client, key.key, 200)).status_code == 200
        change(own_shop, "update access.api_key set revoked_at = now()")
        assert (await until(client, key.key, 401)).status_code == 401


async def test_changes_are_told_again_when_the_connection_that_listened_was_cut(
    own_shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.middleware.api_keys.POLL_SECONDS", 3600)
    key = new_key(own_shop)
    async with asking(own_shop) as client:
        assert (await until(client, key.key, 200)).status_code == 200
        change(own_shop, CUT)
        do(own_shop, api_keys.revoke, key.key_id)
        assert (await until(client, key.key, 401)).status_code == 401


async def test_both_secrets_open_while_a_rotated_key_has_its_grace(own_shop: str) -> None:
    old = new_key(own_shop)
    new = do(own_shop, api_keys.rotate, old.key_id, HOUR)
    async with asking(own_shop) as client:
        found = [(await client.get(SEGMENTS, headers=bearer(each.key))).status_code for each in (old, new)]
    assert found == [200, 200]


async def test_the_old_secret_ends_with_its_grace(own_shop: str) -> None:
    old = new_key(own_shop)
    async with asking(own_shop) as client:
        assert (await until(client, old.key, 200)).status_code == 200
        new = do(own_shop, api_keys.rotate, old.key_id, timedelta(0))
        assert (await until(client, old.key, 401)).status_code == 401
        assert (await until(client, new.key, 200)).status_code == 200


async def test_an_open_server_guards_itself_when_a_first_key_is_created(own_shop: str) -> None:
    local = {"Host": "localhost"}
    async with asking(own_shop, key=None, api_key=None) as client:
        assert (await client.get(SEGMENTS, headers=local)).status_code == 200
        new_key(own_shop)
        with anyio.fail_after(20):
            while (await client.get(SEGMENTS, headers=local)).status_code != 401:
                await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("statement", ["update access.api_key set revoked_at = now()", "delete from access.api_key"])
async def test_no_end_of_the_last_key_opens_a_running_server(
    own_shop: str, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.middleware.api_keys.POLL_SECONDS", 0.05)
    key = new_key(own_shop)
    async with asking(own_shop, key=None, api_key=None) as client:
        assert (await until(client, key.key, 200)).status_code == 200
        change(own_shop, statement)
        assert (await until(client, key.key, 401)).status_code == 401
        assert (await client.get(SEGMENTS, headers={"Host": "localhost"})).status_code == 401


async def test_a_revoked_last_key_keeps_a_new_server_guarded(own_shop: str) -> None:
    do(own_shop, api_keys.revoke, new_key(own_shop).key_id)
    async with asking(own_shop, key=None, api_key=None) as client:
        assert (await client.get(SEGMENTS, headers={"Host": "localhost"})).status_code == 401


async def test_when_a_key_was_used_is_known_after_the_app_stopped(own_shop: str) -> None:
    used, other = new_key(own_shop), new_key(own_shop)
    async with asking(own_shop) as client:
        await client.get(SEGMENTS, headers=bearer(used.key))
    at = {row["key_id"]: row["last_used_at"] for row in do(own_shop, api_keys.read_all)}
    assert [at[each.key_id] is None for each in (used, other)] == [False, True]


async def test_without_a_key_nobody_is_told_which_addresses_there_are(client: AsyncClient) -> None:
    answers = [(await client.get(path, headers=bearer("x"))).status_code for path in (SEGMENTS, "/v1/nothing")]
    assert answers == [401, 401]
