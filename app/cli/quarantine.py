"""Commands for quarantined rows: list, replay, discard."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, Engine

from app.cli.database import opened_engine
from app.cli.options import AsOfOption, DataDir, Json, parse_day, settings_with
from app.cli.output import print_json, print_message, print_table
from app.contract.open import open_contract
from app.errors import InvalidSelection
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.ledger import unknown_ids
from app.pipeline.quarantined_rows import read_rows
from app.pipeline.replay import NOT_IN_BRONZE, FileReplay, QuarantineFilter, ReplayCounts
from app.pipeline.replay import discard as run_discard
from app.pipeline.replay import replay as run_replay
from app.plurals import counted
from app.quality.expectation_names import EXPECTATIONS_OF_FILES, check_expectation
from app.settings import Settings

MAX_ROW_CHARACTERS = 60
FileIdOption = Annotated[
    list[int] | None,
    typer.Option(
        min=1,
        help="Rows of the files with these ids (see: regulars quarantine list, and regulars status for rejected "
        "files); repeat it for several files.",
    ),
]
StateOption = Annotated[
    list[str] | None,
    typer.Option("--state", metavar="STATE", help="Every file in this state, rejected or failed; repeat it for both."),
]
SourceFileOption = Annotated[str | None, typer.Option(metavar="KEY", help="Rows of the file with this key or URL.")]
ExpectationOption = Annotated[
    str | None, typer.Option(help="Rows that failed this expectation (see: regulars contract show).", metavar="NAME")
]
DateOption = Annotated[
    date | None,
    typer.Option(
        "--date",
        parser=parse_day,
        metavar="DATE",
        help="Rows with this date of sale; not rows whose date cannot be parsed.",
    ),
]
ProcessingDate = Annotated[
    date | None, typer.Option(parser=parse_day, metavar="DATE", help="Rows of files received on this date (UTC).")
]
All = Annotated[bool, typer.Option("--all", help="All rows.")]

quarantine = typer.Typer(no_args_is_help=True, help="List, replay or discard quarantined rows.")


@quarantine.command("list")
def list_rows(  # noqa: PLR0917  # a parameter is an option
    file_id: FileIdOption = None,
    source_file: SourceFileOption = None,
    expectation: ExpectationOption = None,
    day: DateOption = None,
    processing_date: ProcessingDate = None,
    status: Annotated[
        str | None, typer.Option(help="Rows of this status: open, replayed or discarded; all if not given.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of rows.")] = 50,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """List quarantined rows, with the reasons."""
    selection = QuarantineFilter.from_values(
        {**_filter_values(file_id, source_file, expectation, day, processing_date), "all": True}
    )
    settings = settings_with(data_dir=data_dir)
    with opened_engine(settings) as engine, engine.connect() as connection:
        _check_files(connection, file_id or ())
        _check_expectation(connection, settings, expectation)
        rows, total = read_rows(connection, selection.having(status), limit)
    if json:
        print_json(rows)
    else:
        shown = [(r["file_id"], r["line_no"], r["status"], _reasons(r["reasons"]), _short(r["raw"])) for r in rows]
        print_table("Quarantine", ["file", "line", "status", "reasons", "row as received"], shown, ["file", "line"])
    print_message(f"{len(rows):,} of {counted(total, 'row')}." + (" More with --limit." if len(rows) < total else ""))


@quarantine.command()
def replay(  # noqa: PLR0917  # a parameter is an option
    file_id: FileIdOption = None,
    state: StateOption = None,
    source_file: SourceFileOption = None,
    expectation: ExpectationOption = None,
    day: DateOption = None,
    processing_date: ProcessingDate = None,
    status: Annotated[str, typer.Option(help="Replay rows of this status: open or discarded.")] = "open",
    everything: All = False,
    data_dir: DataDir = None,
    as_of: AsOfOption = None,
    json: Json = False,
) -> None:
    """Validate quarantined rows again with the current settings, and load those that pass.

    Rejected and failed files, selected by id or state, are read again by the next ingest. Rows of workbooks that
    the contract reads otherwise since it has changed stay quarantined: regulars contract apply reads these files again.
    """
    filters = _filter_values(file_id, source_file, expectation, day, processing_date)
    selection = QuarantineFilter.from_values({**filters, "file_states": state, "status": status, "all": everything})
    settings = settings_with(data_dir=data_dir, as_of=as_of)
    files: list[FileReplay] = []
    with _opened(settings, expectation) as engine, running(engine, "replay", parameters=selection.as_dict()) as run:
        done = run_replay(Context(engine, settings), run, selection, files.append)
    if json:
        print_json(asdict(done))
    else:
        _print_tables(files, done)
    _print_summary(done, selection)


@quarantine.command()
def discard(
    file_id: FileIdOption = None,
    source_file: SourceFileOption = None,
    expectation: ExpectationOption = None,
    day: DateOption = None,
    processing_date: ProcessingDate = None,
    everything: All = False,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Mark open rows as discarded.

    They are kept and counted as quarantined, and replayed only with --status discarded.
    """
    filters = _filter_values(file_id, source_file, expectation, day, processing_date)
    selection = QuarantineFilter.from_values({**filters, "all": everything})
    settings = settings_with(data_dir=data_dir)
    with (
        _opened(settings, expectation) as engine,
        running(engine, "discard_quarantine", parameters=selection.as_dict()) as run,
    ):
        done = run_discard(Context(engine, settings), run, selection)
    if json:
        print_json(asdict(done))
    print_message(f"Discarded {counted(done.rows, 'row')} of {counted(done.files, 'file')}.")


def _check_files(connection: Connection, file_ids: Sequence[int]) -> None:
    if unknown := unknown_ids(connection, file_ids):
        raise InvalidSelection(f"file {unknown[0]} not found; GET /v1/files and pipeline.source_file list all files")


def _check_expectation(connection: Connection, settings: Settings, expectation: str | None) -> None:
    if expectation is not None:
        of_files = connection.execute(EXPECTATIONS_OF_FILES).scalars()
        check_expectation(expectation, open_contract(settings.contract), of_files)


@contextmanager
def _opened(settings: Settings, expectation: str | None) -> Iterator[Engine]:
    with opened_engine(settings) as engine:
        with engine.connect() as connection:
            _check_expectation(connection, settings, expectation)
        yield engine


def _filter_values(
    file_ids: list[int] | None,
    source_file: str | None,
    expectation: str | None,
    invoice_date: date | None,
    processing_date: date | None,
) -> dict[str, Any]:
    return {
        "file_ids": file_ids or None,
        "source_file": source_file,
        "expectation": expectation,
        "invoice_date": invoice_date,
        "processing_date": processing_date,
    }


def _print_tables(files: list[FileReplay], done: ReplayCounts) -> None:
    numbers = ["file", "loaded", "still fail", "missing"]
    shown = [(f.file.file_id, f.rows_loaded, f.rows_quarantined, f.rows_missing, f.file.object.key) for f in files]
    if shown:
        print_table("Replayed", [*numbers, "key"], shown, numbers)
    if done.reasons:
        print_table("Still failing", ["expectation", "rows"], list(done.reasons.items()), ["rows"])


def _print_summary(done: ReplayCounts, selection: QuarantineFilter) -> None:
    print_message(f"Loaded {done.rows_loaded:,} of {counted(done.rows, 'row')}, {done.rows_quarantined:,} still fail.")
    if done.rows_missing:
        print_message(f"{done.rows_missing:,} rows {NOT_IN_BRONZE}")
    if done.files_requeued:
        is_are = "is" if done.files_requeued == 1 else "are"
        print_message(
            f"{counted(done.files_requeued, 'file')} {is_are} queued for the next ingest. Next: regulars ingest"
        )
    elif selection.file_states:
        print_message(f"No file is {' or '.join(selection.file_states)}.")
    elif not done.rows and selection.invoice_date is not None:
        print_message("--date does not match rows whose date cannot be parsed; use --expectation valid_invoice_date.")


def _reasons(reasons: list[dict[str, str | None]]) -> str:
    return "\n".join(f"{each['expectation']}: {_short(each['value'] or '')}".rstrip(": ") for each in reasons)


def _short(text: str) -> str:
    return text if len(text) <= MAX_ROW_CHARACTERS else f"{text[:MAX_ROW_CHARACTERS]}…"
