"""Start of a subcommand."""

import os
import subprocess
import sys
from importlib.metadata import version

import pytest

from tests.acceptance.service import regulars

HELP_THEN_PRIORITY = """
import os, sys
from app.cli.command import main
before = os.nice(0)
try:
    main()
finally:
    print(os.nice(0) - before)
"""


LOWEST = 19


@pytest.mark.parametrize(("command", "lower"), [("train", 10), ("worker", 10), ("serve", 0), ("ingest", 0)])
def test_training_has_a_lower_priority_than_the_api(command: str, lower: int) -> None:
    arguments = [sys.executable, "-c", HELP_THEN_PRIORITY, command, "--help"]
    said = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    assert int(said.splitlines()[-1]) == min(lower, LOWEST - os.nice(0))


def test_the_version_is_printed() -> None:
    shown = regulars("--version")
    assert (shown.returncode, shown.stdout) == (0, f"regulars {version('regulars')}\n")


def test_an_unknown_variable_is_one_line_with_the_nearest_name() -> None:
    failed = regulars("status", REGULARS_DATABSE_URL="postgresql://localhost/shop")
    assert (failed.returncode, failed.stderr) == (
        2,
        "regulars: REGULARS_DATABSE_URL: there is no such setting; did you mean REGULARS_DATABASE_URL?\n",
    )
