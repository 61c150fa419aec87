"""Dry run: load files as an ingest would, in a temporary database, and report the outcome."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, update

from app.contract.expectations import expectations
from app.contract.model import Contract, SourceContract
from app.contract.remedies import remedy
from app.db.sql import named
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.dry_run.report import Customers, DryRun, Example, Failure, FileReport, Money, Outcome
from app.pipeline.dry_run.warnings import find_warnings
from app.pipeline.ingest import IngestPolicy, IngestProgress, ingest
from app.pipeline.not_read import read_not_read
from app.pipeline.refresh_gold import refresh_gold
from app.pipeline.tables import source_file
from app.quality.measure import delete_silver_measurements
from app.source.protocol import Source

OUTCOMES: dict[str, Outcome] = {"loaded": "loads", "empty": "empty", "duplicate": "duplicate"}
POLICY: Final = IngestPolicy(is_dry_run=True)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A file of the ledger, and the report on it."""

    file_id: int
    report: FileReport


def dry_run(
    context: Context, sources: Sequence[tuple[Source, SourceContract]], progress: IngestProgress | None = None
) -> DryRun:
    """Load the files of sources of one contract, and report the outcome.

    The database of the context has no other files. A file of which too many rows fail is loaded to find out why, and
    reported as rejected.
    """
    settings = context.settings
    # Its rows are rolled back otherwise, and with them the reasons.
    lenient = settings.model_copy(update={"max_quarantined_share": 1.0})
    with running(context.engine, "ingest") as run:
        ingest(Context(context.engine, lenient, context.clock), sources, run, progress, POLICY)
    with context.engine.begin() as connection:
        files = list(_files(connection, settings.max_quarantined_share))
        rejected = [each.file_id for each in files if each.report.outcome == "rejected" and each.report.rows]
        if rejected:
            _remove(connection, rejected, sources[0][1].contract, context.clock())
        return _report(connection, sources, files, settings.warn_quarantined_share)


def _remove(connection: Connection, file_ids: Sequence[int], contract: Contract, now: datetime) -> None:
    """Remove files from gold, measurements and active files, as if they had been rejected while loading."""
    connection.execute(update(source_file).where(source_file.c.id.in_(file_ids)).values(state="rejected"))
    delete_silver_measurements(connection, file_ids)
    refresh_gold(connection, contract, now, removed=file_ids)


def _files(connection: Connection, limit: float) -> Iterator[_Loaded]:
    for row in connection.execute(named(__package__, "files")):
        outcome, error = OUTCOMES.get(row.state, "rejected"), row.error
        if outcome == "loads" and row.quarantined > limit * row.rows:
            share = f"more than a share of {limit:g} (REGULARS_MAX_QUARANTINED_SHARE)"
            outcome, error = "rejected", f"{row.quarantined:,} of {row.rows:,} rows fail the contract, {share}"
        shown = error if outcome == "rejected" else None
        counts = (row.rows, row.silver, row.quarantined, row.skipped)
        yield _Loaded(row.id, FileReport(row.source, row.key, outcome, *counts, shown))


def _report(
    connection: Connection,
    sources: Sequence[tuple[Source, SourceContract]],
    files: Sequence[_Loaded],
    money_share: float,
) -> DryRun:
    contract, source_contract = (
        sources[0][1].contract,
        {source.name: source_contract for source, source_contract in sources},
    )
    ids = [each.file_id for each in files]
    loaded = [each.file_id for each in files if each.report.outcome == "loads"]
    money = connection.execute(named(__package__, "money"), {"file_ids": loaded}).one()
    customers = connection.execute(named(__package__, "customers")).one()
    return DryRun(
        contract=contract.id,
        sha256=contract.sha256,
        servers=tuple(source_contract),
        files=tuple(each.report for each in files),
        failures=tuple(_failures(connection, source_contract, ids)),
        money=Money(
            read=money.silver + money.quarantined,
            quarantined=money.quarantined,
            silver=money.silver,
            without_customer=money.without_customer,
            counting=customers.gross,
            returned=customers.returned,
        ),
        customers=_customers(customers),
        warnings=tuple(find_warnings(connection, contract, money_share)),
        skipped=dict(sum((Counter(each.objects) for each in read_not_read(connection)), Counter())),
    )


def _failures(
    connection: Connection, sources: Mapping[str, SourceContract], file_ids: Sequence[int]
) -> Iterator[Failure]:
    for row in connection.execute(named(__package__, "failures"), {"file_ids": list(file_ids)}):
        examples = tuple(Example(**each) for each in row.examples)
        source_contract = sources[row.source]
        expected = next(each for each in expectations(source_contract.contract) if each.name == row.expectation)
        how = remedy(row.expectation, row.some_values, source_contract)
        counts = (expected.severity, row.rows, row.money)
        yield Failure(row.source, row.expectation, expected.sentence, *counts, examples, how)


def _customers(row: Row[Any]) -> Customers:
    share = float(row.largest / row.money) if row.money else 0.0
    return Customers(row.customers, row.segmented, row.largest_id, share)
