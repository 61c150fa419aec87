"""Text of others on the operator's terminal."""

import io

import pytest
from rich.console import Console

from app.cli import output
from app.errors import BrokenFile, InvalidContract

RED = "\x1b[31m[red]day.csv\x07"
ESCAPED = "\\x1b[31m[red]day.csv\\x07"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A terminal that obeys escape sequences."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, no_color=True, width=200)
    monkeypatch.setattr(output, "out", console)
    monkeypatch.setattr(output, "err", console)
    return written


def test_a_file_name_in_a_table_is_escaped(terminal: io.StringIO) -> None:
    output.print_table("Files", ["name"], [[RED]])
    assert (ESCAPED in terminal.getvalue(), RED in terminal.getvalue()) == (True, False)


def test_a_file_name_in_a_line_is_escaped(terminal: io.StringIO) -> None:
    output.print_message(f"{RED} was refused")
    assert terminal.getvalue() == f"{ESCAPED} was refused\n"


def test_an_error_is_one_line_and_escaped(terminal: io.StringIO) -> None:
    output.print_error(BrokenFile(f"{RED}\nregulars: forged"))
    assert terminal.getvalue() == f"regulars: {ESCAPED}\\nregulars: forged\n"


def test_each_problem_of_a_contract_is_one_line_and_escaped(terminal: io.StringIO) -> None:
    output.print_error(InvalidContract((f"a.yaml:1: {RED}\nx", "a.yaml:2: b")))
    assert terminal.getvalue() == f"regulars: a.yaml:1: {ESCAPED}\\nx\nregulars: a.yaml:2: b\n"


def test_a_file_name_beside_a_progress_bar_is_escaped(terminal: io.StringIO) -> None:
    with output.progress_bar("Uploading", "files") as bar:
        bar.note(RED)
    assert (ESCAPED in terminal.getvalue(), RED in terminal.getvalue()) == (True, False)


def test_a_name_in_json_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({"name": RED})
    assert "\\u001b[31m" in capsys.readouterr().out
