"""`regulars source move`, and how a former source is reported."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from app.cli.command import make_app
from app.cli.doctor import examine
from app.jobs.context import Context
from tests.loading import load, query, sale

Put = Callable[..., Path]


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
    assert (shown.exit_code, "Moved 1 files from sales to shop" in shown.stderr) == (0, True)
    assert query(loaded.engine, "select source, state from pipeline.source_file") == [("shop", "loaded")]


def test_the_doctor_names_a_former_source_and_the_remedy(loaded: Context) -> None:
    (found,) = [each for each in examine(loaded.settings) if each.check == "former sources"]
    assert (found.verdict, "sales (1 files)" in found.found) == ("wrong", True)
    assert "`regulars source move OLD shop`" in found.found
