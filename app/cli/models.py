"""Commands for models: list, promote, discard, roll back, refit the value bands."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import typer

from app.cli.database import opened_engine
from app.cli.options import AsOfOption, DataDir, Json, settings_with
from app.cli.output import print_json, print_message, print_table
from app.cli.segments_table import segments_table
from app.db.engine import translate_db_errors
from app.jobs.context import Context
from app.jobs.runs import Run, running
from app.jobs.tables import JobName
from app.pipeline.champion import discard as discard_model
from app.pipeline.champion import previous_champion
from app.pipeline.champion import promote as promote_model
from app.pipeline.champion import roll_back as roll_back_model
from app.pipeline.refit_value import edges_in_words
from app.pipeline.refit_value import refit_value as refit_value_bands
from app.segments.registry import read_models

RunArgument = Annotated[UUID, typer.Argument(metavar="RUN", help="Id of a training run (see: regulars models list).")]

models = typer.Typer(no_args_is_help=True, help="List models, and decide which one is published.")


@models.command("list")
def list_models(data_dir: DataDir = None, json: Json = False) -> None:
    """List the training runs, newest first, and why each was published or not."""
    with opened_engine(settings_with(data_dir=data_dir)) as engine, engine.connect() as connection:
        found = read_models(connection)
    if json:
        print_json(found)
        return
    rows = [
        (
            row["run_id"],
            row["as_of"],
            row["k"],
            f"{row['customers']:,}",
            "champion" if row["is_current"] else row["outcome"].replace("_", " "),
            " ".join(row["reasons"]),
        )
        for row in found
    ]
    columns = ["run", "as of", "k", "customers", "outcome", "reasons"]
    print_table("Models", columns, rows, ["k", "customers"], ["run"])


@models.command()
def promote(run: RunArgument, data_dir: DataDir = None, as_of: AsOfOption = None) -> None:
    """Publish a challenger in place of the champion it was compared with."""
    _change(
        "promote",
        data_dir,
        as_of,
        lambda context, running_job: promote_model(context, running_job, run),
        {"run_id": run},
    )


@models.command()
def discard(run: RunArgument, data_dir: DataDir = None) -> None:
    """Discard a challenger: it cannot be promoted any more."""
    with opened_engine(settings_with(data_dir=data_dir)) as engine:
        discard_model(engine, run)
    print_message(f"Discarded run {run}.")


@models.command("roll-back")
def roll_back(
    run: Annotated[
        UUID | None, typer.Argument(metavar="[RUN]", help="Training run to publish again; by default the one before.")
    ] = None,
    data_dir: DataDir = None,
    as_of: AsOfOption = None,
) -> None:
    """Publish an earlier champion again, for the customers of today."""

    def change(context: Context, running_job: Run) -> None:
        earlier = run
        if earlier is None:
            with translate_db_errors(), context.engine.connect() as connection:
                earlier = previous_champion(connection)
        roll_back_model(context, running_job, earlier)

    _change("roll_back", data_dir, as_of, change, {} if run is None else {"run_id": run})


@models.command("refit-value")
def refit_value(data_dir: DataDir = None, as_of: AsOfOption = None) -> None:
    """Measure the edges between value bands anew, and assign all customers by them."""
    settings = settings_with(data_dir=data_dir, as_of=as_of)
    with opened_engine(settings) as engine, running(engine, "refit_value") as run:
        found = refit_value_bands(Context(engine, settings), run, settings.today)
    unit = f" ({settings.currency})" if settings.currency else ""
    if found.before is not None:
        print_message(f"Edges before{unit}: {edges_in_words(found.before)}")
    print_message(f"Edges now{unit}: {edges_in_words(found.after)}")


def _change(
    job: JobName,
    data_dir: Any,
    as_of: Any,
    change: Callable[[Context, Run], object],
    parameters: dict[str, UUID],
) -> None:
    settings = settings_with(data_dir=data_dir, as_of=as_of)
    given = {name: str(value) for name, value in parameters.items()}
    with opened_engine(settings) as engine:
        with running(engine, job, parameters=given) as run:
            change(Context(engine, settings), run)
        segments_table(engine, settings.currency)
