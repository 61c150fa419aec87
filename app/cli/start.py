"""Steps of `regulars up`: database, sales, segments, processes."""

from pathlib import Path

from sqlalchemy import select

from app.access.api_keys import has_keys
from app.api.middleware.auth import check_binding
from app.cli.database import opened_engine
from app.cli.ingest import ingest_and_report
from app.cli.options import with_demo_source
from app.cli.output import print_message, progress_bar
from app.cli.segments_table import segments_table
from app.cli.supervisor import Supervisor
from app.cli.train import train_and_report
from app.errors import NoCustomers
from app.jobs.context import Context
from app.prepare.demo import generate_demo
from app.segments.tables import current_run
from app.settings import Settings
from app.source.open import has_source


def start(settings: Settings, *, add_source: bool) -> None:
    """Open the database, load the source, train, and run the API and the worker until Ctrl-C.

    Args:
        settings: settings; without a source, demonstration sales are generated in the data directory.
        add_source: whether to load the source even if the database has files of another source.
    """
    with opened_engine(settings, migrates=True, begins=True) as engine:
        check_binding(settings, has_keys=has_keys(engine))
        if not has_source(settings):
            settings = with_demo_source(settings)
            _generate_demo_sales(settings)
        context = Context(engine, settings)
        load_and_train(context, add_source=add_source)
        Supervisor(settings, engine).run()


def load_and_train(context: Context, *, add_source: bool) -> None:
    """Load the source, train if anything has changed, and print the segments, or why there are none."""
    counts = ingest_and_report(context, add_source=add_source)
    with context.engine.connect() as connection:
        current_as_of = connection.execute(select(current_run.c.as_of)).scalar_one_or_none()
    try:
        if counts.loaded or current_as_of != context.settings.today:
            train_and_report(context)
        segments_table(context.engine, context.settings.currency)
    except NoCustomers as error:
        print_message(f"{str(error).removesuffix('.')}. Until a training run succeeds, there are no segments.")


def _generate_demo_sales(settings: Settings) -> None:
    folder = Path(str(settings.source))
    with progress_bar("Generating sales", "days") as bar:
        made = generate_demo(folder, settings.today, progress=lambda done: bar.note(f"{done.day}"))
    if made is not None:
        print_message(f"Generated {made.days} days of sales in {folder}.")
