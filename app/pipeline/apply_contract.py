"""Apply the current contract to loaded files: validate their rows again from bronze, or from their bytes.

Files whose loaded rows were validated by another contract → for each batch of one source: fetch the objects whose
reading has changed or whose bronze rows have expired → one transaction of whole files: bronze, silver, quality, gold →
assign the customers to segments. An interrupted run is continued by the next one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, fields
from itertools import groupby
from typing import Literal

from sqlalchemy import Connection

from app.bronze.load import ReceivedFile, delete_rows
from app.contract.model import SourceContract
from app.db.engine import translate_db_errors
from app.errors import BadData, ObjectChanged, ObjectRefused, StoreUnavailable, StoreUnusable
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline import ledger, validations
from app.pipeline.empty_copies import become_duplicate, find_original
from app.pipeline.freshness import update_freshness
from app.pipeline.ledger import SourceFile
from app.pipeline.load_batch import PLANNER_SETTINGS
from app.pipeline.load_file import LoadTransaction, check_accepted, is_received, receive
from app.pipeline.measure_data import measure_changed_data
from app.pipeline.refresh_gold import refresh_gold
from app.pipeline.version_resolution import Versions
from app.quality.file_warnings import record_rule_warnings
from app.quality.measure import delete_silver_measurements, measure
from app.segments.assign import assign
from app.segments.model.segment_table.table import SegmentTable
from app.silver import clean as silver
from app.silver import quarantine
from app.silver.clean import CleanCounts, ValidatedFile
from app.source.archive_reader import ArchiveReader
from app.source.open import declared_sources
from app.source.protocol import Fetched, Source
from app.suppression.filter import SuppressionFilter
from app.webhooks.outbox import emit_segment_changes

FILES_PER_BATCH = 32
UNREADABLE = (ObjectChanged, ObjectRefused, StoreUnavailable, StoreUnusable, BadData)
Outcome = Literal["validated", "duplicate", "unchanged"]
"""What an apply did with a file; duplicate: it had no rows, and a file with the same content is loaded."""
HashedFile = tuple[SourceFile, str]
"""A file and its SHA-256."""


@dataclass(slots=True)
class ApplyCounts:
    """Numbers of files and rows of an apply.

    Attributes:
        files: files that were validated again, or became duplicates.
        files_read: validated files whose bytes were read again.
        files_rejected: files that the current contract rejects; their rows stay as they were.
        files_missing: files that have to be read again and cannot be; their rows stay as they were.
        customers: rows of gold that were written.
        reasons: rejected and missing files with the reason.
    """

    files: int = 0
    files_read: int = 0
    files_rejected: int = 0
    files_missing: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_skipped: int = 0
    customers: int = 0
    reasons: dict[str, str] = field(default_factory=dict)

    def add(self, more: "ApplyCounts") -> None:
        """Add the numbers of a batch."""
        self.reasons.update(more.reasons)
        for counted in fields(self):
            if counted.name != "reasons":
                setattr(self, counted.name, getattr(self, counted.name) + getattr(more, counted.name))

    def count(self, cleaned: CleanCounts) -> None:
        """Add a file that was validated."""
        self.files += 1
        self.rows_loaded += cleaned.loaded
        self.rows_quarantined += cleaned.quarantined
        self.rows_skipped += cleaned.skipped


ApplyProgress = Callable[[ApplyCounts, int], None]


@dataclass(frozen=True, slots=True)
class BatchValidator:
    """Validates loaded files again by the contract of their source."""

    context: Context
    run: Run
    source: Source | None
    source_contract: SourceContract

    def validate(
        self, connection: Connection, batch: Sequence[HashedFile], fetched: Mapping[int, Fetched]
    ) -> ApplyCounts:
        """Validate the files of a batch again, each completely or not at all."""
        context, sha256, applied = self.context, self.source_contract.contract.sha256, ApplyCounts()
        connection.execute(PLANNER_SETTINGS)
        suppressed = SuppressionFilter.read(connection, context.settings)
        ledger.lock(connection, batch)
        transaction = LoadTransaction(
            connection=connection,
            versions=Versions(()),
            source_contract=self.source_contract,
            today=context.today(self.source_contract.dialect.timezone),
            suppressed=suppressed,
            max_quarantined_share=context.settings.max_quarantined_share,
            run_id=self.run.run_id,
            now=context.clock(),
        )
        outcomes: dict[int, Outcome] = {}
        for file, _ in batch:
            # Before the lock was acquired, a correction may have superseded it, or another process validated it.
            if validations.is_validated_by_other(connection, file.file_id, sha256):
                outcomes[file.file_id] = _validate_file(transaction, file, fetched.get(file.file_id), applied)
        applied.customers = self._finish(connection, outcomes)
        return applied

    def fetch(
        self, connection: Connection, batch: Sequence[HashedFile], opened: ExitStack
    ) -> tuple[dict[int, Fetched], ApplyCounts]:
        """Fetch the objects whose rows are not in bronze as the contract reads them; count those that are missing."""
        fetched: dict[int, Fetched] = {}
        failed = ApplyCounts()
        reader = None if self.source is None else ArchiveReader(self.source, self.source_contract.max_bytes)
        if reader is not None:
            opened.enter_context(reader)
        for file, sha256 in batch:
            if is_received(connection, file.file_id, self.source_contract):
                continue
            try:
                fetched[file.file_id] = _fetch(reader, file, sha256)
                opened.enter_context(fetched[file.file_id].content)
            except UNREADABLE as error:
                failed.files_missing += 1
                failed.reasons[file.address] = _without_address(str(error), file.address)
        return fetched, failed

    def _finish(self, connection: Connection, outcomes: Mapping[int, Outcome]) -> int:
        validated = [file_id for file_id, outcome in outcomes.items() if outcome == "validated"]
        duplicates = [file_id for file_id, outcome in outcomes.items() if outcome == "duplicate"]
        if not (validated or duplicates):
            return 0
        measure(connection, validated, self.source_contract)
        delete_silver_measurements(connection, duplicates)
        contract, now = self.source_contract.contract, self.context.clock()
        customers = refresh_gold(connection, contract, now, removed=duplicates, renewed=validated)
        update_freshness(connection, self.context)
        return customers


def apply_contract(
    context: Context,
    sources: Sequence[tuple[Source, SourceContract]],
    run: Run,
    progress: ApplyProgress | None = None,
    files_per_batch: int = FILES_PER_BATCH,
) -> ApplyCounts:
    """Validate all loaded files again that were validated by another contract, and assign their customers to segments.

    A file that the current contract would reject, or that cannot be read again, keeps its rows. Discarded rows that
    fail again stay discarded; erased customers stay erased.
    """
    applied = ApplyCounts()
    with translate_db_errors():
        files = files_to_validate(context)
        if files:
            with run.begin(context.engine) as connection:
                validations.record_contract(connection, declared_sources(context.settings).contract, context.clock())
        for validator, batch in batches(context, run, sources, files, files_per_batch):
            run.check()
            with ExitStack() as opened:
                with context.engine.connect() as connection:
                    fetched, failed = validator.fetch(connection, batch, opened)
                with run.begin(context.engine) as connection:
                    done = validator.validate(connection, batch, fetched)
            done.add(failed)
            applied.add(done)
            run.counts.update(asdict(applied), files_total=len(files))
            run.step(
                f"validated {done.files:,} files again: {done.rows_loaded:,} rows in silver + "
                f"{done.rows_quarantined:,} quarantined + {done.rows_skipped:,} skipped"
            )
            if progress is not None:
                progress(applied, len(files))
        with run.begin(context.engine) as connection:
            assigned = assign(connection, context.settings.today, SegmentTable.load(), context.clock())
            emit_segment_changes(connection, assigned.first_change)
            measure_changed_data(connection, context)
    return applied


def _fetch(reader: ArchiveReader | None, file: SourceFile, sha256: str) -> Fetched:
    if reader is None:
        raise StoreUnusable(
            f"{file.source} is not a source of the contract; declare it as a server, to read {file.address}"
        )
    found = reader.fetch(file.object)
    if found.sha256 != sha256:
        found.content.close()
        raise ObjectChanged(f"{file.address} has another content than the one that was loaded; run: regulars ingest")
    return found


def _without_address(message: str, address: str) -> str:
    """Return a message that is shown behind the address of its file, without repeating it."""
    return f"it {message.removeprefix(address).lstrip()}" if message.startswith(f"{address} ") else message


def _validate_file(
    transaction: LoadTransaction, file: SourceFile, fetched: Fetched | None, applied: ApplyCounts
) -> Outcome:
    is_read = fetched is not None
    if not is_read and not is_received(transaction.connection, file.file_id, transaction.source_contract):
        return "unchanged"  # it could not be fetched, or its rows expired in the meantime
    try:
        with transaction.connection.begin_nested():
            is_duplicate = fetched is not None and _receive_again(transaction, file, fetched)
            applied.count(CleanCounts(0, 0) if is_duplicate else _clean(transaction, file, is_read=is_read))
            applied.files_read += is_read
    except BadData as error:
        applied.files_rejected += 1
        applied.reasons[file.address] = transaction.suppressed.redact(str(error))
        return "unchanged"
    return "duplicate" if is_duplicate else "validated"


def _receive_again(transaction: LoadTransaction, file: SourceFile, fetched: Fetched) -> bool:
    """Receive the rows of a file again; return whether it became a duplicate instead."""
    connection, file_id = transaction.connection, file.file_id
    _, was_empty = ledger.reading_of(connection, file_id)
    delete_rows(connection, file_id)
    rows = receive(transaction, ReceivedFile(file_id, file.address), fetched)
    original = find_original(connection, file_id, fetched.sha256) if rows and was_empty else None
    if original is None:
        return False
    become_duplicate(connection, file_id, fetched.sha256, original)
    return True


def _clean(transaction: LoadTransaction, file: SourceFile, *, is_read: bool) -> CleanCounts:
    connection, file_id = transaction.connection, file.file_id
    discarded = quarantine.discarded_lines(connection, file_id)
    silver.delete_rows(connection, file_id)
    if not is_read:
        transaction.suppressed.clear_again(connection, file_id)
    validated = ValidatedFile(file_id, file.object.key, transaction.source_contract, transaction.today)
    cleaned = silver.clean(connection, validated)
    check_accepted(transaction, file_id, cleaned)
    if discarded:
        quarantine.restore_status(connection, file_id, discarded, "discarded")
    validations.record_validated(connection, file_id, cleaned, transaction.source_contract.contract.sha256)
    record_rule_warnings(connection, {file_id: cleaned.warnings})
    return cleaned


def files_to_validate(context: Context) -> list[HashedFile]:
    """Return the active files whose loaded rows were not all validated by the current contract, the newest last.

    Raises Misconfigured if another contract validated them, and no setting names the current one.
    """
    current, settings = declared_sources(context.settings).contract, context.settings
    with context.engine.connect() as connection:
        validations.check_contract_is_set(connection, current, is_set=settings.is_contract_set)
        return validations.validated_by_others(connection, current.sha256)


def batches(
    context: Context,
    run: Run,
    sources: Sequence[tuple[Source, SourceContract]],
    files: Sequence[HashedFile],
    files_per_batch: int = FILES_PER_BATCH,
) -> Iterator[tuple[BatchValidator, list[HashedFile]]]:
    """Yield batches of files of one source, each with its validator."""
    declared, opened = declared_sources(context.settings), {source.name: source for source, _ in sources}
    by_source = sorted(files, key=lambda file: (file[0].source, file[0].file_id))
    for name, group in groupby(by_source, key=lambda file: file[0].source):
        validator, all_of_it = BatchValidator(context, run, opened.get(name), declared.source_contract(name)), [*group]
        for at in range(0, len(all_of_it), files_per_batch):
            yield validator, all_of_it[at : at + files_per_batch]
