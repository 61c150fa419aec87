"""Tables of a dry run: files, rows that fail, results, warnings."""

from collections.abc import Sequence
from typing import Final

from app.cli.output import print_table
from app.pipeline.dry_run.report import DryRun, Failure, FileReport
from app.plurals import counted
from app.source.selection import describe_skipped

MAX_FILES_SHOWN: Final = 20
"""Files that load and are shown; rejected ones always are."""
MAX_VALUE_LENGTH: Final = 40


def show_dry_run(found: DryRun, least_customers: int = 0) -> None:
    """Print files, rows that fail with their remedies, results and warnings of a dry run.

    least_customers: fewest customers of a training run; 0 where only some of the rows were loaded.
    """
    is_one = len(found.servers) == 1
    numbers = ["rows", "silver", "quarantined", "skipped"]
    print_table("Files", ["file", "", *numbers, "error"], _file_rows(found.files, is_one=is_one), numbers)
    if found.failures:
        columns = [*([] if is_one else ["source"]), "expectation", "rows", "money", "examples (line: value)", "remedy"]
        rows = [[*([] if is_one else [each.server]), *_failure_row(each)] for each in found.failures]
        print_table("Rows that fail", columns, rows, ["rows", "money"])
    money, customers = found.money, found.customers
    largest = f" ({customers.largest_id})" if customers.largest_id else ""
    results = [
        ("money read", f"{money.read:,}"),
        ("money quarantined", f"{money.quarantined:,}"),
        ("money in silver", f"{money.silver:,}"),
        ("money without a customer", f"{money.without_customer:,}"),
        ("money that counts", f"{money.counting:,}"),
        ("returns", f"{money.returned:,}"),
        ("customers", _describe_customers(customers.number, customers.segmented, least_customers)),
        ("largest customer", f"{customers.largest_share:.1%} of all money{largest}"),
    ]
    print_table("Results", ["", ""], results)
    if found.warnings:
        warnings = [(each.name, each.message, ", ".join(each.examples)) for each in found.warnings]
        print_table("Warnings", ["warning", "found", "such as"], warnings)


def _describe_customers(number: int, segmented: int, least: int) -> str:
    if segmented < least:
        return f"{number:,}, of whom {segmented:,} count for segments: fewer than {least:,}, so that there will be none"
    return f"{number:,}, of whom {segmented:,} can be segmented"


def _file_rows(files: Sequence[FileReport], *, is_one: bool) -> list[tuple[str, ...]]:
    shown = [file for file in files if file.outcome == "rejected"]
    others = [file for file in files if file.outcome != "rejected"]
    notable = sorted(others, key=lambda file: (file.quarantined == 0, file.server, file.key))[:MAX_FILES_SHOWN]
    rows = [
        _file_row(file.key if is_one else f"{file.server}/{file.key}", file.outcome, [file], file.error or "")
        for file in (*shown, *notable)
    ]
    left = [file for file in others if file not in notable]
    if left:
        rows.append(_file_row(f"{len(left):,} more", "", left, ""))
    if len(files) > 1:
        rows.append(_file_row(f"all {counted(len(files), 'file')}", "", files, ""))
    return rows


def _file_row(name: str, outcome: str, files: Sequence[FileReport], error: str) -> tuple[str, ...]:
    sums = (
        sum(file.rows for file in files),
        sum(file.silver for file in files),
        sum(file.quarantined for file in files),
        sum(file.skipped for file in files),
    )
    return (name, outcome, *(f"{number:,}" for number in sums), error)


def _failure_row(failure: Failure) -> tuple[str, ...]:
    examples = "\n".join(f"{each.line}: {_short(each.value)}  {each.key}" for each in failure.examples)
    return (failure.expectation, f"{failure.rows:,}", f"{failure.money:,}", examples, failure.remedy)


def _short(value: str | None) -> str:
    text = value or "(empty)"
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[:MAX_VALUE_LENGTH]}…"


def summary(found: DryRun) -> str:
    """Return the verdict of a dry run as one line."""
    others = f" Left out: {describe_skipped(found.skipped.items())}." if found.skipped else ""
    return f"{_verdict(found)}{others}"


def _verdict(found: DryRun) -> str:
    if not found.files:
        return "There are no sales files here, by the `suffixes` of the server."
    if found.rejected:
        return f"{found.rejected:,} of {counted(len(found.files), 'file')} would be rejected under {found.contract}."
    if found.verdict == "warnings":
        rows, warnings = sum(file.quarantined for file in found.files), len(found.warnings)
        what = f"{counted(rows, 'row')} quarantined, {counted(warnings, 'warning')}"
        return f"The files would load under {found.contract}: {what}."
    return f"The files load under {found.contract}: {counted(found.rows, 'row')}, nothing quarantined, no warnings."
