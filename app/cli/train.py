"""Commands `regulars train` and `rescore`; a module of its own, because scikit-learn takes half the time of a start."""

from contextlib import nullcontext
from datetime import date
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import Engine, select

from app.cli.audit import audited
from app.cli.database import opened_engine
from app.cli.options import AsOfOption, DataDir, Json, settings_with
from app.cli.output import print_json, print_message
from app.cli.segments_table import segments_shown, segments_table
from app.db.engine import translate_db_errors
from app.errors import NoCustomers
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.no_model_reason import NO_MODEL_REASON
from app.pipeline.rescore import rescore_customers
from app.pipeline.retrain import TrainingResult, retrain
from app.plurals import counted
from app.segments.held_model import decisions
from app.segments.publish import current_run_id


def train(
    data_dir: DataDir = None,
    as_of: AsOfOption = None,
    force: Annotated[bool, typer.Option("--force", help="Publish the new model whatever the policy says.")] = False,
    json: Json = False,
) -> None:
    """Train on all customers, and publish the new model if the policy says so."""
    settings = settings_with(data_dir=data_dir, as_of=as_of)
    with opened_engine(settings) as engine:
        context = Context(engine, settings)
        with audited(engine, "train --force", {}) if force else nullcontext():
            train_and_report(context, is_forced=force)
        _show_segments(context, json=json)


def rescore(data_dir: DataDir = None, as_of: AsOfOption = None, json: Json = False) -> None:
    """Score all customers for the day by the published model."""
    settings = settings_with(data_dir=data_dir, as_of=as_of)
    with opened_engine(settings) as engine:
        context = Context(engine, settings)
        _check_published(engine)
        with running(engine, "rescore") as run:
            scored = rescore_customers(context, run, settings.today)
        print_message(f"Scored {counted(scored.customers, 'customer')} as of {settings.today}.")
        _show_segments(context, json=json)


def train_and_report(context: Context, *, is_forced: bool = False) -> None:
    """Train a model in this process; score the customers by the published one where it is not published."""
    today = context.settings.today
    with running(context.engine, "retrain") as run:
        trained = retrain(context, run, today, is_forced=is_forced)
    print_message(describe(trained, run.run_id, today))
    if trained.outcome != "published":
        with running(context.engine, "rescore") as run:
            rescore_customers(context, run, today)


def describe(trained: TrainingResult, run_id: UUID, as_of: date) -> str:
    """Return what a training run did, and which commands decide about a held model."""
    decide = [f"Decide: {decisions(run_id)}"] if trained.outcome == "held" else []
    kept = ["Not published."] if trained.outcome == "not_published" else []
    reasons = " ".join([*kept, *trained.reasons, *decide])
    return f"Trained on {counted(trained.customers, 'customer')} as of {as_of}: k = {trained.k}. {reasons}"


def _check_published(engine: Engine) -> None:
    """Raise NoCustomers, with the reason, before the first publication."""
    with translate_db_errors(), engine.connect() as connection:
        if current_run_id(connection) is None:
            reason = connection.execute(select(NO_MODEL_REASON)).scalar_one()
            raise NoCustomers(
                f"nothing is scored: {reason or 'no model is published yet; train first (regulars train)'}"
            )


def _show_segments(context: Context, *, json: bool) -> None:
    if json:
        print_json(segments_shown(context.engine))
    else:
        segments_table(context.engine, context.settings.currency)
