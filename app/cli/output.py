"""What people read: tables, progress bars, and JSON beside them."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

WIDEST_LOG = 110
out = Console(width=None if sys.stdout.isatty() else WIDEST_LOG)
err = Console(stderr=True)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], numbers: Sequence[str] = ()) -> None:
    """Print a table; the columns named in `numbers` stand to the right."""
    shown = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1))
    for column in columns:
        shown.add_column(column, justify="right" if column in numbers else "left")
    for row in rows:
        shown.add_row(*(escape(str(cell)) for cell in row))
    out.print(shown)


def as_json(value: Any) -> None:
    """Print a value as JSON; dates, ids and decimals as text."""
    sys.stdout.write(json.dumps(value, default=str, indent=2) + "\n")


def say(line: str) -> None:
    """One line for a person, out of the way of what a program reads."""
    err.print(line, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def progress_bar(what: str, unit: str) -> Iterator["Bar"]:
    """A bar on standard error; on a terminal only, so that logs stay readable."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TextColumn("{task.fields[note]}"),
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
        """So much is done of so much."""
        self._progress.update(self._task, completed=done, total=total, note=note)

    def note(self, note: str) -> None:
        """What it is at, where the whole is not known."""
        self._progress.update(self._task, advance=1, note=note)
