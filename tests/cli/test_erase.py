"""`regulars erase`, in this process on a database of its own."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.command import make_app
from app.cli.doctor import examine
from app.errors import InvalidSelection
from app.jobs.context import Context
from app.settings import read_settings
from tests.erasure.erasing import SECRET
from tests.loading import change, gold, load, sale

Put = Callable[..., Path]
Ask = Callable[..., Result]


@pytest.fixture
def ask(database_url: str, context: Context, put: Put, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The command, on a database with two customers."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    monkeypatch.setenv("REGULARS_ERASURE_KEY", SECRET)
    put(sale(), sale("536366", "A"))
    load(context)

    def call(*arguments: str) -> Result:
        result = CliRunner().invoke(make_app("erase"), ["erase", *arguments], env={"COLUMNS": "200"})
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


def test_the_certificate_is_shown(ask: Ask, context: Context) -> None:
    shown = ask("17850.0").stdout
    assert [word in shown for word in ("customer_hash", "gold.customer_rfm", "17850")] == [True, True, False]
    assert [row[0] for row in gold(context.engine)] == ["A"]


def test_as_json_it_can_be_kept_and_erased_by_again(ask: Ask, context: Context, tmp_path: Path) -> None:
    kept = tmp_path / "certificate.json"
    kept.write_text(ask("17850", "--json").stdout)
    change(context.engine, "delete from privacy.erasure")
    (found,) = json.loads(ask("--again", str(kept), "--json").stdout)
    assert (found["erasure_id"], found["requested_by"]) == (json.loads(kept.read_text())["erasure_id"], "cli")


@pytest.mark.parametrize("arguments", [["nobody"], [], ["A", "--again", "x"], ["--again", "/dev/null"]])
def test_impossible_erasures_are_errors(ask: Ask, arguments: list[str]) -> None:
    with pytest.raises(InvalidSelection):
        ask(*arguments)


@pytest.mark.parametrize(
    ("secret", "verdict", "said"),
    [
        (SECRET, "fine", "1 customers erased"),
        ("another key " * 4, "wrong", "set REGULARS_ERASURE_KEY to the key of these erasures"),
    ],
)
def test_the_doctor_knows_a_lost_key(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, secret: str, verdict: str, said: str
) -> None:
    ask("17850")
    monkeypatch.setenv("REGULARS_ERASURE_KEY", secret)
    (found,) = [each for each in examine(read_settings()) if each.check == "erasures"]
    assert (found.verdict, said in found.found) == (verdict, True)
