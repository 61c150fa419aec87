"""Command `report`: measure a model, and show the report or write its figures."""

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from app.cli.database import opened_engine
from app.cli.options import DataDir, Json, parse_run, settings_with
from app.cli.output import print_json, print_message, print_table
from app.cli.report_figures import write_figures
from app.cli.report_table import holdout_table
from app.errors import NoCustomers
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.report import report as compute
from app.segments.model.segment_table.table import SegmentTable
from app.segments.publish import current_run_id
from app.segments.reports.store import StoredReport, read_report


def report(
    run: Annotated[
        UUID | None, typer.Argument(parser=parse_run, metavar="[RUN]", help="Training run; by default the current one.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Measure again, from the sales that are loaded now.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Folder to write the figures to, as SVG.")] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Measure how good a model is: clusters, stability, and what its groups say about later purchases."""
    context, found = _measured(data_dir, run, again=again)
    if svg is not None:
        for path in write_figures(found.report, svg):
            print_message(f"Wrote {path}.")
    if json:
        print_json(found.report)
    else:
        print_report(found.report, context.settings.currency)


def _measured(data_dir: Path | None, run_id: UUID | None, *, again: bool) -> tuple[Context, StoredReport]:
    settings = settings_with(data_dir=data_dir)
    with opened_engine(settings) as engine:
        context = Context(engine, settings)
        with engine.connect() as connection:
            wanted = run_id or current_run_id(connection)
            found = read_report(connection, wanted) if wanted and not again else None
        if found is None:
            with running(engine, "report") as run:
                wanted = compute(context, run, run_id)
            with engine.connect() as connection:
                found = read_report(connection, wanted)
        if found is None:
            raise NoCustomers("the training run was removed while it was measured; try again")
    return context, found


def print_report(found: dict[str, Any], currency: str | None) -> None:
    """Print the tables of a report."""
    clusters, holdout, table = found["clusters"], found["holdout"], SegmentTable.load()
    columns = ["customers", "silhouette", "Jaccard of refits"]
    rows = [
        (
            each["cluster"],
            table.name_of("kmeans", each["slug"]) if each["slug"] else "-",
            f"{each['customers']:,}",
            _number(each["silhouette"]),
            _number(each["jaccard"]),
        )
        for each in clusters["clusters"]
    ]
    agreement = f"; agreement of {clusters['refits']} refits (ARI): {clusters['ari']:.2f}" if clusters["refits"] else ""
    print_table(f"Clusters as of {found['as_of']}{agreement}", ["cluster", "segment", *columns], rows, columns)
    if reason := found["forecast"]["reason"]:
        print_message(f"CLV: {reason}.")
    if reason := holdout["reason"]:
        print_message(f"Later purchases: {reason}.")
        return
    holdout_table(holdout, currency)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
