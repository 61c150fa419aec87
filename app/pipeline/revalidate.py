"""Quarantined rows after a change of the contract: validated again, once, file by file."""

from collections.abc import Mapping

from app.contract.fingerprint import bronze_reading
from app.contract.model import SourceContract
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline import validations
from app.pipeline.replay import ReplayCounts, replay_file
from app.silver.selection import QuarantineFilter

OPEN_ROWS = QuarantineFilter(status="open")


def revalidate_quarantine(context: Context, run: Run, source_contracts: Mapping[str, SourceContract]) -> ReplayCounts:
    """Validate the open quarantined rows again that another contract has quarantined; return the counts.

    Each file is validated in a transaction of its own, and not again until the contract changes. Rows that pass move to
    silver, the others get their current reasons; discarded rows, rows without bronze, and rows of workbooks
    that the contract reads otherwise stay as they are.

    Args:
        source_contracts: contract of the files of each source; files of other sources are not validated.
    """
    counts = ReplayCounts()
    if not source_contracts:
        return counts
    contract = next(iter(source_contracts.values())).contract
    readings = {source: bronze_reading(each) for source, each in source_contracts.items()}
    with context.engine.connect() as connection:
        files = validations.quarantined_by_others(connection, readings, contract.sha256)
    if files:
        with run.begin(context.engine) as connection:
            validations.record_contract(connection, contract, context.clock())
    for file, sha256 in files:
        run.check()
        with run.begin(context.engine) as connection:
            result = replay_file(connection, context, OPEN_ROWS, file, sha256, source_contracts[file.source])
            validations.record_quarantine_validated(connection, file.file_id, contract.sha256)
        counts.add(result)
        run.step(f"validated again by the changed contract: {result}")
    return counts
