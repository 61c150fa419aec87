"""One file a day, as the source bucket holds them: where it lies, and how it appears there whole."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

from app.errors import Misconfigured


@dataclass(frozen=True)
class DaySummary:
    """One daily file that is complete on disk; `rows` without the header, `size` in bytes."""

    day: date
    path: Path
    rows: int
    size: int


@dataclass(frozen=True)
class Summary:
    """What was written in all; `rows` without headers, `size` in bytes, both dates inclusive."""

    days: int
    rows: int
    size: int
    first: date
    last: date


Progress = Callable[[DaySummary], None]


def total(written: list[DaySummary]) -> Summary:
    """Return the sum of at least one daily file, in order of their days."""
    rows, size = sum(one.rows for one in written), sum(one.size for one in written)
    return Summary(len(written), rows, size, written[0].day, written[-1].day)


def day_path(out: Path, day: date) -> Path:
    """Return `<out>/<day>/<day>_transactions.csv`."""
    return out / f"{day}" / f"{day}_transactions.csv"


def dated(start: date, number: int) -> date:
    """Return the day `number` days after `start`; Misconfigured when the calendar ends before it."""
    try:
        return start + timedelta(days=number)
    except OverflowError as error:
        raise Misconfigured(f"{start} and {number} days is past the year 9999: start earlier.") from error


def claim(out: Path, *, replace: bool) -> None:
    """Make the folder `out`; Misconfigured when it cannot be, or holds anything and `replace` is false."""
    with unwritable(out):
        out.mkdir(parents=True, exist_ok=True)
        occupied = any(out.iterdir())
    if occupied and not replace:
        raise Misconfigured(f"{out} is not empty: name an empty folder, or have its days replaced (--replace).")


@contextmanager
def unwritable(place: Path) -> Iterator[None]:
    """Turn the operating system's refusal to write at `place` into Misconfigured."""
    try:
        yield
    except OSError as error:
        raise Misconfigured(
            f"{place} cannot be written: {error.strerror or error}. Free space, or name another folder."
        ) from error


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Give a file that takes the name `path` once the block ends well, and leaves no trace when it does not.

    Until then it is called `<path>.part`, which no source lists.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with unwritable(path):
            path.parent.mkdir(exist_ok=True)
            with part.open("wb") as file:
                yield file
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()
