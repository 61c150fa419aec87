"""Command `regulars train`; a module of its own, because scikit-learn takes half of the time of a start."""

from app.cli.database import opened_engine
from app.cli.options import AsOfOption, DataDir, Json, settings_with
from app.cli.output import print_json, print_message
from app.cli.segments_table import segments_shown, segments_table
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.retrain import retrain


def train(data_dir: DataDir = None, as_of: AsOfOption = None, json: Json = False) -> None:
    """Train on all customers and publish the segments."""
    settings = settings_with(data_dir=data_dir, as_of=as_of)
    with opened_engine(settings) as engine:
        train_and_report(Context(engine, settings))
        if json:
            print_json(segments_shown(engine))
        else:
            segments_table(engine, settings.currency)


def train_and_report(context: Context) -> None:
    """Train a model in this process and print the number of clusters."""
    with running(context.engine, "retrain") as run:
        trained = retrain(context, run, context.settings.today)
    print_message(
        f"Trained on {trained.customers:,} customers as of {context.settings.today}: k = {trained.k}. Published."
    )
