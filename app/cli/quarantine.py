"""Commands about the rows that were kept out: quarantine list, replay, discard."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import typer

from app.cli.database import opened_engine
from app.cli.options import AsOf, DataDir, Json, parse_day, settings_with
from app.cli.output import as_json, say, table
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.replay import FileReplayed, QuarantineFilter, Replayed
from app.pipeline.replay import discard as run_discard
from app.pipeline.replay import replay as run_replay
from app.silver.quarantine import read_rows
from app.silver.selection import EXPECTATIONS

LONGEST_ROW = 60
FileId = Annotated[int | None, typer.Option(min=1, help="Rows of this file (see: regulars quarantine list).")]
SourceFile = Annotated[str | None, typer.Option(metavar="KEY", help="Rows of the file of this key or name.")]
Expectation = Annotated[
    str | None, typer.Option(help="Rows that failed it: " + ", ".join(EXPECTATIONS) + ".", metavar="NAME")
]
Day = Annotated[
    date | None,
    typer.Option("--date", parser=parse_day, metavar="DATE", help="Rows of this date of sale, if it can be read."),
]
ProcessingDate = Annotated[
    date | None, typer.Option(parser=parse_day, metavar="DATE", help="Rows of files received on this date (UTC).")
]
All = Annotated[bool, typer.Option("--all", help="Every row is meant.")]

quarantine = typer.Typer(no_args_is_help=True, help="See the rows that were kept out, replay them, or discard them.")


@quarantine.command("list")
def list_rows(  # noqa: PLR0917  # a parameter is an option
    file_id: FileId = None,
    source_file: SourceFile = None,
    expectation: Expectation = None,
    day: Day = None,
    processing_date: ProcessingDate = None,
    status: Annotated[str | None, typer.Option(help="open, replayed or discarded. [all]")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows to show.")] = 50,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Show quarantined rows, with every reason."""
    chosen = QuarantineFilter.read({**_given(file_id, source_file, expectation, day, processing_date), "all": True})
    with opened_engine(settings_with(data_dir=data_dir)) as engine, engine.connect() as connection:
        rows, whole = read_rows(connection, chosen.having(status), limit)
    if json:
        as_json(rows)
    else:
        shown = [(r["file_id"], r["line_no"], r["status"], _why(r["reasons"]), _short(r["raw"])) for r in rows]
        table("Quarantine", ["file", "line", "status", "why", "row as received"], shown, ["file", "line"])
    say(f"{len(rows):,} of {whole:,} rows." + (" More with --limit." if len(rows) < whole else ""))


@quarantine.command()
def replay(  # noqa: PLR0917  # a parameter is an option
    file_id: FileId = None,
    source_file: SourceFile = None,
    expectation: Expectation = None,
    day: Day = None,
    processing_date: ProcessingDate = None,
    status: Annotated[str, typer.Option(help="open, or discarded.")] = "open",
    everything: All = False,
    data_dir: DataDir = None,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Judge quarantined rows again by the settings of today, and bring in those that pass."""
    filters = _given(file_id, source_file, expectation, day, processing_date)
    chosen = QuarantineFilter.read({**filters, "status": status, "all": everything})
    settings = settings_with(data_dir=data_dir, as_of=as_of)
    files: list[FileReplayed] = []
    with opened_engine(settings) as engine, running(engine, "replay", parameters=chosen.as_dict()) as run:
        done = run_replay(Context(engine, settings), run, chosen, files.append)
    if json:
        as_json(asdict(done))
    else:
        _show(files, done)
    _say(done, chosen)


@quarantine.command()
def discard(
    file_id: FileId = None,
    source_file: SourceFile = None,
    expectation: Expectation = None,
    day: Day = None,
    processing_date: ProcessingDate = None,
    everything: All = False,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Wait for open rows no longer: they stay in quarantine, and count there."""
    filters = _given(file_id, source_file, expectation, day, processing_date)
    chosen = QuarantineFilter.read({**filters, "all": everything})
    settings = settings_with(data_dir=data_dir)
    with opened_engine(settings) as engine, running(engine, "discard", parameters=chosen.as_dict()) as run:
        done = run_discard(Context(engine, settings), run, chosen)
    if json:
        as_json(asdict(done))
    say(f"Discarded {done.rows:,} rows of {done.files:,} files.")


def _given(
    file_id: int | None, source_file: str | None, expectation: str | None, day: date | None, processed: date | None
) -> dict[str, Any]:
    return {
        "file_id": file_id,
        "source_file": source_file,
        "expectation": expectation,
        "invoice_date": day,
        "processing_date": processed,
    }


def _show(files: list[FileReplayed], done: Replayed) -> None:
    numbers = ["file", "came in", "still fail", "gone"]
    shown = [(f.entry.file_id, f.rows_loaded, f.rows_quarantined, f.rows_gone, f.entry.listed.key) for f in files]
    if shown:
        table("Replayed", [*numbers, "key"], shown, numbers)
    if done.reasons:
        table("Why rows still fail", ["expectation", "rows"], list(done.reasons.items()), ["rows"])


def _say(done: Replayed, chosen: QuarantineFilter) -> None:
    say(f"{done.rows_loaded:,} of {done.rows:,} rows came in, {done.rows_quarantined:,} still fail.")
    if done.rows_gone:
        say(f"{done.rows_gone:,} rows are no longer in bronze: they cannot be replayed and stay as they are.")
    if done.files_put_back:
        say(f"File {chosen.file_id} was refused: it waits to be read again. Next: regulars ingest")
    elif not done.rows and chosen.invoice_date is not None:
        say("Rows whose date cannot be read have none; choose them by --expectation valid_invoice_date.")


def _why(reasons: list[dict[str, str | None]]) -> str:
    return "\n".join(f"{each['expectation']}: {_short(each['value'] or '')}".rstrip(": ") for each in reasons)


def _short(text: str) -> str:
    # A file may hold what a terminal would obey.
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:LONGEST_ROW])
    return shown if len(text) <= LONGEST_ROW else f"{shown}…"
