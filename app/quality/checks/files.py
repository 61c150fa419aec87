"""Checks of files: arrival, columns, blank values, future dates, invoices in several files."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Final

from app.contract.header_names import header_key
from app.plurals import counted
from app.quality.checks.baseline import MIN_HISTORY, Range, expected_range
from app.quality.checks.finding import CheckFinding
from app.quality.checks.measured import MeasuredFile, MeasuredSource
from app.quality.missing_days import last_due_day, missing_days

DAYS_WATCHED: Final = 7
"""Number of days, up to the last due one, on which a missing file is a problem."""
LEAST_BLANK_CHANGE: Final = 0.05
"""Smallest change of a column's share of blank values that is a problem, 0 to 1."""
MAX_SHOWN: Final = 5
MAX_NAME: Final = 40
EXPECTED_ZERO: Final = Range(0, 0)


def check_freshness(source: MeasuredSource) -> Iterator[CheckFinding]:
    """Find expected days whose file was not loaded by its time."""
    if source.arrival is None:
        yield CheckFinding("no_data", "no time is declared by which files are due: set REGULARS_FILES_DUE")
        return
    due = last_due_day(source.arrival, source.now)
    if not source.days_of_files:
        message = "no file is loaded yet: send the first one, and check REGULARS_SOURCE"
        yield CheckFinding("problem", message, 0, Range(1), due)
        return
    first = due - timedelta(days=DAYS_WATCHED)
    days = source.days_of_files
    missing = [day for day in missing_days(source.arrival, days, due) if day > first]
    if missing:
        shown = ", ".join(str(day) for day in missing[-MAX_SHOWN:])
        message = (
            f"no file was loaded for {shown}, due by {source.arrival.until or 'the end'} of the following day: send "
            "it, or look up its error in `regulars status`"
        )
        yield CheckFinding("problem", message, len(missing), EXPECTED_ZERO, missing[-1])
    else:
        yield CheckFinding("ok", f"every file that is due was loaded, up to that of {due}", 0, EXPECTED_ZERO, due)


def check_columns(source: MeasuredSource) -> Iterator[CheckFinding]:
    """Find columns that are new or missing in comparison with the file before."""
    files = [file for file in source.files if file.columns]
    pairs = [(before, after) for before, after in pairwise(files) if after.is_new]
    if not pairs:
        yield CheckFinding("no_data", "no earlier file to compare the columns with")
        return
    for before, after in reversed(pairs):
        old, new = _names(before), _names(after)
        missing, added = old.keys() - new.keys(), new.keys() - old.keys()
        if missing or added:
            changes = [
                *([f"lacks the {_shown(old, missing)}"] if missing else []),
                *([f"has the new {_shown(new, added)}"] if added else []),
            ]
            message = (
                f"{after.key} {' and '.join(changes)}, unlike {before.key}: ask whether the export was changed, then "
                "declare the columns in the contract, or send the file again"
            )
            yield CheckFinding("problem", message, len(missing) + len(added), EXPECTED_ZERO)
            return
    yield CheckFinding("ok", f"the same {counted(len(_names(files[-1])), 'column')} as before", 0, EXPECTED_ZERO)


def check_blank_share(source: MeasuredSource) -> Iterator[CheckFinding]:
    """Find columns whose share of blank values differs from that of earlier files, in both directions."""
    new = [file for file in source.new_files if file.rows]
    earlier = [file for file in source.files if not file.is_new and file.rows]
    if not new or len(earlier) < MIN_HISTORY:
        found = f"{counted(len(earlier), 'earlier file')} with rows; a comparison needs {MIN_HISTORY}"
        yield CheckFinding("no_data", found if new else "the newest load has no rows")
        return
    for column in sorted({name for file in new for name in file.nulls}):
        counting = [file for file in new if column in file.nulls]
        value = sum(file.nulls[column] for file in counting) / sum(file.rows for file in counting)
        history = [file.nulls[column] / file.rows for file in earlier if column in file.nulls]
        expected = expected_range(history, LEAST_BLANK_CHANGE)
        if expected is None:
            yield CheckFinding(
                "no_data", f"{column} is new: too few earlier files have it to compare with", value, item=column
            )
            continue
        limits = Range(max(0.0, expected.low or 0.0), min(1.0, expected.high or 0.0))
        limits_shown = f"{100 * (limits.low or 0):.1f} to {100 * (limits.high or 0):.1f} %"
        message = f"{100 * value:.1f} % of {column} are blank, expected {limits_shown}"
        if limits.contains(value):
            yield CheckFinding("ok", message, value, limits, item=column)
        else:
            remedy = "ask whether the export was changed, and check the column's physicalName in the contract"
            yield CheckFinding("problem", f"{message}: {remedy}", value, limits, item=column)


def check_future_dates(source: MeasuredSource) -> Iterator[CheckFinding]:
    """Find sales dated after today."""
    if not source.files:
        yield CheckFinding("no_data", "no file was loaded yet")
    elif source.future_rows:
        message = (
            f"dates after {source.now.date()} in {counted(source.future_rows, 'row')}: check the date format and the "
            "time zone in the contract, and the clock of the till"
        )
        yield CheckFinding("problem", message, source.future_rows, EXPECTED_ZERO)
    else:
        yield CheckFinding("ok", f"no row is dated after {source.now.date()}", 0, EXPECTED_ZERO)


def check_repeated_invoices(source: MeasuredSource) -> Iterator[CheckFinding]:
    """Find invoices that are in several files, unless the contract declares how they count."""
    if not source.files:
        yield CheckFinding("no_data", "no file was loaded yet")
    elif source.repeated_invoices is None:
        yield CheckFinding("ok", "the contract declares how invoices in several files count")
    elif source.repeated_invoices:
        message = (
            f"invoices that are also in another file: {source.repeated_invoices:,}. They count from each file; "
            "remove the rows from one of the files, or declare overlap: once or overlap: count in the contract"
        )
        yield CheckFinding("problem", message, source.repeated_invoices, EXPECTED_ZERO)
    else:
        yield CheckFinding("ok", "no invoice is in several files", 0, EXPECTED_ZERO)


def _names(file: MeasuredFile) -> dict[str, str]:
    return {header_key(name): name for name in file.columns or ()}


def _shown(names: Mapping[str, str], keys: set[str]) -> str:
    shown = sorted(names[key][:MAX_NAME] for key in keys)
    noun = "column" if len(shown) == 1 else "columns"
    return f"{noun} {', '.join(shown[:MAX_SHOWN])}" + (", …" if len(shown) > MAX_SHOWN else "")
