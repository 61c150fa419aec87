"""Commands for runs: reproduce a training run."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from app.cli.database import opened_engine
from app.cli.options import DataDir, Json, parse_run, settings_with
from app.cli.output import print_json, print_message, print_table
from app.db.engine import translate_db_errors
from app.pipeline.reproduce import Reproduction
from app.pipeline.reproduce import reproduce as reproduce_run

runs = typer.Typer(no_args_is_help=True, help="Examine runs.")
runs.callback()(lambda: None)


@runs.command()
def reproduce(
    run: Annotated[
        UUID,
        typer.Argument(parser=parse_run, metavar="RUN", help="Id of a training run (see: regulars models list)."),
    ],
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Train again on the files that a past training run was trained on, and compare data and model.

    The exit code is 1 if they differ.
    """
    with (
        opened_engine(settings_with(data_dir=data_dir)) as engine,
        translate_db_errors(),
        engine.connect() as connection,
    ):
        found = reproduce_run(connection, run)
    if json:
        print_json(asdict(found))
    else:
        same = {True: "the same", False: "different", None: "not recorded"}
        rows = [
            ("files", f"{found.files:,}"),
            ("customers", " now, ".join(f"{number:,}" for number in found.customers) + " then"),
            ("features", same[found.is_same_data]),
            ("SHA-256 of the features", _now_and_then(found.data_sha256)),
            ("model", same[found.is_same_model]),
            ("SHA-256 of the model", _now_and_then(found.sha256)),
            ("in the same cluster", _share(found)),
            *(("changed since", each) for each in found.differences),
        ]
        print_table(f"Training run {run}", ["", ""], rows)
    if not found.is_same_model:
        print_message("The run is not reproduced.")
        raise typer.Exit(1)


def _now_and_then(hashes: tuple[str, str | None]) -> str:
    now, then = hashes
    return now if now == then else f"{now} now, {then or 'not recorded'} then"


def _share(found: Reproduction) -> str:
    if found.same_clusters is None:
        return "not stored"
    return f"{found.same_clusters:.4%} of the {found.customers[0]:,} customers now"
