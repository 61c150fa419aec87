"""Files that appear whole or not at all."""

import os
from pathlib import Path

import pytest

from app.prepare.daily_files import atomic_write


def test_a_file_has_its_name_only_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "2025-06-02" / "2025-06-02_transactions.csv"
    with atomic_write(path) as file:
        assert [found.suffix for found in path.parent.iterdir()] == [".part"]
        written = os.fstat(file.fileno()).st_ino
    assert path.stat().st_ino == written


def test_a_failed_write_removes_its_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "2025-06-02" / "2025-06-02_transactions.csv"
    with pytest.raises(ZeroDivisionError), atomic_write(path) as file:
        file.write(b"%d" % (1 // 0))
    assert list(tmp_path.iterdir()) == []


def test_a_failure_keeps_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_bytes(b"before")
    with pytest.raises(ZeroDivisionError), atomic_write(path) as file:
        file.write(b"%d" % (1 // 0))
    assert path.read_bytes() == b"before"
