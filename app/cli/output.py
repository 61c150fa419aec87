"""Output of commands: tables, lines, progress bars, and JSON.

All texts pass `safe`, because names of files, ids and messages of servers are not trusted, and an escape sequence could
rewrite the operator's terminal.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from app.cli.logs import escape_control_characters
from app.errors import InvalidContract

WIDTH_WITHOUT_TERMINAL = 110
out = Console(width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL)
err = Console(stderr=True)


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    numbers: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> None:
    """Print a table; columns named in `numbers` are aligned to the right, those in `whole` are never shortened."""
    shown = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1))
    for position, column in enumerate(columns):
        width = max((len(str(row[position])) for row in rows), default=0) if column in whole else None
        shown.add_column(column, justify="right" if column in numbers else "left", min_width=width)
    for row in rows:
        shown.add_row(*(safe(str(cell)) for cell in row))
    out.print(shown)


def print_text(text: str) -> None:
    """Print a text on standard output, in whole: lines longer than the terminal are wrapped by it."""
    out.print(safe(text), highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print a value as JSON; dates, ids and decimals as text."""
    sys.stdout.write(json.dumps(value, default=str, indent=2) + "\n")


def print_message(line: str) -> None:
    """Print a line on standard error."""
    err.print(safe(line), highlight=False, soft_wrap=True)


def print_error(error: Exception) -> None:
    """Print an error as one line on standard error; the problems of a contract as one line each."""
    lines = error.problems if isinstance(error, InvalidContract) else (f"{error}",)
    for line in lines:
        print_message(escape_control_characters(f"regulars: {line}"))


def safe(text: str) -> Text:
    """Return a text without markup, and with control characters except line breaks escaped."""
    return Text("\n".join(map(escape_control_characters, text.split("\n"))))


@contextmanager
def progress_bar(what: str, unit: str) -> Iterator["Bar"]:
    """Show a bar on standard error; on a terminal only, so that logs stay readable."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit, markup=False),
        TextColumn("{task.fields[note]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal) as progress:
        yield Bar(progress, progress.add_task(what, total=None, note=""))


class Bar:
    """One task of a progress bar."""

    def __init__(self, progress: Progress, task: Any) -> None:
        self._progress = progress
        self._task = task

    def show(self, done: int, total: int, note: str = "") -> None:
        """Show the progress `done` of `total`."""
        self._progress.update(self._task, completed=done, total=total, note=escape_control_characters(note))

    def note(self, note: str) -> None:
        """Show the current item of a task whose total is unknown."""
        self._progress.update(self._task, advance=1, note=escape_control_characters(note))
