"""Pictures of the dashboard: complete, small, and shown in the documentation."""

import re
from pathlib import Path

from tests.acceptance.screenshots import FOLDER, PICTURES

ROOT = FOLDER.parents[1]
LARGEST_BYTES = 250_000
NAMES = {f"{picture.name}.png" for picture in PICTURES}


def shown(document: Path) -> list[Path]:
    """Local pictures that a document shows."""
    found = re.findall(r"!\[[^\]]+\]\(([^):]+\.png)\)", document.read_text(encoding="utf-8"))
    return [(document.parent / path).resolve() for path in found]


def test_every_picture_is_in_the_folder_and_no_other() -> None:
    assert {path.name for path in FOLDER.iterdir()} == NAMES


def test_every_picture_is_shown() -> None:
    paths = [path for name in ("README.md", "docs/dashboard.md") for path in shown(ROOT / name)]
    assert {path.name for path in paths} == NAMES
    assert {path.parent for path in paths} == {FOLDER}


def test_the_readme_opens_with_the_overview() -> None:
    assert shown(ROOT / "README.md")[0].name == "overview.png"


def test_pictures_are_small() -> None:
    assert [path.name for path in FOLDER.iterdir() if path.stat().st_size > LARGEST_BYTES] == []
