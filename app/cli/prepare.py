"""Commands that prepare daily files: generate, split, upload."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from app.cli.options import parse_day
from app.cli.output import print_message, progress_bar
from app.errors import BadData, Misconfigured
from app.prepare import upload as uploading
from app.prepare.csv_format import export_contract
from app.prepare.generator import generate as generating
from app.prepare.history import split as splitting
from app.settings import read_settings
from app.source.open import read_source_contract

SERVER_KEY: Final = re.compile(r"declare `(delimiter|encoding): ([^`]+)` of the server in the contract")

Out = Annotated[Path, typer.Option(help="Folder for the daily files.")]
Replace = Annotated[bool, typer.Option("--replace", help="Overwrite days that the folder already has.")]


def generate(
    out: Out,
    start: Annotated[date, typer.Option(parser=parse_day, metavar="DATE", help="Date of the first day.")],
    customers: Annotated[int, typer.Option(help="Customers at the start.")] = generating.CUSTOMERS,
    days: Annotated[int, typer.Option(help="Number of days.")] = generating.DAYS,
    seed: Annotated[int, typer.Option(help="Random seed; the same seed gives the same files.")] = 2026,
    replace: Replace = False,
) -> None:
    """Generate synthetic sales as daily files."""
    with progress_bar("Generating sales", "days") as bar:
        made = generating.generate(
            out,
            customers=customers,
            days=days,
            start=start,
            seed=seed,
            replace=replace,
            progress=lambda done: bar.show((done.day - start).days + 1, days, f"{done.rows:,} rows"),
        )
    print_message(
        f"{made.rows:,} rows of {made.customers:,} customers in {made.days:,} files, {made.first} to {made.last}: {out}"
    )


def split(
    export: Annotated[Path, typer.Argument(help="Export of sales: .xlsx, .csv or .csv.gz.")],
    out: Out = Path("daily_sales"),
    start: Annotated[
        date | None,
        typer.Option(
            parser=parse_day,
            metavar="DATE",
            help="New date of the first trading day; the others follow without gaps. By default dates are unchanged.",
        ),
    ] = None,
    delimiter: Annotated[str, typer.Option(help="Column delimiter of a CSV, or comma, semicolon, tab, pipe.")] = ",",
    decimal: Annotated[str, typer.Option(help="Decimal mark, . or ,.")] = ".",
    encoding: Annotated[str, typer.Option(help="Encoding of a CSV.")] = "utf-8",
    date_format: Annotated[str, typer.Option(help="Format of dates, e.g. '%m/%d/%Y %H:%M'.")] = "%Y-%m-%d",
    replace: Replace = False,
) -> None:
    """Split a historical export into daily files, ready to be loaded.

    The options describe the export; the contract declares its columns and the format of the daily files.
    """
    source_contract = read_source_contract(read_settings())
    reads = export_contract(
        source_contract, delimiter=delimiter, decimal=decimal, encoding=encoding, date_format=date_format
    )
    with options_named(), progress_bar("Splitting", "days") as bar:
        made = splitting.split(
            export,
            out,
            start=start,
            reads=reads,
            writes=source_contract,
            replace=replace,
            on_read=lambda rows: bar.note(f"{rows:,} rows read"),
            progress=lambda done: bar.note(f"{done.day} written"),
        )
    for sheet in made.skipped:
        print_message(f"Skipped, no sales: {sheet}")
    print_message(f"{made.rows:,} rows in {made.days:,} files, {made.first} to {made.last}: {out}")


@contextmanager
def options_named() -> Iterator[None]:
    """Replace the keys of the contract by the names of options in errors about the format of an export."""
    try:
        yield
    except BadData as error:
        raise type(error)(SERVER_KEY.sub(r"give --\1 \2", str(error))) from error


def upload(
    folder: Annotated[Path, typer.Argument(help="Folder of daily files.")],
    url: Annotated[str, typer.Argument(help="s3://bucket/prefix")],
    day: Annotated[
        date | None, typer.Option(parser=parse_day, metavar="DATE", help="Only this day; by default all days.")
    ] = None,
) -> None:
    """Upload daily files to a bucket; unchanged files are not sent again."""
    if not folder.is_dir():
        raise Misconfigured(f"Folder {folder} does not exist: give the folder of daily files.")
    with progress_bar("Uploading", "files") as bar:
        done = uploading.upload(folder, url, read_settings(), day, lambda file, _new: bar.note(file.key))
    print_message(f"Sent {done.sent:,} files ({done.size:,} bytes) to {url}; {done.unchanged:,} were already there.")
