"""Daily sales files: paths in the layout of the source, atomic writes, summaries."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

from app.errors import Misconfigured


@dataclass(frozen=True)
class DaySummary:
    """One complete daily file.

    Attributes:
        rows: number of rows, without the header.
        size: bytes.
    """

    day: date
    path: Path
    rows: int
    size: int


@dataclass(frozen=True)
class Summary:
    """Totals of the written daily files.

    Attributes:
        days: number of files.
        rows: number of rows, without headers.
        size: bytes.
        first, last: first and last day, inclusive.
    """

    days: int
    rows: int
    size: int
    first: date
    last: date


SplitProgress = Callable[[DaySummary], None]


def summarise(written: list[DaySummary]) -> Summary:
    """Return the totals of one or more daily files, given in order of their days."""
    rows, size = sum(one.rows for one in written), sum(one.size for one in written)
    return Summary(len(written), rows, size, written[0].day, written[-1].day)


def day_path(out: Path, day: date) -> Path:
    """Return `<out>/<day>/<day>_transactions.csv`."""
    return out / f"{day}" / f"{day}_transactions.csv"


def nth_day(start: date, number: int) -> date:
    """Return `start` plus `number` days; raises Misconfigured after the year 9999."""
    try:
        return start + timedelta(days=number)
    except OverflowError as error:
        raise Misconfigured(f"{start} plus {number} days is after the year 9999: choose an earlier start.") from error


def claim_folder(out: Path, *, replace: bool) -> None:
    """Create the folder `out`; raises Misconfigured if that fails, or if it is not empty and `replace` is false."""
    with write_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        occupied = any(out.iterdir())
    if occupied and not replace:
        raise Misconfigured(f"{out} is not empty: choose an empty folder, or overwrite its days with --replace.")


@contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Translate an OSError while writing `path` into Misconfigured."""
    try:
        yield
    except OSError as error:
        raise Misconfigured(
            f"{path} cannot be written: {error.strerror or error}. Free space, or choose another folder."
        ) from error


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file `<path>.part`, which is renamed to `path` after success and removed after a failure.

    A source does not list files with this suffix.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with write_errors(path):
            path.parent.mkdir(exist_ok=True)
            with part.open("wb") as file:
                yield file
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()
