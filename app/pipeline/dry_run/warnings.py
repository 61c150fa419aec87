"""Warnings of a dry run: those that an ingest records, and those about the history that is checked."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from sqlalchemy import Connection

from app.contract.model import Contract
from app.db.sql import named
from app.pipeline.dry_run.report import DryRunWarning
from app.pipeline.not_read import describe_empty_archives, read_empty_archives
from app.quality.data_warnings import measure_data, usual_days_without_file
from app.quality.file_warnings import read_warnings_of_files

LONG_GAP: Final = timedelta(weeks=2)


def find_warnings(connection: Connection, contract: Contract, share: float) -> Iterator[DryRunWarning]:
    """Yield the warnings about the active files and their customers; share: see measure_data.

    The files are those of the check, so that none is due after the last of them.
    """
    for of_files in read_warnings_of_files(connection, contract):
        if of_files.kind != "overlap" or contract.overlap == "warn":
            yield DryRunWarning(of_files.rule or of_files.kind, of_files.message, (of_files.example,))
    for found in (
        *measure_data(connection, contract, share, share),
        *usual_days_without_file(connection, contract),
    ):
        yield DryRunWarning(found.kind, found.message, found.examples)
    yield from _gaps(connection)
    if keys := read_empty_archives(connection):
        remedy = "add the suffix of their files to suffixes, or send the files in them again"
        yield DryRunWarning("empty_archive", f"{describe_empty_archives(keys)}; {remedy}")


def _gaps(connection: Connection) -> Iterator[DryRunWarning]:
    days = [row.day for row in connection.execute(named(__package__, "days"))]
    gaps = [(later - earlier, earlier, later) for earlier, later in pairwise(days)]
    longest = max(gaps, default=None)
    others = [gap for gap in gaps if gap is not longest]
    if longest is not None and longest[0] > max(LONG_GAP, 4 * _median(others)):
        _, earlier, later = longest
        what = f"There are no sales between {earlier} and {later}, in days from {days[0]} to {days[-1]}"
        yield DryRunWarning("sales_gap", f"{what}; check format of invoice_date and dateRange")


def _median(gaps: list[tuple[timedelta, date, date]]) -> timedelta:
    return sorted(gap for gap, _, _ in gaps)[len(gaps) // 2] if gaps else timedelta(0)
