"""Checks of `regulars doctor` on several sources, and on empty ones."""

import json
from pathlib import Path
from typing import Any

from tests.cli.test_operations import run
from tests.conftest import HEADER
from tests.contracts import written
from tests.loading import sale


def checks(*arguments: str) -> dict[str, dict[str, Any]]:
    """Findings by the name of the check."""
    return {each["check"]: each for each in json.loads(run("doctor", "--json", *arguments).stdout)}


def shop(folder: Path) -> list[str]:
    """Options of a contract with the servers `web`, which has a file, and `pos`, whose folder is missing."""
    (folder / "web").mkdir()
    (folder / "web" / "2026-02-01.csv").write_text(f"{HEADER}\n{sale()}\n")
    servers = [
        {"server": name, "type": "local", "format": "csv", "path": f"{folder / name}"} for name in ("pos", "web")
    ]
    return ["--data-dir", f"{folder / 'data'}", "--contract", written(folder, keys={"servers": servers})]


def test_the_doctor_checks_each_source_and_validates_those_that_can_be_read(tmp_path: Path) -> None:
    found = checks(*shop(tmp_path))
    source, files = found["source"], found["files"]
    assert (source["verdict"], source["found"]) == (
        "wrong",
        f"pos: folder {tmp_path / 'pos'} does not exist; check servers.pos.location of the contract; "
        "web: reachable; the header of 2026-02-01.csv is valid",
    )
    assert files["found"].startswith("of the first 1,000 rows of the newest 1 file, 1 would pass + ")
    assert files["found"].endswith("not validated, because it cannot be read: pos")


def test_the_doctor_says_that_an_empty_folder_has_nothing_to_read(tmp_path: Path) -> None:
    arguments = ["--data-dir", f"{tmp_path / 'data'}", "--source", f"{tmp_path}"]
    source = checks(*arguments)["source"]
    assert (source["verdict"], source["found"]) == (
        "warning",
        f"reachable, but there is nothing to read: no .csv or .csv.gz file in {tmp_path}/",
    )
    assert "of all money" not in run("doctor", *arguments).stdout
