"""Invented sales that behave like real ones, as daily files in the layout of the source bucket."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.errors import Misconfigured
from app.prepare.daily_files import DaySummary, Progress, Summary, claim, dated, day_path, total, writing
from app.prepare.generator.csv_rows import HEADER
from app.prepare.generator.customers import Habits
from app.prepare.generator.simulation import Simulation

CUSTOMERS, DAYS = 4000, 120


@dataclass(frozen=True)
class Generated(Summary):
    """What was written, and how many different customers bought."""

    customers: int


def generate(
    out: Path,
    *,
    customers: int = CUSTOMERS,
    days: int = DAYS,
    start: date,
    seed: int,
    replace: bool = False,
    progress: Progress | None = None,
) -> Generated:
    """Write `days` daily files from `start` on into `out` and return what was written.

    `customers` is how many first bought within the two years before `start`; some are lost by then, and as
    many come anew in every two years. In 120 days there are about 30 rows for each, and every other one buys.
    The same arguments give the same bytes (with one version of NumPy), and fewer days give the first files of
    more days. Memory grows with `customers`, by some 100 bytes each, not with `days`.

    `progress` is told of each day once its file is complete. Misconfigured: a number is out of range, or
    `out` cannot be written or holds anything. With `replace`, days that `out` holds already are written over
    and its other files stay.
    """
    check(customers, days, seed)
    dated(start, days - 1)
    claim(out, replace=replace)
    simulation = Simulation(customers, seed, Habits())
    written = []
    for number in range(days):
        written.append(write_day(out, dated(start, number), number, simulation))
        if progress is not None:
            progress(written[-1])
    summary = total(written)
    return Generated(**vars(summary), customers=simulation.customers.buyers)


def check(customers: int, days: int, seed: int) -> None:
    """Raise Misconfigured for the first argument that is out of range."""
    for name, value, least in (("customers", customers, 1), ("days", days, 1), ("seed", seed, 0)):
        if value < least:
            raise Misconfigured(f"{name} is {value}: give {least} or more.")


def write_day(out: Path, day: date, number: int, simulation: Simulation) -> DaySummary:
    """Write the file of one day, which appears whole."""
    path, rows = day_path(out, day), 0
    with writing(path) as file:
        file.write(HEADER)
        for count, text in simulation.day(number, day):
            file.write(text)
            rows += count
        size = file.tell()
    return DaySummary(day, path, rows, size)
