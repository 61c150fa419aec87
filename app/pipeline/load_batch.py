"""Load a batch: one transaction of whole files, from bronze to gold."""

import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, fields

from sqlalchemy import Connection, text

from app.bronze.decode import is_header_only
from app.bronze.load import RowsReceived
from app.contract.model import SourceContract
from app.errors import BadData
from app.jobs.context import Context
from app.jobs.runs import Run
from app.log_context import logging_file
from app.pipeline import ledger
from app.pipeline.archives import is_opened
from app.pipeline.fetch import Batch, Fetcher
from app.pipeline.freshness import update_freshness
from app.pipeline.ledger import LoadRecord, RejectedFile, SourceFile
from app.pipeline.load_file import FileResult, LoadTransaction, ProcessedFiles, load_file
from app.pipeline.processing import Outcome
from app.pipeline.refresh_gold import refresh_gold
from app.pipeline.settle import can_settle, is_current
from app.quality import measure as quality
from app.quality.file_warnings import record_rule_warnings
from app.source.protocol import Fetched
from app.suppression.filter import SuppressionFilter
from app.webhooks.outbox import emit_quality_failed

# The planner has no statistics of tables that are being filled: it would use a sequential scan for every file, and plan
# every execution of a statement anew.
PLANNER_SETTINGS = text(
    "select set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)"
)

log = logging.getLogger("regulars.ingest")


@dataclass(slots=True)
class Counts:
    """Numbers of files and rows of an ingest.

    Attributes:
        files: files that were processed.
        rejected: files whose content was rejected.
        failed: files whose attempt failed.
        customers: rows of gold that were written.
        files_revalidated: loaded files whose quarantined rows were validated again, because the contract has changed.
        rows_revalidated: those rows; rows_released: those of them that meet the contract now.
    """

    files: int = 0
    loaded: int = 0
    rejected: int = 0
    failed: int = 0
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_skipped: int = 0
    customers: int = 0
    files_revalidated: int = 0
    rows_revalidated: int = 0
    rows_released: int = 0

    def add(self, more: "Counts") -> None:
        """Add the counts of a batch."""
        for counted in fields(self):
            setattr(self, counted.name, getattr(self, counted.name) + getattr(more, counted.name))


@dataclass(frozen=True, slots=True)
class LoadedBatch:
    """Results of the transaction of a batch.

    Attributes:
        customers: rows of gold that were written.
        postponed: files whose outcome cannot be used, to be read by this process.
    """

    results: list[FileResult]
    customers: int
    postponed: list[SourceFile]


@dataclass(frozen=True, slots=True)
class BatchLoader:
    """Loader of batches during one ingest; used by several threads.

    Attributes:
        batch_progress: context of a batch that is being loaded; it returns the function that is called with the number
            of rows of each part of a file that was received.
        logs_rejected: whether rejected files are logged.
    """

    context: Context
    fetcher: Fetcher
    source_contract: SourceContract
    run: Run
    batch_progress: Callable[[], AbstractContextManager[RowsReceived]]
    logs_rejected: bool = True

    def load(self, files: Sequence[SourceFile]) -> Counts:
        """Load the files of a batch, each completely or not at all; record rejected and failed files."""
        self.run.check()
        with ExitStack() as opened:
            counts, _ = self._load_all(files, self.fetcher.fetch(files, opened))
        return counts

    def settle(
        self, files: Sequence[SourceFile], outcomes: Sequence[Outcome], processed: ProcessedFiles
    ) -> tuple[Counts, list[SourceFile]]:
        """Load files that an engine has processed, as `load` does; return counts, and files still to be loaded.

        Raises StoreUnusable or StoreUnavailable for the lake, after which no file of the batch is loaded.
        """
        self.run.check()
        return self._load_all(files, self.fetcher.collect(files, outcomes), processed)

    def _load_all(
        self, files: Sequence[SourceFile], batch: Batch, processed: ProcessedFiles | None = None
    ) -> tuple[Counts, list[SourceFile]]:
        self._record_changed(batch)
        with self.batch_progress() as report:
            loaded = self._load(batch, report, processed)
        results = loaded.results
        self._record_errors(batch, results)
        counts = _counts(batch, results, loaded.customers)
        opened_archives = sum(map(_is_opened_archive, results))
        counts.files = len(files) - opened_archives - len(loaded.postponed)
        if opened_archives:
            self.run.step(f"opened {opened_archives:,} archives")
        if counts.files:
            self.run.step(
                f"loaded {counts.loaded:,} of {counts.files:,} files: {counts.rows_read:,} rows = "
                f"{counts.rows_loaded:,} in silver + {counts.rows_quarantined:,} quarantined + "
                f"{counts.rows_skipped:,} skipped; {counts.customers:,} customers"
            )
        return counts, loaded.postponed

    def _load(self, batch: Batch, report: RowsReceived, processed: ProcessedFiles | None) -> LoadedBatch:
        with self.run.begin(self.context.engine) as connection:
            connection.execute(PLANNER_SETTINGS)
            suppressed = SuppressionFilter.read(connection, self.context.settings)
            contents = [(file, fetched.sha256) for file, fetched in batch.fetched]
            if any(is_opened(file) for file, _ in contents):
                ledger.lock_listings(connection, self.fetcher.reader.source.name)  # before the keys, as a listing does
            pending = ledger.lock(connection, contents, self._without_rows(batch))
            transaction = LoadTransaction(
                connection=connection,
                versions=ledger.read_versions(connection, self.fetcher.reader.source.name, contents),
                source_contract=self.source_contract,
                today=self.context.today(self.source_contract.dialect.timezone),
                suppressed=suppressed,
                max_quarantined_share=self.context.settings.max_quarantined_share,
                run_id=self.run.run_id,
                now=self.context.clock(),
                report=report,
                processed=processed,
            )
            results, postponed = _load_files(transaction, batch, pending)
            return LoadedBatch(results, self._finish(connection, results), postponed)

    def _without_rows(self, batch: Batch) -> list[str]:
        return [each.sha256 for file, each in batch.fetched if self._is_without_rows(file, each)]

    def _is_without_rows(self, file: SourceFile, fetched: Fetched | Outcome) -> bool:
        if isinstance(fetched, Outcome):
            return fetched.is_header_only
        return not is_opened(file) and is_header_only(fetched.content, file.address, self.source_contract)

    def _finish(self, connection: Connection, results: Sequence[FileResult]) -> int:
        added, removed = activation_changes(results)
        loaded = [result.loaded for result in results if result.loaded is not None]
        sha256 = self.source_contract.contract.sha256
        ledger.record_loaded(connection, loaded, LoadRecord(self.run.run_id, self.context.clock(), sha256))
        quality.measure(connection, [file.file_id for file in loaded], self.source_contract)
        record_rule_warnings(connection, {file.file_id: file.cleaned.warnings for file in loaded})
        quality.delete_silver_measurements(connection, removed)
        contract, now = self.source_contract.contract, self.context.clock()
        customers = refresh_gold(connection, contract, now, added=added, removed=removed)
        update_freshness(connection, self.context)
        return customers

    def _record_changed(self, batch: Batch) -> None:
        if batch.changed:
            with self.run.begin(self.context.engine) as connection:
                for file, error in batch.changed:
                    ledger.record_changed(connection, file, str(error))

    def _record_errors(self, batch: Batch, results: Sequence[FileResult]) -> None:
        rejected = [(result.file, result.sha256, result.error) for result in results if _is_rejected(result)]
        failed = [(result.file, result.error) for result in results if result.error and not _is_rejected(result)]
        rejected = [*batch.unreadable, *rejected]
        if not (rejected or failed):
            return
        with self.run.begin(self.context.engine) as connection:
            suppressed = SuppressionFilter.read(connection, self.context.settings)
            pending = ledger.lock(connection, [(file, sha256) for file, sha256, _ in rejected])
            for file, sha256, error in rejected:
                if file.file_id in pending:
                    message = suppressed.redact(str(error))
                    rejected_file = RejectedFile(file, sha256, message)
                    ledger.record_rejected(
                        connection, rejected_file, self.run.run_id, self.source_contract.contract.sha256
                    )
                    emit_quality_failed(connection, message, source_file=file.address)
                    self.run.step(f"rejected {file.address}: {message}")
                    self._log_rejected(file, message)
            for file, failure in failed:
                message = suppressed.redact(str(failure))
                ledger.count_attempt(connection, file, message, self.context.settings.max_attempts)
                self.run.step(f"failed {file.address}: {message}")
            update_freshness(connection, self.context)

    def _log_rejected(self, file: SourceFile, reason: str) -> None:
        if self.logs_rejected:
            with logging_file(file.file_id):
                log.warning("run %s: file %s rejected: %s: %s", self.run.run_id, file.file_id, file.address, reason)


def _load_files(
    transaction: LoadTransaction, batch: Batch, pending: Collection[int]
) -> tuple[list[FileResult], list[SourceFile]]:
    """Load the pending files of a batch in their order; return results, and files whose outcome cannot be used."""
    processed = transaction.processed
    is_usable = processed is None or is_current(processed.job, transaction.suppressed)
    results: list[FileResult] = []
    postponed: dict[str, list[SourceFile]] = {}
    for file, fetched in batch.fetched:
        if isinstance(fetched, Outcome):
            if file.file_id not in pending:
                continue
            if is_usable and can_settle(transaction.versions, file, fetched, postponed):
                results.append(load_file(transaction, file, fetched))
            else:
                postponed.setdefault(fetched.sha256, []).append(file)
        else:
            with fetched.content:
                if file.file_id in pending:
                    results.append(load_file(transaction, file, fetched))
    return results, [file for files in postponed.values() for file in files]


def activation_changes(results: Sequence[FileResult]) -> tuple[list[int], list[int]]:
    """Return the ids of files that became active, and of files that became inactive, in one transaction."""
    added: list[int] = []
    removed: list[int] = []
    for result in results:
        if result.superseded in added:
            added.remove(result.superseded)  # a duplicate promoted and superseded in this transaction
        removed += [result.superseded] if result.superseded is not None else []
        added += [result.promoted] if result.promoted is not None else []
        added += [result.loaded.file_id] if result.loaded is not None else []
    return added, removed


def _is_opened_archive(result: FileResult) -> bool:
    return is_opened(result.file) and result.error is None


def _is_rejected(result: FileResult) -> bool:
    return isinstance(result.error, BadData)


def _counts(batch: Batch, results: Sequence[FileResult], customers: int) -> Counts:
    loaded = [result for result in results if result.loaded is not None]
    cleaned = [result.loaded.cleaned for result in loaded if result.loaded is not None]
    return Counts(
        loaded=len(cleaned) - sum(map(_is_opened_archive, loaded)),
        rejected=len(batch.unreadable) + sum(_is_rejected(result) for result in results),
        failed=sum(result.error is not None and not _is_rejected(result) for result in results),
        rows_read=sum(each.rows for each in cleaned),
        rows_loaded=sum(each.loaded for each in cleaned),
        rows_quarantined=sum(each.quarantined for each in cleaned),
        rows_skipped=sum(each.skipped for each in cleaned),
        customers=customers,
    )
