"""API keys and scopes over HTTP; refresh of the cached keys."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest
from httpx import AsyncClient, Response
from sqlalchemy import Row

from app.access import api_keys
from app.access.scopes import SCOPES, ScopeName
from app.api.core.dependencies import Reader
from app.api.middleware.api_keys import ApiKeys, KeyRefresh
from app.api.middleware.auth import AccessTuning
from app.api.middleware.rate_limits import AttemptLimits
from app.db.engine import make_async_engine
from app.main import Tuning
from app.settings import Settings
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


def polling(seconds: float) -> Tuning:
    """The app's tuning with this interval, for clients that send a key again and again until it is known."""
    access = AccessTuning(keys=KeyRefresh(poll_seconds=seconds), attempts=AttemptLimits(failures=10**9))
    return Tuning(access=access)


async def test_a_key_with_the_scope_is_accepted(own_shop: str) -> None:
    key = new_key(own_shop)
    async with asking(own_shop, tuning=polling(5)) as client:
        assert (await client.get(SEGMENTS, headers=bearer(key.key))).status_code == 200


async def test_a_new_key_is_accepted_at_once(own_shop: str) -> None:
    async with asking(own_shop, tuning=polling(5)) as client:
        key = new_key(own_shop)
        assert (await until(client, key.key, 200)).status_code == 200


@pytest.mark.parametrize(("method", "path"), NEEDED)
async def test_a_key_without_the_scope_is_refused(own_shop: str, method: str, path: str) -> None:
    needed = NEEDED[method, path]
    key = new_key(own_shop, [scope for scope in SCOPES if scope not in {needed, "admin"}])
    async with asking(own_shop, tuning=polling(5), key=key.key) as client:
        answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/insufficient-scope")
    assert needed in answer.json()["detail"]
    assert f'error="insufficient_scope", scope="{needed}"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(("method", "path"), NEEDED)
async def test_admin_has_every_scope(own_shop: str, method: str, path: str) -> None:
    key = new_key(own_shop, ["admin"])
    async with asking(own_shop, tuning=polling(5), key=key.key) as client:
        assert (await client.request(method, path)).status_code not in {401, 403}


async def test_a_key_without_the_scope_cannot_tell_known_from_unknown_customers(own_shop: str) -> None:
    key = new_key(own_shop)
    async with asking(own_shop, tuning=polling(5)) as client:
        ((known, *_), *_) = (await client.get("/v1/customers?limit=1")).json()["data"][0]["customer_id"], None
        told = [
            (await client.get(f"/v1/customers/{customer}", headers=bearer(key.key))).json() | {"instance": ""}
            for customer in (known, "nobody")
        ]
    assert told[0] == told[1]


def same(answer: Response) -> tuple[int, str, dict[str, str]]:
    kept = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, answer.text, kept


async def test_all_invalid_keys_get_the_same_answer(own_shop: str) -> None:
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
    async with asking(own_shop, tuning=polling(5)) as client:
        answers = [
            await client.get(SEGMENTS, headers=[(b"Authorization", f"Bearer {each}".encode())]) for each in wrong
        ]
    assert {status for status, *_ in map(same, answers)} == {401}
    assert all(same(each) == same(answers[0]) for each in answers)


async def test_a_header_of_100_kb_is_refused(own_shop: str) -> None:
    async with asking(own_shop, tuning=polling(5)) as client:
        assert (await client.get(SEGMENTS, headers=bearer("x" * 100_000))).status_code == 401


async def before_and_after_expiry(own_shop: str, seconds: float) -> tuple[int, int]:
    key = new_key(own_shop, expires_at=datetime.now(UTC) + timedelta(seconds=seconds))
    async with asking(own_shop, tuning=polling(5)) as client:
        before = (await client.get(SEGMENTS, headers=bearer(key.key))).status_code
        return before, (await until(client, key.key, 401)).status_code


async def test_an_expired_key_is_refused(own_shop: str) -> None:
    answers = await before_and_after_expiry(own_shop, 2)
    if answers[0] == 401:  # the key expired before the app had started, on a busy machine
        answers = await before_and_after_expiry(own_shop, 15)
    assert answers == (200, 401)


async def test_a_running_app_refuses_a_revoked_key_at_once(own_shop: str) -> None:
    key = new_key(own_shop)
    async with asking(own_shop, tuning=polling(3600)) as client, asking(own_shop, tuning=polling(3600)) as other:
        for each in (client, other):
            assert (await until(each, key.key, 200)).status_code == 200
        do(own_shop, api_keys.revoke, key.key_id)
        for each in (client, other):
            assert (await until(each, key.key, 401)).status_code == 401


async def test_a_change_without_a_notification_is_found_by_polling(own_shop: str) -> None:
    key = new_key(own_shop)
    async with asking(own_shop, tuning=polling(0.05)) as client:
        assert (await until(client, key.key, 200)).status_code == 200
        change(own_shop, "update access.api_key set revoked_at = now()")
        assert (await until(client, key.key, 401)).status_code == 401


async def test_the_listener_reconnects_after_a_lost_connection(own_shop: str) -> None:
    key = new_key(own_shop)
    async with asking(own_shop, tuning=polling(3600)) as client:
        assert (await until(client, key.key, 200)).status_code == 200
        change(own_shop, CUT)
        do(own_shop, api_keys.revoke, key.key_id)
        assert (await until(client, key.key, 401)).status_code == 401


async def test_both_secrets_are_accepted_in_the_grace_period(own_shop: str) -> None:
    old = new_key(own_shop)
    new = do(own_shop, api_keys.rotate, old.key_id, HOUR)
    async with asking(own_shop, tuning=polling(5)) as client:
        found = [(await client.get(SEGMENTS, headers=bearer(each.key))).status_code for each in (old, new)]
    assert found == [200, 200]


async def test_the_old_secret_is_refused_after_the_grace_period(own_shop: str) -> None:
    old = new_key(own_shop)
    async with asking(own_shop, tuning=polling(5)) as client:
        assert (await until(client, old.key, 200)).status_code == 200
        new = do(own_shop, api_keys.rotate, old.key_id, timedelta(0))
        assert (await until(client, old.key, 401)).status_code == 401
        assert (await until(client, new.key, 200)).status_code == 200


async def test_an_open_server_needs_a_key_once_one_is_created(own_shop: str) -> None:
    local = {"Host": "localhost"}
    async with asking(own_shop, tuning=polling(5), key=None, api_key=None) as client:
        assert (await client.get(SEGMENTS, headers=local)).status_code == 200
        new_key(own_shop)
        with anyio.fail_after(20):
            while (await client.get(SEGMENTS, headers=local)).status_code != 401:
                await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("statement", ["update access.api_key set revoked_at = now()", "delete from access.api_key"])
async def test_a_server_stays_guarded_without_active_keys(own_shop: str, statement: str) -> None:
    key = new_key(own_shop)
    async with asking(own_shop, tuning=polling(0.05), key=None, api_key=None) as client:
        assert (await until(client, key.key, 200)).status_code == 200
        change(own_shop, statement)
        assert (await until(client, key.key, 401)).status_code == 401
        assert (await client.get(SEGMENTS, headers={"Host": "localhost"})).status_code == 401


async def test_a_new_server_is_guarded_by_a_revoked_key(own_shop: str) -> None:
    do(own_shop, api_keys.revoke, new_key(own_shop).key_id)
    async with asking(own_shop, tuning=polling(5), key=None, api_key=None) as client:
        assert (await client.get(SEGMENTS, headers={"Host": "localhost"})).status_code == 401


async def test_the_last_use_is_written_when_the_app_stops(own_shop: str) -> None:
    used, other = new_key(own_shop), new_key(own_shop)
    async with asking(own_shop, tuning=polling(5)) as client:
        await client.get(SEGMENTS, headers=bearer(used.key))
    at = {row["key_id"]: row["last_used_at"] for row in do(own_shop, api_keys.read_all)}
    assert [at[each.key_id] is None for each in (used, other)] == [False, True]


async def test_without_a_key_unknown_paths_look_like_known_ones(client: AsyncClient) -> None:
    answers = [(await client.get(path, headers=bearer("x"))).status_code for path in (SEGMENTS, "/v1/nothing")]
    assert answers == [401, 401]


@pytest.mark.parametrize(
    ("state", "trace"), [("revoked", "revoked key"), ("expired", "expired key"), ("", "wrong secret of key")]
)
async def test_a_refused_key_is_logged_without_its_secret(
    own_shop: str, caplog: pytest.LogCaptureFixture, state: str, trace: str
) -> None:
    key = new_key(own_shop, expires_at=datetime.now(UTC) - HOUR if state == "expired" else None)
    if state == "revoked":
        do(own_shop, api_keys.revoke, key.key_id)
    secret = key.key.rpartition("_")[2]
    async with asking(own_shop, client=("192.0.2.7", 1)) as client:
        await client.get(SEGMENTS, headers=bearer(key.key if state else f"{key.key}x"))
    (line,) = [each.getMessage() for each in caplog.records if each.name == "regulars.access"]
    assert f"{trace} {key.key_id}, from 192.0.2.7, GET {SEGMENTS}" in line
    assert secret not in line


async def test_the_log_lines_of_refused_keys_are_bounded(own_shop: str, caplog: pytest.LogCaptureFixture) -> None:
    async with asking(own_shop, tuning=polling(5)) as client:
        for _ in range(80):
            await client.get(SEGMENTS, headers=bearer("rgl_x_y"))
    assert len([each for each in caplog.records if each.name == "regulars.access"]) == 60


async def test_a_first_load_that_takes_too_long_is_completed(own_shop: str) -> None:
    may_end, ended = asyncio.Event(), asyncio.Event()

    class SlowReader(Reader):
        async def rows(self, *_: Any, **__: Any) -> Sequence[Row[Any]]:
            await may_end.wait()
            ended.set()
            return []

    engine = make_async_engine(own_shop)
    keys = ApiKeys(Settings(), None, KeyRefresh(first_load_seconds=0))
    async with keys.refreshed(SlowReader(engine, Settings())):
        assert not ended.is_set()
        may_end.set()
    assert ended.is_set()
    await engine.dispose()
