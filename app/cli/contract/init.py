"""Command `regulars contract init`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import print_message, progress_bar
from app.contract.draft.document import CHECK
from app.prepare.draft.draft import draft_contract


def init(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Folders or files of sales.")],
) -> None:
    """Look at sales files and print a contract for them; lines with CHECK are yours to decide."""
    with progress_bar("Reading", "files") as bar:
        document = draft_contract(paths, bar.show)
    sys.stdout.write(document)
    checks = sum(line.strip().startswith(CHECK.strip()) for line in document.splitlines())
    print_message(f"{checks:,} lines to decide (# CHECK:). Next: regulars contract check --contract FILE PATH")
