"""Settle an outcome: copy the rows that an engine has read and validated from the lake into bronze and silver."""

from collections.abc import Collection, Iterator
from hashlib import sha256
from typing import Final

import psycopg
from sqlalchemy import Connection, text, update

from app.errors import Misconfigured, StoreUnavailable
from app.lake.lake import Lake
from app.pipeline import ledger
from app.pipeline.ledger import SourceFile
from app.pipeline.processing import PART_TABLES, Outcome, ProcessingJob, TablePart
from app.pipeline.tables import source_file
from app.pipeline.version_resolution import Versions
from app.silver.clean import CleanCounts
from app.suppression.filter import SuppressionFilter

FOLDS_LETTERS: Final = text("select lower('ÀÉÖØÞĀŠŽΛΩБЯ') = 'àéöøþāšžλωбя'")


def check_letters(connection: Connection) -> None:
    """Raise Misconfigured for a database that changes the case of ASCII letters only, unlike that of an executor."""
    if not connection.execute(FOLDS_LETTERS).scalar_one():
        raise Misconfigured(
            "lower() of this database changes ASCII letters only (LC_CTYPE is C), and executors would give other rows; "
            "load into a database with a UTF-8 locale, such as C.UTF-8, or set REGULARS_ENGINE=local"
        )


def is_current(job: ProcessingJob, suppressed: SuppressionFilter) -> bool:
    """Return whether no customer was erased since the files of a job were processed."""
    return job.suppressed == suppressed


def can_settle(versions: Versions, file: SourceFile, outcome: Outcome, postponed: Collection[str]) -> bool:
    """Return whether an outcome has the rows that the ledger needs of a file.

    It has not if an earlier row of the ledger becomes active, whose rows bronze may have.

    Args:
        postponed: contents of the wave's files that are loaded later; which of two files with the same content is the
            duplicate depends on their order.
    """
    if outcome.sha256 in postponed:
        return False
    resolution = versions.resolve(file.file_id, file.name, outcome.sha256)
    return resolution.activate is None or (resolution.activate == file.file_id and not resolution.is_received)


def copy_outcome(connection: Connection, lake: Lake, job: ProcessingJob, outcome: Outcome) -> CleanCounts:
    """Copy the rows of an outcome into bronze, silver and quarantine, and record when and how they were received.

    Raises the error of the outcome, StoreUnusable for a missing part, StoreUnavailable for one with other bytes.
    """
    if outcome.error is not None or outcome.cleaned is None:
        raise outcome.error or AssertionError(f"file {outcome.file_id} has no outcome")
    file_id, layout = outcome.file_id, outcome.layout
    ledger.record_received(connection, file_id, outcome.reading, job.received_at)
    found = {"columns": layout.columns, "other_sheets": layout.other_sheets}
    connection.execute(update(source_file).where(source_file.c.id == file_id).values(found))
    rows = {part.table: _copy(connection, lake, part) for part in outcome.parts}
    cleaned = outcome.cleaned
    copied = [rows.get(table, 0) for table in PART_TABLES]
    if copied != [cleaned.rows, cleaned.loaded, cleaned.quarantined]:
        raise AssertionError(f"file {file_id}: {copied} rows copied, {cleaned.rows} accounted for")
    return cleaned


def _copy(connection: Connection, lake: Lake, part: TablePart) -> int:
    table = PART_TABLES[part.table]
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101  # for the type checker
    statement = f"copy {table} ({', '.join(table.c.keys())}) from stdin (format binary)"
    try:
        with driver.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for chunk in _verified(lake.read(part.name), part):
                    copy.write(chunk)
            return cursor.rowcount
    except psycopg.DataError as error:  # bytes that COPY cannot read, before the last one is verified
        raise _other_bytes(part) from error


def _verified(chunks: Iterator[bytes], part: TablePart) -> Iterator[bytes]:
    """Yield the chunks of a part; raises StoreUnavailable after the last one, within COPY, if its bytes differ."""
    digest = sha256()
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != part.sha256:
        raise _other_bytes(part)


def _other_bytes(part: TablePart) -> StoreUnavailable:
    return StoreUnavailable(
        f"{part.name} in REGULARS_LAKE has other bytes than were written; the next ingest processes its file again"
    )
