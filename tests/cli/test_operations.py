"""Commands of the operator: status and doctor."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.command import make_app
from app.errors import Misconfigured
from app.jobs.context import Context

WIDE = {"COLUMNS": "200"}


def run(command: str, *arguments: str) -> Result:
    result = CliRunner().invoke(make_app(command), [command, *arguments], env=WIDE)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def database(context: Context, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database and source of the context, in the environment."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    monkeypatch.setenv("REGULARS_SOURCE", str(context.settings.source))


def test_status_without_a_database_is_refused_and_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"there is no database in .*/typo: give --data-dir"):
        run("status", "--data-dir", str(tmp_path / "typo"))
    assert list(tmp_path.iterdir()) == []


def test_doctor_without_a_database_creates_nothing(tmp_path: Path) -> None:
    found = run("doctor", "--data-dir", str(tmp_path / "typo"), "--source", str(tmp_path)).stdout
    assert ("none in " in found, list(tmp_path.iterdir())) == (True, [])


def test_doctor_fails_if_a_check_fails(database: None) -> None:
    failed = run("doctor", "--source", "/no/such/folder", "--json")
    wrong = [finding["check"] for finding in json.loads(failed.stdout) if finding["verdict"] == "wrong"]
    assert (failed.exit_code, wrong, failed.stderr) == (2, ["source"], "1 of 6 checks failed.\n")


def test_status_names_its_rows_in_plain_words(database: None) -> None:
    shown = run("status").stdout
    names = ["sales through", "warning", "quality gate", "leader", "queue", "last success", "current run"]
    assert [name for name in names if f" {name} " not in shown] == []
