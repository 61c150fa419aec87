"""Start of a subcommand."""

import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.acceptance.service import regulars
from tests.s3 import free_ports

HELP_THEN_PRIORITY = """
import os, sys
from app.cli import main
before = os.nice(0)
try:
    main()
finally:
    print(os.nice(0) - before)
"""


SIGNAL_WHILE_IMPORTING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # the parent of the tests may ignore it
module, number = sys.argv.pop(1), int(sys.argv.pop(1))
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            os.kill(os.getpid(), number)
sys.meta_path.insert(0, Finder())
from app.cli import main
main()
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


def stopped_while_importing(module: str, number: signal.Signals, *arguments: str) -> int:
    """The exit code of a command that gets a signal while it imports a module."""
    command = [sys.executable, "-c", SIGNAL_WHILE_IMPORTING, module, str(int(number)), *arguments]
    return subprocess.run(command, check=False, capture_output=True).returncode


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", ["typer", "app.cli.up", "app.cli.start"])
def test_up_ends_with_success_if_it_is_stopped_while_it_starts(
    module: str, number: signal.Signals, tmp_path: Path
) -> None:
    assert (
        stopped_while_importing(module, number, "up", "--data-dir", str(tmp_path), "--port", str(free_ports(1)[0])) == 0
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_other_commands_do_not_succeed_if_they_are_stopped(number: signal.Signals) -> None:
    assert stopped_while_importing("app.cli.operations", number, "status") == 130


@pytest.mark.parametrize(("name", "module"), [("ingest", "app.pipeline.ingest"), ("worker", "app.pipeline.retrain")])
def test_nothing_that_only_trainings_need_is_imported_at_the_start(name: str, module: str) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "app.cli", name, "--help"]
    imports = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    assert module in imports
    assert [each for each in ("sklearn", "scipy.optimize") if each in imports] == []
