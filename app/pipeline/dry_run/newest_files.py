"""Dry run of the first rows of the newest files of every source."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from app.contract.model import SourceContract
from app.jobs.context import Context
from app.pipeline.dry_run.database import temporary_database
from app.pipeline.dry_run.dry_run import dry_run
from app.pipeline.dry_run.report import DryRun
from app.pipeline.dry_run.source import NewestFiles
from app.settings import Settings
from app.source.protocol import Source

MAX_FILES: Final = 3
MAX_ROWS: Final = 1_000
OF_DAYS: Final = ("missing_days", "sales_gap")


def validate_newest_files(
    settings: Settings,
    sources: Sequence[tuple[Source, SourceContract]],
    max_files: int = MAX_FILES,
    max_rows: int = MAX_ROWS,
) -> DryRun:
    """Report the outcome of loading the first rows of each source's newest files into a temporary database.

    Raises the errors of a source that cannot be read, and Misconfigured without the embedded PostgreSQL.
    """
    samples = [
        (NewestFiles(source, max_files), replace(source_contract, max_rows=max_rows))
        for source, source_contract in sources
    ]
    with temporary_database() as engine:
        found = dry_run(Context(engine, settings), samples)
    # The files changed last, such as a correction, need not be of successive days.
    return replace(found, warnings=tuple(each for each in found.warnings if each.name not in OF_DAYS))
