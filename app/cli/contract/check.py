"""Command `regulars contract check`."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from app.cli.options import AsOfOption, Json
from app.cli.output import as_json, progress_bar, say, table
from app.contract.model import SourceContract
from app.contract.open import open_contract
from app.errors import Misconfigured
from app.jobs.context import Context
from app.pipeline.dry_run.database import temporary_database
from app.pipeline.dry_run.dry_run import dry_run
from app.pipeline.dry_run.report import DryRun, Failure, FileReport
from app.pipeline.dry_run.source import PathsSource
from app.settings import Settings, read_settings
from app.source.selection import describe_skipped

EXIT_CODES: Final = {"good": 0, "warnings": 1, "rejected": 2}
MAX_FILES_SHOWN: Final = 20
"""Files that load and are shown; rejected ones always are."""
MAX_VALUE_LENGTH: Final = 40
Paths = Annotated[list[Path], typer.Argument(metavar="PATH…", help="Folders or files of sales.")]
ContractOption = Annotated[
    str | None, typer.Option(metavar="NAME|PATH", help="Built-in contract, or a file. [REGULARS_CONTRACT]")
]


def check(
    paths: Paths,
    contract: ContractOption = None,
    server: Annotated[
        str | None, typer.Option(help="Server of the contract whose files these are. [the only one]")
    ] = None,
    as_of: AsOfOption = None,
    json: Json = False,
) -> None:
    """Try to load files under a data contract, keep nothing, and show the outcome.

    The exit code is 0 if all is well, 1 if the files would load with quarantined rows or warnings, 2 if one would be
    rejected.
    """
    settings = read_settings(contract=contract, as_of=as_of, data_dir=None)
    source_contract = _source_contract(settings, server)
    source = PathsSource(paths, source_contract)
    with temporary_database() as engine, progress_bar("Checking", "files") as bar:
        found = dry_run(
            Context(engine, settings),
            source,
            source_contract,
            lambda done, total: bar.show(done.files, total, f"{done.rows_read:,} rows"),
        )
    if json:
        as_json({**asdict(found), "verdict": found.verdict})
    else:
        _show(found)
    say(_summary(found))
    raise typer.Exit(EXIT_CODES[found.verdict])


def _source_contract(settings: Settings, server: str | None) -> SourceContract:
    """Return the contract as it applies to the files of one server; raises InvalidContract, or Misconfigured."""
    contract = open_contract(settings.contract)
    names = [each.name for each in contract.servers]
    chosen = [each for each in contract.servers if server in {None, each.name}]
    if len(chosen) != 1:
        raise Misconfigured(f"the contract has the servers {', '.join(names)}; choose one with --server")
    return SourceContract(contract, chosen[0], settings.max_object_bytes)


def _show(found: DryRun) -> None:
    numbers = ["rows", "silver", "quarantined", "skipped"]
    table("Files", ["file", "", *numbers, "error"], _file_rows(found.files), numbers)
    if found.failures:
        columns = ["expectation", "rows", "money", "examples (line: value)", "remedy"]
        table("Rows that fail", columns, [_failure_row(each) for each in found.failures], ["rows", "money"])
    money, customers = found.money, found.customers
    largest = f" ({customers.largest_id})" if customers.largest_id else ""
    rows = [
        ("money read", f"{money.read:,}"),
        ("money quarantined", f"{money.quarantined:,}"),
        ("money in silver", f"{money.silver:,}"),
        ("money without a customer", f"{money.without_customer:,}"),
        ("money that counts", f"{money.counting:,}"),
        ("money taken off", f"{money.taken_off:,}"),
        ("customers", f"{customers.number:,}, of whom {customers.segmented:,} can be segmented"),
        ("largest customer", f"{customers.largest_share:.1%} of all money{largest}"),
    ]
    table("Results", ["", ""], rows)
    if found.warnings:
        table("Warnings", ["warning", "found"], [(each.name, each.message) for each in found.warnings])


def _file_rows(files: Sequence[FileReport]) -> list[tuple[str, ...]]:
    shown = [file for file in files if file.outcome == "rejected"]
    others = [file for file in files if file.outcome != "rejected"]
    notable = sorted(others, key=lambda file: (file.quarantined == 0, file.key))[:MAX_FILES_SHOWN]
    rows = [_file_row(file.key, file.outcome, [file], file.error or "") for file in (*shown, *notable)]
    left = [file for file in others if file not in notable]
    if left:
        rows.append(_file_row(f"{len(left):,} more", "", left, ""))
    if len(files) > 1:
        rows.append(_file_row(f"all {len(files):,} files", "", files, ""))
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


def _summary(found: DryRun) -> str:
    others = f" Left out: {describe_skipped(found.skipped.items())}." if found.skipped else ""
    return f"{_verdict(found)}{others}"


def _verdict(found: DryRun) -> str:
    if not found.files:
        return "There are no sales files here, by the `suffixes` of the server."
    if found.rejected:
        return f"{found.rejected:,} of {len(found.files):,} files would be rejected under {found.contract}."
    if found.verdict == "warnings":
        what = f"{sum(file.quarantined for file in found.files):,} rows quarantined, {len(found.warnings):,} warnings"
        return f"The files would load under {found.contract}: {what}."
    return f"The files load under {found.contract}: {found.rows:,} rows, nothing quarantined, no warnings."
