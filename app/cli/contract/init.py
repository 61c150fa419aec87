"""Command `regulars contract init`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import print_message, progress_bar
from app.contract.draft.document import CHECK
from app.plurals import counted
from app.prepare.draft.draft import draft_contract


def init(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Folders or files of sales.")],
) -> None:
    """Draft a contract from sales files and print it; confirm or correct its lines with CHECK."""
    with progress_bar("Reading", "files") as bar:
        document = draft_contract(paths, bar.show)
    sys.stdout.write(document)
    checks = sum(line.strip().startswith(CHECK.strip()) for line in document.splitlines())
    print_message(
        f"{counted(checks, 'line')} to confirm or correct (# CHECK:). "
        "Next: regulars contract check --contract FILE PATH"
    )
