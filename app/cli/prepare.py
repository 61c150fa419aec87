"""Commands for what stands before the bucket: generate, split, upload."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import parse_day
from app.cli.output import progress_bar, say
from app.errors import Misconfigured
from app.prepare import upload as uploading
from app.prepare.generator import generate as generating
from app.prepare.history import split as splitting
from app.settings import read_settings

Start = Annotated[date, typer.Option(parser=parse_day, metavar="DATE", help="The date of the first day.")]
Out = Annotated[Path, typer.Option(help="Folder that the daily files go to.")]
Replace = Annotated[bool, typer.Option("--replace", help="Write over days that the folder holds already.")]


def generate(
    out: Out,
    start: Start,
    customers: Annotated[int, typer.Option(help="Customers at the start.")] = generating.CUSTOMERS,
    days: Annotated[int, typer.Option(help="Days of sales.")] = generating.DAYS,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 2026,
    replace: Replace = False,
) -> None:
    """Invent sales that behave like real ones, as daily files."""
    with progress_bar("Inventing sales", "days") as bar:
        made = generating.generate(
            out,
            customers=customers,
            days=days,
            start=start,
            seed=seed,
            replace=replace,
            progress=lambda done: bar.show((done.day - start).days + 1, days, f"{done.rows:,} rows"),
        )
    say(
        f"{made.rows:,} rows of {made.customers:,} customers in {made.days:,} files, {made.first} to {made.last}: {out}"
    )


def split(
    export: Annotated[Path, typer.Argument(help="The workbook (.xlsx) or its .csv or .csv.gz.")],
    start: Start,
    out: Out = Path("daily_sales"),
    date_format: Annotated[
        str | None, typer.Option(help="Format of InvoiceDate in a CSV, e.g. '%m/%d/%Y %H:%M'.")
    ] = None,
    encoding: Annotated[str, typer.Option(help="Encoding of a CSV.")] = "utf-8-sig",
    replace: Replace = False,
) -> None:
    """Cut a historical export into daily files: the i-th trading day is dated start + i days."""
    with progress_bar("Splitting", "days") as bar:
        made = splitting.split(
            export,
            out,
            start=start,
            date_format=date_format,
            encoding=encoding,
            replace=replace,
            reading=lambda rows: bar.note(f"{rows:,} rows read"),
            progress=lambda done: bar.note(f"{done.day} written"),
        )
    for sheet in made.skipped:
        say(f"Left out, no sales: {sheet}")
    say(f"{made.rows:,} rows in {made.days:,} files, {made.first} to {made.last}: {out}")


def upload(
    folder: Annotated[Path, typer.Argument(help="Folder of daily files.")],
    url: Annotated[str, typer.Argument(help="s3://bucket/prefix")],
    day: Annotated[
        date | None, typer.Option(parser=parse_day, metavar="DATE", help="Only this day; all when left out.")
    ] = None,
) -> None:
    """Put daily files into a bucket; what is there already is not sent again."""
    if not folder.is_dir():
        raise Misconfigured(f"folder {folder} does not exist")
    with progress_bar("Uploading", "files") as bar:
        done = uploading.upload(folder, url, read_settings(), day, lambda file, _new: bar.note(file.key))
    say(f"Sent {done.sent:,} files ({done.size:,} bytes) to {url}; {done.unchanged:,} were there already.")
