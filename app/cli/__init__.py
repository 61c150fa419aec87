"""The command `regulars`."""

import signal
import sys
from importlib import import_module
from typing import Final

UNTIL_STOPPED: Final = frozenset({"up", "serve", "worker"})
INTERRUPTED: Final = 130


def main() -> None:
    """Run a subcommand; SIGINT or SIGTERM ends those that run until they are stopped with exit code 0, others with 130.

    Signals are handled before the modules of the command are imported, which takes a second.
    """
    command = next(iter(sys.argv[1:]), None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: open resources are closed
    if command in UNTIL_STOPPED:
        # A shell without job control starts background processes with SIGINT ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        import_module("app.cli.command").run(command)
    except (KeyboardInterrupt, SystemExit) as error:
        if isinstance(error, SystemExit) and error.code != INTERRUPTED:  # typer ends with it for KeyboardInterrupt
            raise
        sys.stderr.write("regulars: stopped\n")
        sys.exit(0 if command in UNTIL_STOPPED else INTERRUPTED)
