"""Dry run: load files as an ingest would, in a temporary database, and report the outcome."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, RowMapping

from app.contract.expectations import expectations
from app.contract.model import SourceContract
from app.contract.remedies import remedy
from app.db.sql import named
from app.gold.refresh import refresh
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.dry_run.report import Customers, DryRun, DryRunWarning, Example, Failure, FileReport, Money, Outcome
from app.pipeline.dry_run.warnings import find_warnings
from app.pipeline.ingest import IngestProgress, ingest
from app.quality.measure import MOJIBAKE
from app.source.protocol import Source

OUTCOMES: dict[str, Outcome] = {"loaded": "loads", "empty": "empty", "duplicate": "duplicate"}


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A file of the ledger, and the report on it."""

    file_id: int
    report: FileReport


def dry_run(
    context: Context, source: Source, source_contract: SourceContract, progress: IngestProgress | None = None
) -> DryRun:
    """Load the files of a source under a contract, and report the outcome.

    The database of the context has no other files. A file of which too many rows fail is loaded to find out why, and
    reported as rejected.
    """
    settings = context.settings
    # Its rows are rolled back otherwise, and with them the reasons.
    lenient = settings.model_copy(update={"max_quarantined_share": 1.0})
    with running(context.engine, "ingest") as run:
        ingest(Context(context.engine, lenient, context.clock), [(source, source_contract)], run, progress)
    with context.engine.begin() as connection:
        files = list(_files(connection, settings.max_quarantined_share))
        rejected = [each.file_id for each in files if each.report.outcome == "rejected" and each.report.rows]
        refresh(
            connection,
            added=[],
            removed=rejected,
            refreshed_at=context.clock(),
            overlap=source_contract.contract.overlap,
        )
        return _report(connection, source_contract, files, source.skipped)


def _files(connection: Connection, limit: float) -> Iterator[_Loaded]:
    for row in connection.execute(named(__package__, "files")):
        outcome, error = OUTCOMES.get(row.state, "rejected"), row.error
        if outcome == "loads" and row.quarantined > limit * row.rows:
            share = f"more than a share of {limit:g} (REGULARS_MAX_QUARANTINED_SHARE)"
            outcome, error = "rejected", f"{row.quarantined:,} of {row.rows:,} rows fail the contract, {share}"
        shown = error if outcome == "rejected" else None
        counts = (row.rows, row.silver, row.quarantined, row.skipped)
        yield _Loaded(row.id, FileReport(row.key, outcome, *counts, shown))


def _report(
    connection: Connection, source_contract: SourceContract, files: Sequence[_Loaded], skipped: Mapping[str, int]
) -> DryRun:
    ids = [each.file_id for each in files]
    loaded = [each for each in files if each.report.outcome == "loads"]
    loaded_ids, keys = [each.file_id for each in loaded], [each.report.key for each in loaded]
    money = _money(connection, loaded_ids)
    customers = connection.execute(named(__package__, "customers")).one()
    warned = (
        *_counted(connection, source_contract, loaded_ids),
        *find_warnings(connection, source_contract.contract, loaded_ids, keys, money),
    )
    return DryRun(
        contract=source_contract.contract.id,
        sha256=source_contract.contract.sha256,
        server=source_contract.server.name,
        files=tuple(each.report for each in files),
        failures=tuple(_failures(connection, source_contract, ids)),
        money=Money(
            read=money["silver"] + money["quarantined"],
            quarantined=money["quarantined"],
            silver=money["silver"],
            without_customer=money["without_customer_money"],
            counting=customers.gross,
            taken_off=customers.returned,
        ),
        customers=_customers(customers),
        warnings=warned,
        skipped=dict(skipped),
    )


def _money(connection: Connection, file_ids: Sequence[int]) -> RowMapping:
    values = {"file_ids": list(file_ids), "mojibake": MOJIBAKE}
    return connection.execute(named(__package__, "money"), values).mappings().one()


def _failures(connection: Connection, source_contract: SourceContract, file_ids: Sequence[int]) -> Iterator[Failure]:
    sentences = {each.name: each for each in expectations(source_contract.contract)}
    for row in connection.execute(named(__package__, "failures"), {"file_ids": list(file_ids)}):
        examples = tuple(Example(**each) for each in row.examples)
        expected = sentences[row.expectation]
        values = [example.value for example in examples]
        how = remedy(row.expectation, values, source_contract)
        yield Failure(row.expectation, expected.sentence, expected.severity, row.rows, row.money, examples, how)


def _counted(
    connection: Connection, source_contract: SourceContract, file_ids: Sequence[int]
) -> Iterator[DryRunWarning]:
    counted = {each.name: each for each in expectations(source_contract.contract) if each.severity == "warning"}
    rows = connection.execute(named(__package__, "counted"), {"file_ids": list(file_ids)})
    for row in rows:
        yield DryRunWarning(row.expectation, f"{row.failed:,} rows do not meet it: {counted[row.expectation].sentence}")


def _customers(row: Row[Any]) -> Customers:
    share = float(row.largest / row.money) if row.money else 0.0
    return Customers(row.customers, row.segmented, row.largest_id, share)
