"""API keys in the database: creation, rotation, expiry and revocation."""

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from app.access import api_keys
from app.access.scopes import SCOPES, read_scopes
from app.errors import InvalidSelection
from tests.loading import query

HOUR = timedelta(hours=1)


def row(engine: Engine, key_id: str) -> dict[str, Any]:
    return next(each for each in api_keys.read_all(engine) if each["key_id"] == key_id)


def test_a_key_is_an_id_and_a_secret_of_256_bits(engine: Engine) -> None:
    new = api_keys.create(engine, "crm", ["customers:read"])
    assert re.fullmatch(rf"rgl_{new.key_id}_[a-z2-7]{{52}}", new.key)


def test_of_a_secret_only_the_hash_is_stored(engine: Engine) -> None:
    new = api_keys.create(engine, "crm", ["customers:read"])
    secret = new.key.rsplit("_", 1)[-1]
    stored = query(engine, "select to_jsonb(k)::text, secret_sha256 from access.api_key as k")
    assert (secret in stored[0][0], stored[0][1]) == (False, sha256(secret.encode()).digest())


def test_a_new_key_is_active_and_was_never_used(engine: Engine) -> None:
    found = row(engine, api_keys.create(engine, "crm", ["customers:read"], 60).key_id)
    assert [found[name] for name in ("state", "last_used_at", "requests_a_minute")] == ["active", None, 60]


def test_an_expired_key_has_that_state(engine: Engine) -> None:
    new = api_keys.create(engine, "crm", ["customers:read"], expires_at=datetime.now(UTC) - HOUR)
    assert row(engine, new.key_id)["state"] == "expired"


def test_an_expired_key_is_not_rotated(engine: Engine) -> None:
    new = api_keys.create(engine, "crm", ["customers:read"], expires_at=datetime.now(UTC) - HOUR)
    with pytest.raises(InvalidSelection, match="No active key"):
        api_keys.rotate(engine, new.key_id, HOUR)


def test_a_revoked_key_keeps_its_row(engine: Engine) -> None:
    new = api_keys.create(engine, "crm", ["customers:read"])
    api_keys.revoke(engine, new.key_id)
    assert (row(engine, new.key_id)["state"], api_keys.has_keys(engine)) == ("revoked", True)


def test_a_key_is_found_by_its_name(engine: Engine) -> None:
    new = api_keys.create(engine, "crm", ["customers:read"])
    assert api_keys.revoke(engine, "crm") == new.key_id


def test_a_second_key_of_the_same_name_is_refused(engine: Engine) -> None:
    api_keys.create(engine, "crm", ["customers:read"])
    with pytest.raises(
        InvalidSelection, match="A key named 'crm' exists already: rotate or revoke it, or give another"
    ):
        api_keys.create(engine, "crm", ["customers:read"])
    assert len(api_keys.read_all(engine)) == 1


def test_the_name_of_a_revoked_key_can_be_used_again(engine: Engine) -> None:
    first = api_keys.create(engine, "crm", ["customers:read"])
    api_keys.revoke(engine, "crm")
    second = api_keys.create(engine, "crm", ["customers:read"])
    assert api_keys.revoke(engine, "crm") == second.key_id != first.key_id


def test_for_an_unknown_key_the_nearest_name_is_suggested(engine: Engine) -> None:
    api_keys.create(engine, "crm-live", ["customers:read"])
    with pytest.raises(InvalidSelection, match="did you mean crm-live"):
        api_keys.rotate(engine, "crm-liv", HOUR)


def test_a_revoked_key_cannot_be_rotated(engine: Engine) -> None:
    new = api_keys.create(engine, "crm", ["customers:read"])
    api_keys.revoke(engine, new.key_id)
    with pytest.raises(InvalidSelection, match="No active key"):
        api_keys.rotate(engine, new.key_id, HOUR)


def test_rotation_keeps_the_id_and_the_secret_before(engine: Engine) -> None:
    old = api_keys.create(engine, "crm", ["customers:read"])
    new = api_keys.rotate(engine, "crm", HOUR)
    stored = query(engine, "select previous_sha256, secret_sha256 from access.api_key")
    digests = [sha256(each.key.rsplit("_", 1)[-1].encode()).digest() for each in (old, new)]
    assert (new.key_id, list(stored[0])) == (old.key_id, digests)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\0b", "x" * 101])
def test_a_name_that_is_not_printable_is_refused(engine: Engine, name: str) -> None:
    with pytest.raises(InvalidSelection, match="Invalid key name"):
        api_keys.create(engine, name, ["customers:read"])


def test_listeners_are_notified_of_every_change(engine: Engine) -> None:
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as listening:
        listening.execute(f"listen {api_keys.API_KEYS_CHANNEL}")
        new = api_keys.create(engine, "crm", ["customers:read"])
        api_keys.rotate(engine, new.key_id, HOUR)
        api_keys.revoke(engine, new.key_id)
        assert len(list(listening.notifies(timeout=10, stop_after=3))) == 3


def test_the_last_use_is_recorded(engine: Engine) -> None:
    used, other = (api_keys.create(engine, name, ["customers:read"]).key_id for name in ("a", "b"))
    api_keys.touch_last_used(engine, [used])
    assert [row(engine, each)["last_used_at"] is None for each in (used, other)] == [False, True]


def test_scopes_are_read_in_their_order() -> None:
    assert read_scopes(["runs:write", "customers:read", "runs:write"]) == ["customers:read", "runs:write"]


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [("customer:read", "did you mean customers:read"), ("Admin", "did you mean admin"), ("?", ", ".join(SCOPES))],
)
def test_for_an_unknown_scope_the_nearest_is_suggested(wanted: str, hint: str) -> None:
    with pytest.raises(InvalidSelection, match=hint):
        read_scopes([wanted])


def test_a_key_without_a_scope_is_refused() -> None:
    with pytest.raises(InvalidSelection, match="No scope given: use one or more"):
        read_scopes([])
