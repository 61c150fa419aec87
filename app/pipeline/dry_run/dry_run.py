"""Dry run: load files as an ingest would, in a temporary database, and report the outcome."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, text

from app.contract.expectations import expectations
from app.contract.model import Contract, SourceContract
from app.contract.remedies import remedy
from app.db.sql import named, rendered
from app.gold.refresh import refresh
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.dry_run.report import Customers, DryRun, DryRunWarning, Example, Failure, FileReport, Money, Outcome
from app.pipeline.dry_run.warnings import find_warnings
from app.pipeline.ingest import IngestProgress, ingest
from app.pipeline.not_read import read_not_read
from app.silver.expressions import is_return
from app.source.protocol import Source

OUTCOMES: dict[str, Outcome] = {"loaded": "loads", "empty": "empty", "duplicate": "duplicate"}


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
        ingest(Context(context.engine, lenient, context.clock), sources, run, progress)
    with context.engine.begin() as connection:
        files = list(_files(connection, settings.max_quarantined_share))
        rejected = [each.file_id for each in files if each.report.outcome == "rejected" and each.report.rows]
        refresh(
            connection, added=[], removed=rejected, refreshed_at=context.clock(), overlap=sources[0][1].contract.overlap
        )
        return _report(connection, sources, files)


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
    connection: Connection, sources: Sequence[tuple[Source, SourceContract]], files: Sequence[_Loaded]
) -> DryRun:
    contract, source_contract = (
        sources[0][1].contract,
        {source.name: source_contract for source, source_contract in sources},
    )
    ids = [each.file_id for each in files]
    loaded = [each for each in files if each.report.outcome == "loads"]
    loaded_ids, keys = [each.file_id for each in loaded], [each.report.key for each in loaded]
    money = _money(connection, loaded_ids)
    customers = connection.execute(named(__package__, "customers")).one()
    warned = (
        *_counted(connection, contract, loaded_ids),
        *find_warnings(connection, contract, loaded_ids, keys, money, customers.customers),
    )
    return DryRun(
        contract=contract.id,
        sha256=contract.sha256,
        servers=tuple(source_contract),
        files=tuple(each.report for each in files),
        failures=tuple(_failures(connection, source_contract, ids)),
        money=Money(
            read=money["silver"] + money["quarantined"],
            quarantined=money["quarantined"],
            silver=money["silver"],
            without_customer=money["without_customer_money"],
            counting=customers.gross,
            returned=customers.returned,
        ),
        customers=_customers(customers),
        warnings=warned,
        skipped=dict(sum((Counter(each.objects) for each in read_not_read(connection)), Counter())),
    )


def _money(connection: Connection, file_ids: Sequence[int]) -> RowMapping:
    statement = text(rendered(__package__, "money", {"is return": is_return("coalesce(quantity, 0)")}))
    return connection.execute(statement, {"file_ids": list(file_ids)}).mappings().one()


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


def _counted(connection: Connection, contract: Contract, file_ids: Sequence[int]) -> Iterator[DryRunWarning]:
    counted = {each.name: each for each in expectations(contract) if each.severity == "warning"}
    rows = connection.execute(named(__package__, "counted"), {"file_ids": list(file_ids)})
    for row in rows:
        yield DryRunWarning(row.expectation, f"{row.failed:,} rows do not meet it: {counted[row.expectation].sentence}")


def _customers(row: Row[Any]) -> Customers:
    share = float(row.largest / row.money) if row.money else 0.0
    return Customers(row.customers, row.segmented, row.largest_id, share)
