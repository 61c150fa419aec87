"""Subcommands of `regulars`, their errors and exit codes."""

import os
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated

import typer

from app.cli.logs import configure_logging
from app.cli.output import print_error
from app.errors import RegularsError
from app.settings import read_monitoring_settings

USAGE_ERROR = 2
MODULE_OF = {
    "up": "up",
    "serve": "serve",
    "worker": "worker",
    "ingest": "ingest",
    "train": "train",
    "rescore": "train",
    "models": "models",
    "segments": "segments",
    "runs": "runs",
    "report": "report",
    "migrate": "operations",
    "retain": "operations",
    "status": "operations",
    "doctor": "operations",
    "quarantine": "quarantine",
    "keys": "keys",
    "erase": "erase",
    "source": "source",
    "contract": "contract",
    "generate": "prepare",
    "split": "prepare",
    "upload": "prepare",
}
LOW_PRIORITY = frozenset({"worker", "train", "rescore", "report"})
NICENESS = 10
VERSION_OPTION = "--version"


def _print_version(is_given: bool) -> None:  # the signature of a callback
    if is_given:
        sys.stdout.write(f"regulars {version('regulars')}\n")
        raise typer.Exit


def make_app(only: str | None = None) -> typer.Typer:
    """Return the command with all subcommands, or with one, to import only its modules."""
    app = typer.Typer(
        name="regulars",
        help="Customer segmentation for retailers: daily sales files in, segments and recommendations out.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    for name, module in MODULE_OF.items():
        if only in {None, name}:
            found = getattr(import_module(f"app.cli.{module}"), name)
            if isinstance(found, typer.Typer):
                app.add_typer(found, name=name)
            else:
                app.command()(found)
    return app


def _options(
    *,
    show_version: Annotated[  # its callback prints and ends
        bool, typer.Option(VERSION_OPTION, is_eager=True, callback=_print_version, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def run(command: str | None) -> None:
    """Run a subcommand; an expected error is one line on standard error and exit code 2."""
    settings = read_monitoring_settings()
    configure_logging(settings.log_format)
    if command in LOW_PRIORITY:
        os.nice(NICENESS)  # before numpy starts its threads: on one machine, requests of the API come first
    try:
        make_app(command if command in MODULE_OF or command == VERSION_OPTION else None)()
    except RegularsError as error:
        print_error(error)
        sys.exit(USAGE_ERROR)
