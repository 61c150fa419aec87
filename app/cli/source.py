"""`regulars source`: manage the names of sources."""

from dataclasses import asdict
from typing import Annotated

import typer

from app.cli.database import opened_engine
from app.cli.options import DataDir, Json, settings_with
from app.cli.output import print_json, print_message
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.move_source import check_names, move_source
from app.plurals import counted

source = typer.Typer(help="Manage the names of sources.", no_args_is_help=True)


@source.callback()
def _group() -> None:
    """Manage the names of sources."""


@source.command()
def move(
    old: Annotated[str, typer.Argument(help="Name of a source with files in the database.")],
    new: Annotated[str, typer.Argument(help="New name of these files: REGULARS_SOURCE_NAME of the configured source.")],
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Move the files of one source name to another; a file that both sources have counts once."""
    settings = settings_with(data_dir=data_dir)
    with opened_engine(settings) as engine:
        with engine.connect() as connection:
            check_names(connection, old, new)  # wrong names are refused before a run is recorded
        # Under the lease of the ingest job, so that no file is loaded concurrently.
        with running(engine, "ingest", parameters={"move": [old, new]}) as run:
            moved = move_source(Context(engine, settings), run, old, new)
    if json:
        print_json(asdict(moved))
    else:
        print_message(
            f"Moved {counted(moved.files, 'file')} from {old} to {new}; {moved.superseded:,} superseded by corrections."
        )
