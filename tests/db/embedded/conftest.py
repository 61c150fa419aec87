"""Data directories of the embedded server: one is initialised a module, tests work on copies."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest

from app.db.embedded import embedded_postgres

HOLD = """
import sys
from pathlib import Path
from app.db.embedded import embedded_postgres
with embedded_postgres(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


Holding = Callable[[Path], AbstractContextManager["subprocess.Popen[str]"]]


def ask(url: str, question: str = "select 1") -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


@pytest.fixture(scope="module")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("initialised")
    with embedded_postgres(data_dir):
        return data_dir


@pytest.fixture
def data_dir(initialised: Path, tmp_path: Path) -> Path:
    """A copy of an initialised directory that was stopped."""
    return Path(shutil.copytree(initialised, tmp_path / "data"))


@pytest.fixture
def holding() -> Holding:
    """Another process that uses the server of a directory until its input is closed."""

    @contextmanager
    def hold(data_dir: Path) -> Iterator["subprocess.Popen[str]"]:
        with subprocess.Popen(
            [sys.executable, "-c", HOLD, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            yield process
            process.communicate()

    return hold
