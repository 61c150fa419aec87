"""Executor: reads, types and validates files in a private database, and writes their rows to the lake.

The statements are those of the ledger's database, unchanged; nothing here depends on how executors are started.
"""

import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import Final
from uuid import uuid4

import psycopg
from sqlalchemy import Connection, Engine, select, text

from app.bronze.decode import is_header_only
from app.contract.fingerprint import reading_fingerprint
from app.db.engine import is_down
from app.db.sql import named
from app.errors import BadData, RegularsError
from app.lake.lake import Lake, open_lake
from app.pipeline.ledger import SourceFile
from app.pipeline.load_batch import PLANNER_SETTINGS
from app.pipeline.load_file import LoadTransaction, receive_and_clean
from app.pipeline.processing import PART_TABLES, FileLayout, Outcome, ProcessingFailed, ProcessingJob, TablePart
from app.pipeline.tables import source_file
from app.pipeline.version_resolution import Versions
from app.silver.clean import CleanCounts
from app.source.open import open_source
from app.source.protocol import Fetched, Source

IN_MEMORY_BYTES: Final = 8 * 1024**2
EMPTIED: Final = text("truncate bronze.sales_row, silver.sales_row, silver.quarantine, pipeline.source_file")
f = source_file.c


class Executor:
    """Executor of one job in one process."""

    def __init__(self, job: ProcessingJob, engine: Engine) -> None:
        """Open source and lake of the job; engine: of the private database."""
        self._job, self._engine = job, engine
        self._lake: Lake = open_lake(job.settings)
        server = job.source_contract.server
        self._source: Source = open_source(job.settings, job.location, server.name, job.source_contract)

    def process(self, files: Sequence[SourceFile]) -> Iterator[Outcome]:
        """Yield the outcome of each file; raises an error only if the private database or the lake fails."""
        with self._engine.begin() as connection:
            connection.execute(EMPTIED)  # rows of files that were rolled back
        for file in files:
            yield self._process(file)

    def _process(self, file: SourceFile) -> Outcome:
        try:
            fetched = self._source.fetch(file.object)
        except RegularsError as error:
            return Outcome(file.file_id, not_fetched=error)
        with fetched.content:
            outcome = Outcome(
                file_id=file.file_id,
                sha256=fetched.sha256,
                reading=reading_fingerprint(self._job.source_contract),
                is_header_only=is_header_only(fetched.content, file.address, self._job.source_contract),
            )
            try:
                with self._rolled_back() as connection:
                    cleaned = self._load(connection, file, fetched)
                    layout = connection.execute(select(f.columns, f.other_sheets)).one()
                    parts = tuple(self._parts(connection, file, cleaned))
            except BadData as error:
                return replace(outcome, error=error)
            except Exception as error:
                if is_down(error) or isinstance(error, RegularsError):
                    raise
                return replace(outcome, error=_failure(error))
            return replace(
                outcome, cleaned=cleaned, layout=FileLayout(layout.columns, layout.other_sheets), parts=parts
            )

    @contextmanager
    def _rolled_back(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    def _load(self, connection: Connection, file: SourceFile, fetched: Fetched) -> CleanCounts:
        job = self._job
        connection.execute(PLANNER_SETTINGS)
        _enter(connection, file, job.received_at)
        transaction = LoadTransaction(
            connection=connection,
            versions=Versions([]),
            source_contract=job.source_contract,
            today=job.today,
            suppressed=job.suppressed,
            max_quarantined_share=job.settings.max_quarantined_share,
            run_id=job.run_id,
            now=job.received_at,
        )
        return receive_and_clean(transaction, file.file_id, file, fetched)

    def _parts(self, connection: Connection, file: SourceFile, cleaned: CleanCounts) -> Iterator[TablePart]:
        rows = dict(zip(PART_TABLES, (cleaned.rows, cleaned.loaded, cleaned.quarantined), strict=True))
        attempt = uuid4().hex
        for table, number in rows.items():
            if number:
                name = f"{self._job.job_id.hex}-{file.file_id}-{attempt}.{table}"
                yield TablePart(table, name, self._write(connection, table, name), number)

    def _write(self, connection: Connection, part_table: str, name: str) -> str:
        """Write the rows of the file to the lake; return the SHA-256 of the bytes."""
        table, digest = PART_TABLES[part_table], sha256()
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)  # noqa: S101  # for the type checker
        with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as content, driver.cursor() as cursor:
            with cursor.copy(f"copy {table} ({', '.join(table.c.keys())}) to stdout (format binary)") as copy:
                for chunk in copy:
                    digest.update(chunk)
                    content.write(chunk)
            content.seek(0)
            self._lake.write(name, content)
        return digest.hexdigest()


def _enter(connection: Connection, file: SourceFile, at: datetime) -> None:
    """Enter a file in the ledger of the private database, by its id."""
    listed = file.object
    values = {"id": file.file_id, "source": file.source, "key": listed.key, "etag": listed.etag, "size": listed.size}
    times = {"last_modified": listed.last_modified, "discovered_at": at}
    connection.execute(named(__package__, "enter_file"), {**values, **times})


def _failure(error: Exception) -> ProcessingFailed:
    """Return an error that another process can read: message and traceback, without the objects of the original."""
    failure = ProcessingFailed(str(error))
    failure.add_note("".join(traceback.format_exception(error)))
    return failure
