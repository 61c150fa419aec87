"""Dry run of the first rows of the newest files."""

import os
from datetime import date
from pathlib import Path

import pytest

from app.pipeline.dry_run.newest_files import validate_newest_files
from app.settings import Settings
from app.settings.check_list import FilesDue
from app.source.open import open_sources
from tests.pipeline.dry_run.runs import DAILY, HEADER, generic, row


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Three files of three rows, the oldest first."""
    for number in range(3):
        file = tmp_path / f"{9 - number}.csv"
        file.write_text("\n".join([HEADER, *(row(f"{number}{line}") for line in range(3)), ""]))
        os.utime(file, (1_000 + number, 1_000 + number))
    return Settings(source=str(tmp_path), contract="generic-sales", as_of=date(2026, 3, 1))


def test_the_first_rows_of_the_newest_files_are_validated(settings: Settings) -> None:
    found = validate_newest_files(settings, open_sources(settings), max_files=2, max_rows=2)
    assert [(file.key, file.rows) for file in found.files] == [("7.csv", 2), ("8.csv", 2)]


def test_the_newest_files_need_not_follow_on_each_other(tmp_path: Path) -> None:
    for day in ("2025-01-01", "2026-02-01", "2026-02-03"):
        (tmp_path / f"{day}.csv").write_text("\n".join([HEADER, row(day, day=day), ""]))
    daily = generic(tmp_path, keys={"slaProperties": DAILY})
    settings = Settings(source=str(tmp_path), contract=daily, as_of=date(2026, 3, 1))
    assert validate_newest_files(settings, open_sources(settings)).warnings == ()


def test_the_newest_files_are_not_checked_as_a_source_is(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    due = settings.model_copy(update={"files_due": FilesDue.parse("09:00")})
    validate_newest_files(due, open_sources(due), max_files=1)
    assert caplog.messages == []
