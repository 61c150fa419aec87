"""Load one fetched file: resolve its version, receive its rows in bronze, clean them into silver and quarantine."""

import logging
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection

from app.bronze.load import ReceivedFile, has_rows, load
from app.contract.model import SourceContract
from app.db.engine import is_down
from app.errors import BadData, TooManyQuarantined
from app.pipeline import ledger
from app.pipeline.ledger import Entry, LoadedFile
from app.pipeline.supersede import Superseding, supersede
from app.pipeline.version_resolution import Resolution, Version, Versions
from app.silver import clean as silver
from app.silver.clean import Cleaned, JudgedFile
from app.source.protocol import Fetched
from app.suppression.filter import SuppressionFilter

log = logging.getLogger("regulars.ingest")


@dataclass(frozen=True, slots=True)
class LoadTransaction:
    """What the files of one transaction share.

    Attributes:
        connection: the open transaction.
        versions: ledger rows of the keys and contents of the batch.
        rules: contract and dialect of the files; today: latest possible day of a sale.
        suppressed: customers that were erased.
        max_quarantined_share: a file with a larger share is refused.
        run_id: the run that loads.
        now: UTC time that is recorded with the rows.
    """

    connection: Connection
    versions: Versions
    rules: SourceContract
    today: date
    suppressed: SuppressionFilter
    max_quarantined_share: float
    run_id: UUID
    now: datetime


@dataclass(frozen=True, slots=True)
class FileResult:
    """Outcome of loading one file.

    Attributes:
        entry: the file.
        sha256: its content.
        loaded: the file that is active now; None if nothing was loaded.
        superseded: id of the file that is no longer active.
        heir: id of the duplicate that took over the rows of the superseded file.
        error: BadData if the file is refused; any other error is a failed attempt.
    """

    entry: Entry
    sha256: str
    loaded: LoadedFile | None = None
    superseded: int | None = None
    heir: int | None = None
    error: Exception | None = None


def load_file(transaction: LoadTransaction, entry: Entry, fetched: Fetched) -> FileResult:
    """Load a file in a savepoint, so that an error takes no other file of the transaction with it.

    Raises only errors of the database as a whole.
    """
    resolution = transaction.versions.resolve(entry.file_id, entry.name, fetched.sha256)
    try:
        with transaction.connection.begin_nested():
            heir = _record(transaction, entry, fetched.sha256, resolution)
            cleaned = _clean(transaction, entry, fetched, resolution)
    except BadData as error:
        return FileResult(entry, fetched.sha256, error=error)
    except Exception as error:
        if is_down(error):
            raise
        log.exception("run %s: %s was not loaded", transaction.run_id, entry.address)
        return FileResult(entry, fetched.sha256, error=error)
    transaction.versions.apply(resolution, fetched.sha256, cleaned.rows if cleaned else 0, heir)
    loaded = None
    if resolution.serve is not None and cleaned is not None:
        loaded = LoadedFile(resolution.serve, fetched.sha256, resolution.supersedes, cleaned)
    return FileResult(entry, fetched.sha256, loaded, resolution.supersedes, heir.file_id if heir else None)


def _record(transaction: LoadTransaction, entry: Entry, sha256: str, resolution: Resolution) -> Version | None:
    connection, heir = transaction.connection, None
    if resolution.known_as is not None:
        ledger.adopt_listing(connection, entry, resolution.known_as)
    if resolution.retires:
        ledger.retire(connection, resolution.retires)
    if resolution.supersedes is not None:
        superseding = Superseding(transaction.run_id, transaction.now, transaction.rules.contract)
        heir = supersede(connection, resolution.supersedes, superseding)
    if resolution.duplicate_of is not None:
        file_id = resolution.known_as or entry.file_id
        ledger.record_duplicate(connection, file_id, sha256, resolution.duplicate_of)
    return heir


def _clean(transaction: LoadTransaction, entry: Entry, fetched: Fetched, resolution: Resolution) -> Cleaned | None:
    if resolution.serve is None:
        return None
    connection, file_id = transaction.connection, resolution.serve
    received = None
    if not (resolution.is_received and has_rows(connection, file_id)):
        ledger.record_received(connection, file_id, transaction.now)
        received = load(connection, ReceivedFile(file_id, entry.address), fetched.content, transaction.rules)
        transaction.suppressed.clear(connection, file_id)
    judged = JudgedFile(file_id, entry.listed.key, transaction.rules, transaction.today)
    cleaned = silver.clean(connection, judged)
    if received not in {None, cleaned.rows}:
        raise AssertionError(f"{entry.address}: {received} rows received, {cleaned.rows} accounted for")
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
