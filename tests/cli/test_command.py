"""How the command starts what was asked for."""

import subprocess
import sys

import pytest

HELP_THEN_PRIORITY = """
import os, sys
from app.cli.command import main
before = os.nice(0)
try:
    main()
finally:
    print(os.nice(0) - before)
"""


@pytest.mark.parametrize(("asked", "lower"), [("train", 10), ("worker", 10), ("serve", 0), ("ingest", 0)])
def test_whoever_trains_gives_way_to_whoever_serves(asked: str, lower: int) -> None:
    command = [sys.executable, "-c", HELP_THEN_PRIORITY, asked, "--help"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert int(said.splitlines()[-1]) == lower
