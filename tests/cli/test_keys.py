"""The commands about keys, run in this process on a database of their own."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from app.access import api_keys
from app.cli.command import make_app
from app.errors import InvalidSelection, Misconfigured
from tests.loading import query

Ask = Callable[..., Result]
KEY = re.compile(r"rgl_([a-z2-7]{8})_[a-z2-7]{52}\n")


@pytest.fixture
def ask(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)

    def call(*arguments: str) -> Result:
        result = CliRunner().invoke(make_app("keys"), ["keys", *arguments], env={"COLUMNS": "200"})
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


def test_a_key_for_a_missing_database_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REGULARS_DATABASE_URL", raising=False)
    arguments = ["keys", "create", "crm", "--scope", "customers:read", "--data-dir", str(tmp_path / "elsewhere")]
    result = CliRunner().invoke(make_app("keys"), arguments)
    assert isinstance(result.exception, Misconfigured)
    assert list(tmp_path.iterdir()) == []


def created(ask: Ask, *options: str) -> str:
    found = KEY.fullmatch(ask("create", "crm", "--scope", "customers:read", *options).stdout)
    assert found is not None
    return found[1]


def listed(ask: Ask) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ask("list", "--json").stdout)
    return found


def test_only_the_key_is_printed_to_standard_output(ask: Ask) -> None:
    result = ask("create", "crm", "--scope", "customers:read", "--scope", "segments:read")
    assert KEY.fullmatch(result.stdout)
    assert "has customers:read, segments:read. Store it now" in result.stderr


def test_a_key_as_json_has_its_id_beside_it(ask: Ask) -> None:
    found = json.loads(ask("create", "crm", "--scope", "admin", "--json").stdout)
    assert found["key"].startswith(f"rgl_{found['key_id']}_")


def test_a_list_shows_everything_but_secrets(ask: Ask) -> None:
    key_id = created(ask, "--limit", "60")
    shown = ask("list").stdout
    assert [word in shown for word in (key_id, "crm", "active", "customers:read", "60", "rgl_")] == [True] * 5 + [False]


def test_a_list_as_json_shows_no_hash(ask: Ask) -> None:
    created(ask)
    assert [name for name in listed(ask)[0] if "sha" in name or "secret" in name] == []


@pytest.mark.parametrize(
    ("given", "shown"), [((), "default"), (("--limit", "0"), "no limit"), (("--limit", "60"), "60")]
)
def test_a_list_has_the_limits_of_keys(ask: Ask, given: tuple[str, ...], shown: str) -> None:
    created(ask, *given)
    assert f" {shown} " in ask("list").stdout


def test_an_empty_list_has_the_next_step(ask: Ask) -> None:
    assert "regulars keys create" in ask("list").stderr


@pytest.mark.parametrize(("expires", "days"), [("90d", 90), ("24h", 1), ("2w", 14)])
def test_a_key_expires_after_a_time(ask: Ask, engine: Engine, expires: str, days: int) -> None:
    created(ask, "--expires", expires)
    ((left,),) = query(engine, "select expires_at - created_at from access.api_key")
    assert timedelta(days) - left < timedelta(minutes=1)


def test_a_key_expires_after_a_date(ask: Ask) -> None:
    created(ask, "--expires", "2999-12-31")
    assert listed(ask)[0]["expires_at"] == "3000-01-01 00:00:00+00:00"


@pytest.mark.parametrize("expires", ["2001-01-01", "soon", "9999999d", "1.5h", "-1d", "0"])
def test_an_invalid_time_is_refused(ask: Ask, expires: str) -> None:
    assert ask("create", "crm", "--scope", "admin", f"--expires={expires}").exit_code == 2


def test_the_error_of_an_expiry_mentions_dates(ask: Ask) -> None:
    refused = ask("create", "crm", "--scope", "admin", "--expires=soon")
    assert "or a date YYYY-MM-DD" in refused.stderr


def test_an_unknown_scope_names_the_nearest(ask: Ask) -> None:
    with pytest.raises(InvalidSelection, match="Unknown scope 'customer:read': did you mean customers:read"):
        ask("create", "crm", "--scope", "customer:read")


def test_a_key_without_a_scope_is_refused_with_the_names(ask: Ask) -> None:
    with pytest.raises(InvalidSelection, match="use one or more of customers:read"):
        ask("create", "crm")


@pytest.mark.parametrize(("options", "hours"), [((), 24), (("--grace", "30m"), 0.5), (("--grace", "0"), 0)])
def test_the_old_secret_holds_for_the_grace(ask: Ask, engine: Engine, options: tuple[str, ...], hours: float) -> None:
    key_id = created(ask)
    assert KEY.fullmatch(ask("rotate", key_id, *options).stdout)
    ((left,),) = query(engine, "select previous_until - clock_timestamp() from access.api_key")
    assert abs(timedelta(hours=hours) - left) < timedelta(minutes=1)


def test_a_revoked_key_is_shown_as_such(ask: Ask) -> None:
    key_id = created(ask)
    assert f"Key {key_id} revoked." in ask("revoke", "crm").stderr
    assert listed(ask)[0]["state"] == "revoked"


def test_an_unknown_key_is_not_revoked(ask: Ask, engine: Engine) -> None:
    api_keys.create(engine, "crm-live", ["admin"])
    with pytest.raises(InvalidSelection, match="did you mean crm-live"):
        ask("revoke", "crm-life")
