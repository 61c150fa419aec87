"""Synthetic sales as daily files in the layout of the source bucket."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.errors import Misconfigured
from app.prepare.daily_files import (
    DaySummary,
    SplitProgress,
    Summary,
    atomic_write,
    claim_folder,
    day_path,
    nth_day,
    summarise,
)
from app.prepare.generator.csv_rows import HEADER
from app.prepare.generator.customers import Habits
from app.prepare.generator.simulation import Simulation

CUSTOMERS, DAYS = 4000, 120


@dataclass(frozen=True)
class GeneratedSummary(Summary):
    """Totals of the generated files.

    Attributes:
        customers: number of distinct customers with orders.
    """

    customers: int


def generate(
    out: Path,
    *,
    customers: int = CUSTOMERS,
    days: int = DAYS,
    start: date,
    seed: int,
    calendar_start: date | None = None,
    replace: bool = False,
    progress: SplitProgress | None = None,
) -> GeneratedSummary:
    """Write `days` daily files from `start` on into `out`.

    The same arguments give the same bytes (with the same version of NumPy), and the files of fewer days are the first
    files of more days. Memory grows with `customers`, about 100 bytes each, not with `days`.

    Args:
        customers: number of customers with a first order in the two years before `start`; some have dropped out by
            then, and as many new customers join every two years. In 120 days, about half of the customers order, with
            30 rows per customer on average.
        calendar_start: date with the weekday and season of the first day, by default `start`. With a fixed date, the
            rows do not depend on `start`, except for InvoiceDate.
        replace: whether to overwrite existing days in `out`; its other files are kept.
        progress: called with each day when its file is complete.

    Raises Misconfigured if an argument is out of range, or `out` is not empty or not writable.
    """
    check_arguments(customers, days, seed)
    calendar_start = calendar_start or start
    for first in (start, calendar_start):
        nth_day(first, days - 1)
    claim_folder(out, replace=replace)
    simulation = Simulation(customers, seed, Habits())
    written = []
    for number in range(days):
        day, calendar_day = nth_day(start, number), nth_day(calendar_start, number)
        written.append(generate_day(out, day, number, calendar_day, simulation))
        if progress is not None:
            progress(written[-1])
    return GeneratedSummary(**vars(summarise(written)), customers=simulation.customers.buyers)


def check_arguments(customers: int, days: int, seed: int) -> None:
    """Raise Misconfigured for the first argument that is out of range."""
    for name, value, least in (("customers", customers, 1), ("days", days, 1), ("seed", seed, 0)):
        if value < least:
            raise Misconfigured(f"{name} is {value}: give {least} or more.")


def generate_day(out: Path, day: date, number: int, calendar_day: date, simulation: Simulation) -> DaySummary:
    """Write the file of one day atomically."""
    path, rows = day_path(out, day), 0
    with atomic_write(path) as file:
        file.write(HEADER)
        for count, text in simulation.day(number, day, calendar_day):
            file.write(text)
            rows += count
        size = file.tell()
    return DaySummary(day, path, rows, size)
