"""Commands `regulars ingest` and `regulars train`."""

from dataclasses import asdict

from app.cli.database import opened_engine
from app.cli.options import AddSource, AsOfOption, ContractOption, DataDir, Json, SourceOption, settings_with
from app.cli.output import as_json, progress_bar, say
from app.cli.segments_table import segments_shown, segments_table
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.ingest import IngestPolicy
from app.pipeline.ingest import ingest as run_ingest
from app.pipeline.load_batch import Counts
from app.pipeline.retrain import retrain
from app.source.open import declared_rules, open_sources


def ingest(
    source: SourceOption = None,
    contract: ContractOption = None,
    data_dir: DataDir = None,
    as_of: AsOfOption = None,
    add_source: AddSource = False,
    json: Json = False,
) -> None:
    """Load new files of the source."""
    settings = settings_with(source=source, data_dir=data_dir, as_of=as_of, contract=contract)
    declared_rules(settings)  # an invalid contract is refused before anything is started
    with opened_engine(settings, begins=True) as engine:
        context = Context(engine, settings)
        counts = ingest_and_report(context, add_source=add_source)
    if json:
        as_json(asdict(counts))


def train(data_dir: DataDir = None, as_of: AsOfOption = None, json: Json = False) -> None:
    """Train on all customers and publish the segments."""
    settings = settings_with(data_dir=data_dir, as_of=as_of)
    with opened_engine(settings) as engine:
        train_and_report(Context(engine, settings))
        if json:
            as_json(segments_shown(engine))
        else:
            segments_table(engine, settings.currency)


def ingest_and_report(context: Context, *, add_source: bool) -> Counts:
    """Run an ingest in this process, with a progress bar, and print its counts.

    add_source: load the source even if the database has files of another one.
    """
    with running(context.engine, "ingest") as run, progress_bar("Loading", "files") as bar:
        counts = run_ingest(
            context,
            open_sources(context.settings),
            run,
            lambda done, total: bar.show(done.files, total, f"{done.rows_read:,} rows"),
            IngestPolicy(adds_source=add_source),
        )
    if not counts.files:
        say("There are no new files in the source.")
        return counts
    refused = f", {counts.rejected:,} files refused (see: regulars status)" if counts.rejected else ""
    if counts.failed:
        refused += f", {counts.failed:,} could not be read and are retried by the next run"
    say(
        f"Loaded {counts.loaded:,} files: {counts.rows_read:,} rows = {counts.rows_loaded:,} in silver"
        f" + {counts.rows_quarantined:,} quarantined{refused}."
    )
    return counts


def train_and_report(context: Context) -> None:
    """Train a model in this process and print the number of clusters."""
    with running(context.engine, "retrain") as run:
        trained = retrain(context, run, context.settings.today)
    say(f"Trained on {trained.customers:,} customers as of {context.settings.today}: k = {trained.k}. Published.")
