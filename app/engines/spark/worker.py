"""Code that runs in the Python processes of Spark's executors, and imports nothing of Spark."""

import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Engine

from app.engines.executor import Executor
from app.engines.private_database import private_database
from app.pipeline.ledger import SourceFile
from app.pipeline.processing import Outcome, ProcessingJob

ROOT: Final = Path(__file__).resolve().parents[2]
OPENED: Final = ExitStack()
"""Open until this process ends: its database serves all of its tasks."""
DIGITS: Final = 12


class Installation(NamedTuple):
    """Versions of a process that have to be the same everywhere: of Python, of the package, and of its sources."""

    python: str
    package: str
    sources: str

    def __str__(self) -> str:
        return f"Python {self.python} with Regulars {self.package} ({self.sources})"


@cache
def installation() -> Installation:
    """Return the versions of this process."""
    digest = hashlib.sha256()
    for path in sorted(ROOT.rglob("*")):
        if path.suffix in {".py", ".sql", ".yaml"}:
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    python = ".".join(map(str, sys.version_info[:2]))
    return Installation(python, version("regulars"), digest.hexdigest()[:DIGITS])


def read_installations(_: Iterator[int]) -> Iterator[Installation]:
    """Yield the versions of an executor, for the check before any file is read."""
    yield installation()


def start_database(_: Iterator[int]) -> Iterator[bool]:
    """Start the private database of an executor, so that a missing one is an error before any file is read."""
    _database()
    yield True


def process_groups(job: ProcessingJob) -> Callable[[Iterator[Sequence[SourceFile]]], Iterator[Outcome]]:
    """Return the function of a task, which yields the outcomes of groups of files in their order."""

    def task(groups: Iterator[Sequence[SourceFile]]) -> Iterator[Outcome]:
        for group in groups:
            yield from _executor(_ById(job.job_id, job)).process(group)

    return task


@cache
def _database() -> Engine:
    return OPENED.enter_context(private_database())


@lru_cache(maxsize=1)
def _executor(job: "_ById") -> Executor:
    return Executor(job.job, _database())


@dataclass(frozen=True, slots=True)
class _ById:
    """A job that is compared by its id; a process receives a copy of it for each task."""

    job_id: UUID
    job: ProcessingJob = field(compare=False)
