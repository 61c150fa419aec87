"""Default data directory: the demonstration's or that of the user's own sales."""

from pathlib import Path

import pytest

from app.cli.options import DEMO_DATA_DIR, OWN_DATA_DIR, settings_with
from app.errors import Misconfigured
from app.settings import Settings


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"REGULARS_{name.upper()}", raising=False)


def make_databases(*folders: Path) -> None:
    for folder in folders:
        (folder / "postgres").mkdir(parents=True)


def test_the_demonstration_has_a_directory_of_its_own() -> None:
    make_databases(OWN_DATA_DIR)
    assert settings_with(is_up=True).data_dir == DEMO_DATA_DIR


def test_own_sales_never_go_to_the_demonstration() -> None:
    make_databases(DEMO_DATA_DIR)
    assert settings_with(is_up=True, source="./sales").data_dir == OWN_DATA_DIR


@pytest.mark.parametrize("folder", [OWN_DATA_DIR, DEMO_DATA_DIR], ids=str)
def test_other_commands_find_the_only_database(folder: Path) -> None:
    make_databases(folder)
    assert settings_with().data_dir == folder


def test_other_commands_ask_which_of_two_databases() -> None:
    make_databases(OWN_DATA_DIR, DEMO_DATA_DIR)
    with pytest.raises(Misconfigured, match="regulars-data and in regulars-demo: choose one with --data-dir"):
        settings_with()


def test_a_database_of_ones_own_needs_no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    make_databases(OWN_DATA_DIR, DEMO_DATA_DIR)
    monkeypatch.setenv("REGULARS_DATABASE_URL", "postgresql://shop@db/shop")
    assert settings_with().data_dir == OWN_DATA_DIR


def test_the_environment_names_the_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_DATA_DIR", "elsewhere")
    assert settings_with(is_up=True).data_dir == Path("elsewhere")


def test_an_option_names_the_directory() -> None:
    assert settings_with(is_up=True, data_dir=Path("elsewhere")).data_dir == Path("elsewhere")
