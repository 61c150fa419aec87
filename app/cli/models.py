"""Commands for models: list, promote, discard, roll back, refit the value bands."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import Engine

from app.cli.audit import audited
from app.cli.database import opened_engine
from app.cli.options import AsOfOption, DataDir, Json, parse_run, settings_with
from app.cli.output import print_json, print_message, print_text
from app.cli.segments_table import segments_table
from app.db.engine import translate_db_errors
from app.jobs.context import Context
from app.jobs.runs import Run, running
from app.jobs.tables import JobName
from app.pipeline.champion import discard as discard_model
from app.pipeline.champion import previous_champion
from app.pipeline.champion import promote as promote_model
from app.pipeline.champion import roll_back as roll_back_model
from app.pipeline.model_decisions import read_models
from app.pipeline.refit_value import edges_in_words
from app.pipeline.refit_value import refit_value as refit_value_bands
from app.plurals import counted
from app.segments.largest_band import LARGEST_BAND, describe_largest

RunArgument = Annotated[
    UUID, typer.Argument(parser=parse_run, metavar="RUN", help="Id of a training run (see: regulars models list).")
]

models = typer.Typer(no_args_is_help=True, help="List models, and decide which one is published.")


@models.command("list")
def list_models(data_dir: DataDir = None, json: Json = False) -> None:
    """List the training runs, newest first, and why each was published or not."""
    with opened_engine(settings_with(data_dir=data_dir)) as engine, engine.connect() as connection:
        found, largest = read_models(connection), connection.execute(LARGEST_BAND).one_or_none()
    if json:
        print_json([{**row, "trained_at": row["trained_at"].isoformat().replace("+00:00", "Z")} for row in found])
        return
    for row in found:
        print_text(_describe(row))
    if largest is not None:
        print_text(f"Value bands: {describe_largest(largest)} (regulars models refit-value)")
    if not found:
        print_text("There is no training run yet; train first (regulars train).")


@models.command()
def promote(run: RunArgument, data_dir: DataDir = None, as_of: AsOfOption = None) -> None:
    """Publish a challenger in place of the champion it was compared with."""
    _change("promote", data_dir, as_of, lambda _: run, promote_model)


@models.command()
def discard(run: RunArgument, data_dir: DataDir = None) -> None:
    """Discard a challenger: it cannot be promoted any more."""
    with opened_engine(settings_with(data_dir=data_dir)) as engine, audited(engine, "models discard", {"run_id": run}):
        discard_model(engine, run)
    print_message(f"Discarded run {run}.")


@models.command("roll-back")
def roll_back(
    run: Annotated[
        UUID | None,
        typer.Argument(
            parser=parse_run,
            metavar="[RUN]",
            help="Training run to publish again; by default the champion that this one replaced.",
        ),
    ] = None,
    data_dir: DataDir = None,
    as_of: AsOfOption = None,
) -> None:
    """Publish an earlier champion again, for the customers of today."""

    def choose(engine: Engine) -> UUID:
        if run is not None:
            return run
        with translate_db_errors(), engine.connect() as connection:
            return previous_champion(connection)

    _change("roll_back", data_dir, as_of, choose, roll_back_model)


@models.command("refit-value")
def refit_value(data_dir: DataDir = None, as_of: AsOfOption = None) -> None:
    """Measure the edges between value bands anew, and assign all customers by them."""
    settings = settings_with(data_dir=data_dir, as_of=as_of)
    with (
        opened_engine(settings) as engine,
        audited(engine, "models refit-value", {}),
        running(engine, "refit_value") as run,
    ):
        found = refit_value_bands(Context(engine, settings), run, settings.today)
    unit = f" ({settings.currency})" if settings.currency else ""
    if found.before is not None:
        print_message(f"Edges before{unit}: {edges_in_words(found.before)}")
    print_message(f"Edges now{unit}: {edges_in_words(found.after)}")


def _change(
    job: JobName,
    data_dir: Any,
    as_of: Any,
    choose: Callable[[Engine], UUID],
    change: Callable[[Context, Run, UUID], UUID],
) -> None:
    settings = settings_with(data_dir=data_dir, as_of=as_of)
    with opened_engine(settings) as engine:
        run_id = choose(engine)
        audit = audited(engine, f"models {job.replace('_', '-')}", {"run_id": run_id})
        with audit, running(engine, job, parameters={"run_id": str(run_id)}) as run:
            replaced = change(Context(engine, settings), run, run_id)
        print_message(
            f"Run {run_id} is current now, for the customers of {settings.today}; before, run {replaced} was."
        )
        segments_table(engine, settings.currency)


def _describe(row: dict[str, Any]) -> str:
    """Return a training run as lines: a table has no room for the reasons beside the id."""
    outcome = "champion" if row["is_current"] else row["outcome"].replace("_", " ")
    found = row["comparison"]
    lines = [
        f"{row['run_id']}  {outcome}",
        f"as of {row['as_of']}, k = {row['k']}, {counted(row['customers'], 'customer')}",
        *([_compare(found)] if found else []),
        *row["reasons"],
        *(["It can be promoted or discarded."] if row["can_be_promoted"] else []),
    ]
    return "\n  ".join(lines) + "\n"


def _compare(found: dict[str, Any]) -> str:
    parts = [f"moves {found['moved_by_model']:.1%} of the customers", f"adjusted Rand index {found['ari']:.2f}"]
    if found["inertia_ratio"] is not None:
        parts.append(f"inertia of the champion {found['inertia_ratio']:.3f} times that of this model")
    return f"compared with the champion before: {', '.join(parts)}"
