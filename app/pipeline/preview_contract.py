"""Preview of apply_contract: rows, money and customers before and after, from a transaction that is rolled back."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from app.contract.model import SourceContract
from app.db.engine import translate_db_errors
from app.db.sql import named
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline import ledger
from app.pipeline.apply_contract import ApplyCounts, batches, files_to_validate
from app.source.protocol import Source
from app.suppression.filter import SuppressionFilter


@dataclass(frozen=True, slots=True)
class PreviewTotals:
    """Rows of the files in a preview, and money and customers of all files.

    Attributes:
        rows_loaded, rows_quarantined, rows_skipped: rows of the files in the preview.
        customers, money: customers of all files, and the money that counts towards them.
    """

    rows_loaded: int
    rows_quarantined: int
    rows_skipped: int
    customers: int
    money: Decimal


@dataclass(frozen=True, slots=True)
class Preview:
    """Changes that an apply would make.

    Attributes:
        files: files that are validated by another contract.
        files_sampled: the newest of them, which were validated for the preview.
    """

    files: int
    files_sampled: int
    before: PreviewTotals
    after: PreviewTotals
    applied: ApplyCounts


@translate_db_errors()
def preview_contract(
    context: Context, sources: Sequence[tuple[Source, SourceContract]], run: Run, sample: int | None = None
) -> Preview:
    """Validate the newest files, or all, by the current contract, roll back, and return the changes."""
    files = files_to_validate(context)
    chosen = files[-sample:] if sample else files
    file_ids, applied = [file.file_id for file, _ in chosen], ApplyCounts()
    with context.engine.connect() as connection, connection.begin() as transaction:
        # Everything before gold, as in a load: this transaction takes gold with its first batch, and keeps it.
        SuppressionFilter.read(connection, context.settings)
        ledger.lock(connection, chosen)
        before = _totals(connection, file_ids)
        for validator, batch in batches(context, run, sources, chosen):
            run.check()
            with ExitStack() as opened:
                fetched, failed = validator.fetch(connection, batch, opened)
                applied.add(validator.validate(connection, batch, fetched))
            applied.add(failed)
        after = _totals(connection, file_ids)
        transaction.rollback()
    return Preview(len(files), len(chosen), before, after, applied)


def _totals(connection: Connection, file_ids: Sequence[int]) -> PreviewTotals:
    row = connection.execute(named(__package__, "preview_totals"), {"file_ids": list(file_ids)}).mappings().one()
    return PreviewTotals(**row)
