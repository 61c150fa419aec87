"""Files of a dry run."""

from pathlib import Path

import pytest

from app.errors import StoreUnusable
from app.pipeline.dry_run.source import PathsSource
from tests.layers import ISO


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for key in ("march/a.csv", "march/b.csv", "april/c.csv", "export.dat"):
        (tmp_path / key).parent.mkdir(exist_ok=True)
        (tmp_path / key).write_text(key)
    return tmp_path


def keys(*paths: Path) -> list[str]:
    return [listed.key for listed in PathsSource(paths, ISO).list()]


def test_keys_begin_below_a_single_folder(shop: Path) -> None:
    assert keys(shop / "march") == ["a.csv", "b.csv"]


def test_keys_begin_below_the_innermost_common_folder(shop: Path) -> None:
    assert keys(shop / "march", shop / "april/c.csv") == ["april/c.csv", "march/a.csv", "march/b.csv"]


def test_a_file_that_is_named_is_listed_whatever_its_suffix(shop: Path) -> None:
    assert keys(shop / "export.dat") == ["export.dat"]


def test_a_file_below_two_paths_is_listed_once(shop: Path) -> None:
    assert keys(shop / "march", shop / "march/a.csv") == ["a.csv", "b.csv"]


def test_other_suffixes_are_counted(shop: Path) -> None:
    source = PathsSource([shop], ISO)
    assert (len(list(source.list())), source.skipped) == (3, {".dat": 1})


def test_a_listed_file_can_be_read(shop: Path) -> None:
    source = PathsSource([shop / "march/a.csv", shop / "april"], ISO)
    with source.fetch(list(source.list())[1]).content as content:
        assert content.read() == b"march/a.csv"


def test_a_missing_path_is_rejected(shop: Path) -> None:
    with pytest.raises(StoreUnusable, match=r"may does not exist; give folders or files of sales"):
        PathsSource([shop / "may"], ISO)
