"""A second source for a database that has files of another one."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli.other_sources import check_no_other_source
from app.errors import Misconfigured
from app.jobs.context import Context
from tests.loading import load, sale


@pytest.fixture
def loaded(context: Context, put: Callable[..., Path]) -> Context:
    put(sale())
    load(context)
    return context


def at(context: Context, folder: Path) -> Context:
    return replace(context, settings=context.settings.model_copy(update={"source": str(folder)}))


def test_a_new_source_is_refused(loaded: Context, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"files of another source \(1 of .*/sales/\) .* --add-source"):
        check_no_other_source(at(loaded, tmp_path))


def test_a_new_source_can_be_added_explicitly(loaded: Context, tmp_path: Path) -> None:
    check_no_other_source(at(loaded, tmp_path), add_source=True)


def test_the_source_of_the_files_is_accepted(loaded: Context) -> None:
    check_no_other_source(loaded)


def test_any_source_is_accepted_by_an_empty_database(context: Context, tmp_path: Path) -> None:
    check_no_other_source(at(context, tmp_path))


def test_a_moved_source_is_accepted(loaded: Context, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "moved")
    check_no_other_source(at(loaded, tmp_path / "moved"))


def test_a_source_without_a_file_of_the_database_is_refused(loaded: Context, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "2026-02-01.csv").write_text("another shop")
    with pytest.raises(Misconfigured, match="another source"):
        check_no_other_source(at(loaded, tmp_path / "other"))
