"""Command `regulars ingest`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

import typer
from sqlalchemy import select

from app.cli.database import opened_engine
from app.cli.options import AddSource, AsOfOption, ContractOption, DataDir, Json, SourceOption, settings_with
from app.cli.output import print_json, print_message, progress_bar
from app.engines.open import opened_processor
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.ingest import IngestPolicy
from app.pipeline.ingest import ingest as run_ingest
from app.pipeline.load_batch import Counts
from app.pipeline.not_read import describe_empty_archives, describe_not_read, read_empty_archives, read_not_read
from app.pipeline.rejections import Rejection, read_rejections
from app.pipeline.tables import freshness
from app.pipeline.validations import describe_others
from app.plurals import counted
from app.source.open import declared_sources, open_sources, read_source_contract

MAX_REASONS_SHOWN: Final = 5


def ingest(
    source: SourceOption = None,
    contract: ContractOption = None,
    data_dir: DataDir = None,
    as_of: AsOfOption = None,
    add_source: AddSource = False,
    json: Json = False,
) -> None:
    """Load new files of the sources.

    The exit code is 1 if every one of them was rejected.
    """
    settings = settings_with(source=source, data_dir=data_dir, as_of=as_of, contract=contract)
    read_source_contract(settings)  # an invalid contract is refused before anything is started
    with opened_engine(settings, begins=True) as engine:
        context = Context(engine, settings)
        counts = ingest_and_report(context, add_source=add_source)
        with engine.connect() as connection:
            not_read = [asdict(each) for each in read_not_read(connection)]
    if json:
        print_json({**asdict(counts), "not_read": not_read})
    if counts.files and counts.rejected == counts.files:
        raise typer.Exit(1)


def ingest_and_report(context: Context, *, add_source: bool) -> Counts:
    """Run an ingest in this process, with a progress bar, and print its counts.

    add_source: load the source even if the database has files of another one.
    """
    with (
        opened_processor(context.settings) as processor,
        running(context.engine, "ingest") as run,
        progress_bar("Loading", "files") as bar,
    ):
        counts = run_ingest(
            context,
            open_sources(context.settings),
            run,
            lambda done, total: bar.show(done.files, total, f"{done.rows_read:,} rows"),
            IngestPolicy(adds_source=add_source),
            processor,
        )
    with context.engine.connect() as connection:
        rejections = read_rejections(connection, run.run_id if counts.files else None)
        not_read = read_not_read(connection)
        empty = read_empty_archives(connection)
        settings = context.settings
        others = describe_others(connection, declared_sources(settings).contract, is_set=settings.is_contract_set)
        quality = connection.execute(select(freshness.c.warning)).scalar_one_or_none()
    if not_read:
        print_message(f"{describe_not_read(not_read)}.")
    if empty:
        print_message(f"{describe_empty_archives(empty)}.")
    if counts.files_revalidated:
        print_message(_describe_revalidated(counts))
    if others:
        print_message(f"Warning: {others}.")
    if not counts.files:
        nothing = "" if counts.files_revalidated else "There are no new files in the source."
        if said := f"{nothing}{_waiting(rejections)}".strip():
            print_message(said)
        return counts
    print_message(f"{describe(counts, context.settings.max_attempts)}.")
    if counts.rejected:
        files = counted(counts.files, "file")
        print_message(
            f"Warning: {counts.rejected:,} of {files} rejected (see: regulars status): {_reasons(rejections)}"
        )
    if quality:
        print_message(f"Warning about the data: {quality}.")
    return counts


def _describe_revalidated(counts: Counts) -> str:
    files = counted(counts.files_revalidated, "file")
    return (
        f"The contract has changed: the quarantined rows of {files} were validated again, and "
        f"{counts.rows_released:,} of {counts.rows_revalidated:,} loaded (see: regulars status)."
    )


def describe(counts: Counts, max_attempts: int) -> str:
    """Return the counts of an ingest as one line; `max_attempts` is the limit of attempts to read a file."""
    loaded, rows = counted(counts.loaded, "file"), counted(counts.rows_read, "row")
    line = f"Loaded {loaded}: {rows} = {counts.rows_loaded:,} in silver + {counts.rows_quarantined:,} quarantined"
    if counts.rows_skipped:
        line += f" + {counts.rows_skipped:,} skipped"
    if counts.failed:
        attempts = counted(max_attempts, "attempt")
        line += (
            f", {counted(counts.failed, 'file')} could not be read (given up after {attempts}, see: regulars status)"
        )
    return line


def _waiting(rejections: Sequence[Rejection]) -> str:
    files = sum(rejection.files for rejection in rejections)
    waiting = "1 rejected file waits" if files == 1 else f"{files:,} rejected files wait"
    return f" {waiting} for a correction or another contract: {_reasons(rejections)}" if files else ""


def _reasons(rejections: Sequence[Rejection]) -> str:
    shown = "; ".join(f"{rejection.files:,} x {rejection.example}" for rejection in rejections[:MAX_REASONS_SHOWN])
    more = len(rejections) - MAX_REASONS_SHOWN
    return f"{shown}; and {counted(more, 'other reason')}" if more > 0 else shown
