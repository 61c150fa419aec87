"""Load one fetched file: resolve its version, receive its rows in bronze, clean them into silver and quarantine."""

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from app.bronze.load import ReceivedFile, has_rows, load
from app.db.engine import is_down
from app.errors import BadData, TooManyQuarantined
from app.pipeline import ledger
from app.pipeline.ledger import LoadedFile, SourceFile
from app.pipeline.supersede import Superseding, supersede
from app.pipeline.version_resolution import Resolution, Version, Versions
from app.silver import clean as silver
from app.silver.clean import Cleaned
from app.source.csv_format import CsvFormat
from app.source.protocol import Fetched
from app.suppression.filter import SuppressionFilter

log = logging.getLogger("regulars.ingest")


@dataclass(frozen=True, slots=True)
class LoadTransaction:
    """Context of the transaction that loads a batch.

    Attributes:
        connection: the open transaction.
        versions: ledger rows of the keys and contents of the batch.
        csv_format: declared format of the files.
        suppressed: suppression list of erased customers.
        max_quarantined_share: a file with a larger share is rejected.
        run_id: the run that loads.
        now: UTC time recorded with the files.
    """

    connection: Connection
    versions: Versions
    csv_format: CsvFormat
    suppressed: SuppressionFilter
    max_quarantined_share: float
    run_id: UUID
    now: datetime


@dataclass(frozen=True, slots=True)
class FileResult:
    """Outcome of loading one file.

    Attributes:
        file: the file.
        sha256: its content.
        loaded: the loaded file; None if nothing was loaded.
        superseded: id of the file that was superseded; None without one.
        promoted: id of the duplicate that took over the rows of the superseded file; None without one.
        error: BadData if the file is rejected; any other error is a failed attempt.
    """

    file: SourceFile
    sha256: str
    loaded: LoadedFile | None = None
    superseded: int | None = None
    promoted: int | None = None
    error: Exception | None = None


def load_file(transaction: LoadTransaction, file: SourceFile, fetched: Fetched) -> FileResult:
    """Load a file in a savepoint, so that an error does not affect the other files of the transaction.

    Raises an error only if the database is unavailable.
    """
    resolution = transaction.versions.resolve(file.file_id, file.name, fetched.sha256)
    try:
        with transaction.connection.begin_nested():
            promoted = _record(transaction, file, fetched.sha256, resolution)
            cleaned = _clean(transaction, file, fetched, resolution)
    except BadData as error:
        return FileResult(file, fetched.sha256, error=error)
    except Exception as error:
        if is_down(error):
            raise
        log.exception("run %s: %s was not loaded", transaction.run_id, file.address)
        return FileResult(file, fetched.sha256, error=error)
    transaction.versions.apply(resolution, fetched.sha256, cleaned.rows if cleaned else 0, promoted)
    loaded = None
    if resolution.activate is not None and cleaned is not None:
        loaded = LoadedFile(resolution.activate, fetched.sha256, resolution.supersedes, cleaned)
    return FileResult(file, fetched.sha256, loaded, resolution.supersedes, promoted.file_id if promoted else None)


def _record(transaction: LoadTransaction, file: SourceFile, sha256: str, resolution: Resolution) -> Version | None:
    connection, promoted = transaction.connection, None
    if resolution.same_content is not None:
        ledger.adopt_listing(connection, file, resolution.same_content)
    if resolution.retires:
        ledger.retire(connection, resolution.retires)
    if resolution.supersedes is not None:
        superseding = Superseding(transaction.run_id, transaction.now, transaction.csv_format)
        promoted = supersede(connection, resolution.supersedes, superseding)
    if resolution.duplicate_of is not None:
        file_id = resolution.same_content or file.file_id
        ledger.record_duplicate(connection, file_id, sha256, resolution.duplicate_of)
    return promoted


def _clean(transaction: LoadTransaction, file: SourceFile, fetched: Fetched, resolution: Resolution) -> Cleaned | None:
    if resolution.activate is None:
        return None
    connection, file_id = transaction.connection, resolution.activate
    received = None
    if not (resolution.is_received and has_rows(connection, file_id)):
        ledger.record_received(connection, file_id, transaction.now)
        received = load(connection, ReceivedFile(file_id, file.address), fetched.content, transaction.csv_format)
        transaction.suppressed.clear(connection, file_id)
    cleaned = silver.clean(connection, file_id, transaction.csv_format)
    if received not in {None, cleaned.rows}:
        raise AssertionError(f"{file.address}: {received} rows received, {cleaned.rows} accounted for")
    _check_quarantined_share(transaction, file_id, cleaned)
    return cleaned


def _check_quarantined_share(transaction: LoadTransaction, file_id: int, cleaned: Cleaned) -> None:
    limit = transaction.max_quarantined_share
    if cleaned.quarantined > limit * cleaned.rows:
        reason = silver.most_frequent_reason(transaction.connection, file_id)
        raise TooManyQuarantined(
            f"{cleaned.quarantined:,} of {cleaned.rows:,} rows fail the contract, more than a share of {limit:g}; "
            f"most often {reason}; fix the file, declare its format (REGULARS_DATE_FORMAT, REGULARS_DECIMAL, "
            "REGULARS_ENCODING), or raise REGULARS_MAX_QUARANTINED_SHARE and send it again"
        )
