"""Load one fetched file: resolve its version, receive its rows in bronze, clean them into silver and quarantine."""

import logging
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection

from app.bronze.load import ReceivedFile, RowsReceived, delete_rows, has_rows, load, unreported
from app.contract.expectations import may_be_quoted
from app.contract.fingerprint import reading_fingerprint
from app.contract.model import SourceContract
from app.contract.remedies import remedy
from app.db.engine import is_down
from app.errors import BadData, BrokenFile, StoreUnavailable, StoreUnusable, TooManyQuarantined
from app.lake.lake import Lake
from app.log_context import logging_file
from app.pipeline import ledger
from app.pipeline.archives import OpenedArchive, is_opened, record_members
from app.pipeline.file_layout import record_layout
from app.pipeline.ledger import LoadedFile, SourceFile
from app.pipeline.processing import Outcome, ProcessingJob
from app.pipeline.settle import copy_outcome
from app.pipeline.supersede import PromotionRecord, supersede
from app.pipeline.version_resolution import Resolution, Version, Versions
from app.silver import clean as silver
from app.silver.clean import CleanCounts, ValidatedFile
from app.source.protocol import Fetched
from app.suppression.filter import SuppressionFilter

log = logging.getLogger("regulars.ingest")


@dataclass(frozen=True, slots=True)
class ProcessedFiles:
    """Job by which an engine has processed the files of a batch, and the lake with their rows."""

    job: ProcessingJob
    lake: Lake


@dataclass(frozen=True, slots=True)
class LoadTransaction:
    """Context of the transaction that loads a batch.

    Attributes:
        connection: the open transaction.
        versions: ledger rows of the keys and contents of the batch.
        source_contract: contract and dialect of the files; today: latest possible day of a sale.
        suppressed: customers that were erased.
        max_quarantined_share: a file with a larger share is rejected.
        run_id: the run that loads.
        now: UTC time recorded with the files.
        report: function that is called with the number of rows of each part of a file that was received.
        processed: where the rows of outcomes are; None if no file of the batch has one.
    """

    connection: Connection
    versions: Versions
    source_contract: SourceContract
    today: date
    suppressed: SuppressionFilter
    max_quarantined_share: float
    run_id: UUID
    now: datetime
    report: RowsReceived = unreported
    processed: ProcessedFiles | None = None


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


def load_file(transaction: LoadTransaction, file: SourceFile, fetched: Fetched | Outcome) -> FileResult:
    """Load a file in a savepoint, so that an error does not affect the other files of the transaction.

    Raises an error only if the database is unavailable, or the lake that has the rows of an outcome.
    """
    resolution = transaction.versions.resolve(file.file_id, file.name, fetched.sha256)
    try:
        with logging_file(file.file_id), transaction.connection.begin_nested():
            promoted = _record(transaction, file, fetched.sha256, resolution)
            cleaned = _clean(transaction, file, fetched, resolution)
    except BadData as error:
        return FileResult(file, fetched.sha256, error=error)
    except (StoreUnavailable, StoreUnusable):
        raise
    except Exception as error:
        if is_down(error):
            raise
        with logging_file(file.file_id):
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
    if resolution.also_superseded:
        ledger.mark_superseded(connection, resolution.also_superseded)
    if resolution.supersedes is not None:
        promotion = PromotionRecord(transaction.run_id, transaction.now)
        promoted = supersede(connection, resolution.supersedes, promotion)
    if resolution.duplicate_of is not None:
        file_id = resolution.same_content or file.file_id
        ledger.record_duplicate(connection, file_id, sha256, resolution.duplicate_of)
    return promoted


def _clean(
    transaction: LoadTransaction, file: SourceFile, fetched: Fetched | Outcome, resolution: Resolution
) -> CleanCounts | None:
    if resolution.activate is None:
        return None
    if isinstance(fetched, Outcome):
        return _settle(transaction, fetched)
    connection, file_id = transaction.connection, resolution.activate
    if is_opened(file):
        archive = OpenedArchive(file, file_id)
        record_members(connection, archive, fetched.content, transaction.source_contract, transaction.now)
        return CleanCounts(0, 0)
    if not (resolution.is_received and is_received(connection, file_id, transaction.source_contract)):
        if resolution.is_received:
            delete_rows(connection, file_id)
        return receive_and_clean(transaction, file_id, file, fetched)
    transaction.suppressed.clear_again(connection, file_id)
    return clean(transaction, file_id, file)


def _settle(transaction: LoadTransaction, outcome: Outcome) -> CleanCounts:
    if transaction.processed is None:
        raise AssertionError(f"file {outcome.file_id} has an outcome without a lake")
    cleaned = copy_outcome(transaction.connection, transaction.processed.lake, transaction.processed.job, outcome)
    transaction.report(cleaned.rows)
    return cleaned


def receive_and_clean(transaction: LoadTransaction, file_id: int, file: SourceFile, fetched: Fetched) -> CleanCounts:
    """Read the bytes of a file into bronze and clean its rows; raises BadData for a file that is rejected."""
    received = receive(transaction, ReceivedFile(file_id, file.address), fetched)
    return clean(transaction, file_id, file, received)


def clean(transaction: LoadTransaction, file_id: int, file: SourceFile, received: int | None = None) -> CleanCounts:
    """Clean the rows of a file that bronze has; raises BadData for a file that is rejected.

    received: number of rows, None if they were received before.
    """
    validated = ValidatedFile(file_id, file.object.key, transaction.source_contract, transaction.today)
    cleaned = silver.clean(transaction.connection, validated)
    if received not in {None, cleaned.rows}:
        raise AssertionError(f"{file.address}: {received} rows received, {cleaned.rows} accounted for")
    check_accepted(transaction, file_id, cleaned)
    return cleaned


def is_received(connection: Connection, file_id: int, source_contract: SourceContract) -> bool:
    """Return whether bronze has the rows of a file as the contract reads them."""
    reading, is_empty = ledger.reading_of(connection, file_id)
    return reading == reading_fingerprint(source_contract) and (is_empty or has_rows(connection, file_id))


def receive(transaction: LoadTransaction, file: ReceivedFile, fetched: Fetched) -> int:
    """Load the bytes of a file into bronze, without the ids of erased customers; return the number of rows."""
    connection, source_contract = transaction.connection, transaction.source_contract
    ledger.record_received(connection, file.file_id, reading_fingerprint(source_contract), transaction.now)
    received = load(connection, file, fetched.content, source_contract, transaction.report)
    record_layout(connection, file)
    transaction.suppressed.clear(connection, file.file_id)
    return received


def check_accepted(transaction: LoadTransaction, file_id: int, cleaned: CleanCounts) -> None:
    """Raise BadData for a file of which a critical rule, or too many rows, fail the contract."""
    if cleaned.critical:
        name, rows = cleaned.critical[0].name, cleaned.critical[0].rows
        raise BrokenFile(
            f"{rows:,} of {cleaned.rows:,} rows fail {name}, a rule of severity critical; fix the file, or declare "
            f"severity: error for {name} to quarantine these rows only"
        )
    limit = transaction.max_quarantined_share
    if cleaned.quarantined > limit * cleaned.rows:
        reason = silver.most_frequent_reason(transaction.connection, file_id)
        contract = transaction.source_contract.contract
        example = f" (such as {reason.example!r})" if may_be_quoted(contract, reason.expectation) else ""
        raise TooManyQuarantined(
            f"{cleaned.quarantined:,} of {cleaned.rows:,} rows fail the contract, more than a share of {limit:g}; "
            f"most often {reason.expectation}{example}; "
            f"{remedy(reason.expectation, reason.some_values, transaction.source_contract)}; or raise "
            "REGULARS_MAX_QUARANTINED_SHARE"
        )
