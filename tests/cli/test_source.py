"""`regulars source move`, and how a former source is reported."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from app.cli.command import make_app
from app.cli.doctor import examine
from app.errors import InvalidSelection
from app.jobs.context import Context
from app.settings import Settings
from tests.contracts import written
from tests.loading import change, load, query, sale

Put = Callable[..., Path]
LOCAL = {"type": "local"}


@pytest.fixture
def loaded(context: Context, put: Put, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A file of the source `sales`; `shop` is configured now."""
    put(sale())
    load(context)
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    given = {"source_name": "shop", "database_url": SecretStr(database_url)}
    return replace(context, settings=context.settings.model_copy(update=given))


def test_a_source_is_moved(loaded: Context) -> None:
    shown = CliRunner().invoke(make_app("source"), ["source", "move", "sales", "shop"])
    assert (shown.exit_code, "Moved 1 file from sales to shop" in shown.stderr) == (0, True)
    assert query(loaded.engine, "select source, state from pipeline.source_file") == [("shop", "loaded")]


def test_the_doctor_names_a_former_source_and_the_remedy(loaded: Context) -> None:
    (found,) = [each for each in examine(loaded.settings) if each.check == "former sources"]
    assert (found.verdict, "sales (1 file)" in found.found) == ("wrong", True)
    assert "`regulars source move sales shop`" in found.found


@pytest.fixture
def demonstration(loaded: Context, folder: Path) -> Settings:
    """Settings of a demonstration; the environment has no source."""
    change(loaded.engine, "update pipeline.source_file set source = 'demo'")
    folder.rename(folder.with_name("demo-sales"))
    given = {"source": None, "source_name": "sales", "data_dir": folder.parent}
    return loaded.settings.model_copy(update=given)


def test_the_doctor_finds_nothing_wrong_with_the_demonstration(demonstration: Settings) -> None:
    assert [each for each in examine(demonstration) if each.verdict == "wrong"] == []


def test_the_doctor_does_not_move_the_demonstration_to_own_sales(demonstration: Settings, tmp_path: Path) -> None:
    own = demonstration.model_copy(update={"source": str(tmp_path)})
    (found,) = [each for each in examine(own) if each.check == "former sources"]
    assert (found.verdict, "source move" in found.found) == ("wrong", False)
    assert "the demonstration (1 file) count in the results" in found.found


def test_the_doctor_names_the_file_of_an_error(loaded: Context, folder: Path) -> None:
    path = folder / "2026-01-01.csv"
    path.write_text("Invoice,Price\n")
    (found,) = [each for each in examine(loaded.settings) if each.check == "source"]
    assert (found.verdict, found.found.startswith(f"{path}: line 1: column ")) == ("wrong", True)


@pytest.mark.parametrize("names", [("zz", "shop"), ("sales", "sales"), ("sales", "My Shop")])
def test_wrong_names_are_refused_before_a_run_is_recorded(loaded: Context, names: tuple[str, str]) -> None:
    runs = query(loaded.engine, "select count(*) from pipeline.job_run")
    shown = CliRunner().invoke(make_app("source"), ["source", "move", *names])
    assert (type(shown.exception), query(loaded.engine, "select count(*) from pipeline.job_run")) == (
        InvalidSelection,
        runs,
    )


def test_the_doctor_does_not_advise_a_setting_for_servers_with_a_location(loaded: Context, tmp_path: Path) -> None:
    given = {"source": None, "contract": written(tmp_path, server={"server": "till", "path": f"{tmp_path}", **LOCAL})}
    (found,) = [each for each in examine(loaded.settings.model_copy(update=given)) if each.check == "former sources"]
    assert found.found.endswith(
        "run `regulars source move sales till`, or give a server of the contract its former name"
    )
