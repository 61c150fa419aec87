"""Private database of an executor: PostgreSQL for one process, ended with it, however that process ends.

A child process owns the server and waits for the end of its input. A killed parent closes that input too, so that no
server is left over, which an exit handler could not guarantee: Spark kills the processes of its executors.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine

from app.db.engine import make_engine
from app.errors import Misconfigured
from app.pipeline.dry_run.database import temporary_database

COMMAND: Final = ("-m", __name__)
STOP_SECONDS: Final = 30


@contextmanager
def private_database() -> Iterator[Engine]:
    """Open an engine on a migrated database of this process; raises Misconfigured if it does not start."""
    # A session of its own: Spark sends signals to the process group of its Python processes.
    child = subprocess.Popen(  # noqa: S603  # this program
        [sys.executable, *COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with child:
        assert child.stdin is not None  # noqa: S101  # for the type checker
        assert child.stdout is not None  # noqa: S101
        url = child.stdout.readline().strip()
        if not url:
            raise Misconfigured(
                "the private PostgreSQL of an executor did not start; its error output has the reason, such as a "
                "missing extra: pip install 'regulars[embedded]'"
            )
        engine = make_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()
            child.stdin.close()
            child.wait(STOP_SECONDS)


def main() -> None:
    """Run a database until the end of input; its address is the only line of output."""
    with temporary_database() as engine:
        sys.stdout.write(f"{engine.url.render_as_string(hide_password=False)}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
