"""The sources of a contract's servers."""

from pathlib import Path

import pytest

from app.errors import Misconfigured, StoreUnusable
from app.settings import Settings
from app.source.open import open_sources
from tests.contracts import written


def server(name: str, path: Path | None = None) -> dict[str, str]:
    place = {} if path is None else {"path": str(path)}
    return {"server": name, "type": "local", "format": "csv", **place}


def named(tmp_path: Path, *servers: dict[str, str], source: Path | None = None) -> list[tuple[str, str]]:
    """Name and place of every source."""
    contract = written(tmp_path, keys={"servers": [*servers]})
    opened = open_sources(Settings(source=str(source) if source else None, contract=contract, source_name="mine"))
    return [(each.name, each.bucket) for each, _ in opened]


def test_a_server_without_a_location_takes_the_source_of_the_settings(tmp_path: Path) -> None:
    assert named(tmp_path, server("till"), source=tmp_path) == [("mine", str(tmp_path))]


def test_a_server_with_a_location_has_its_own_name(tmp_path: Path) -> None:
    assert named(tmp_path, server("till", tmp_path)) == [("till", str(tmp_path))]


def test_every_server_is_a_source(tmp_path: Path) -> None:
    found = named(tmp_path, server("till", tmp_path / "a"), server("shop"), source=tmp_path / "b")
    assert found == [("till", str(tmp_path / "a")), ("mine", str(tmp_path / "b"))]


def test_without_a_source_in_the_settings_the_others_are_read(tmp_path: Path) -> None:
    assert named(tmp_path, server("till", tmp_path), server("shop")) == [("till", str(tmp_path))]


def test_a_source_that_no_server_would_take_is_misconfigured(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="remove REGULARS_SOURCE"):
        named(tmp_path, server("till", tmp_path), source=tmp_path)


def test_two_sources_of_one_name_are_misconfigured(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="REGULARS_SOURCE_NAME: set another"):
        named(tmp_path, server("mine", tmp_path / "a"), server("till"), source=tmp_path / "b")


def test_the_error_of_a_missing_folder_names_the_key_of_its_server(tmp_path: Path) -> None:
    contract = written(tmp_path, keys={"servers": [server("till", tmp_path / "gone")]})
    [(source, _)] = open_sources(Settings(contract=contract))
    with pytest.raises(StoreUnusable, match=r"gone does not exist; check servers.till.location of the contract"):
        list(source.list())


def test_the_error_of_a_missing_folder_names_the_setting(tmp_path: Path) -> None:
    contract = written(tmp_path, keys={"servers": [server("till")]})
    [(source, _)] = open_sources(Settings(source=str(tmp_path / "gone"), contract=contract))
    with pytest.raises(StoreUnusable, match=r"gone does not exist; check --source or REGULARS_SOURCE"):
        list(source.list())
