"""Commands for runs: reproduce a training run."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from app.cli.database import opened_engine
from app.cli.options import DataDir, Json, settings_with
from app.cli.output import print_json, print_message, print_table
from app.db.engine import translate_db_errors
from app.pipeline.reproduce import reproduce as reproduce_run

runs = typer.Typer(no_args_is_help=True, help="Examine runs.")
runs.callback()(lambda: None)


@runs.command()
def reproduce(
    run: Annotated[UUID, typer.Argument(metavar="RUN", help="Id of a training run (see: regulars models list).")],
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
            ("data", same[found.is_same_data]),
            ("model", same[found.is_same_model]),
            (
                "customers in the same cluster",
                "not stored" if found.same_clusters is None else f"{found.same_clusters:.4%}",
            ),
            ("SHA-256", found.sha256[0] if found.is_same_model else " now, ".join(found.sha256) + " then"),
            *(("changed since", each) for each in found.differences),
        ]
        print_table(f"Training run {run}", ["", ""], rows)
    if not found.is_same_model:
        print_message("The run is not reproduced.")
        raise typer.Exit(1)
