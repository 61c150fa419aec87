"""Quarantined rows after a change of the contract: judged again, once, file by file."""

from collections.abc import Mapping

from app.contract.model import SourceContract
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline import judgements
from app.pipeline.replay import Replayed, replay_file
from app.silver.selection import QuarantineFilter

OPEN_ROWS = QuarantineFilter(status="open")


def rejudge_quarantine(context: Context, run: Run, source_contract: Mapping[str, SourceContract]) -> Replayed:
    """Judge the open quarantined rows again that another contract has quarantined; return the counts.

    Each file is judged in a transaction of its own, and not again until the contract changes. Rows that pass move to
    silver, the others get their current reasons; discarded rows and rows without bronze stay as they are.

    Args:
        source_contract: contract of the files of each source; files of other sources are not judged.
    """
    counts = Replayed()
    if not source_contract:
        return counts
    contract = next(iter(source_contract.values())).contract
    with context.engine.connect() as connection:
        files = judgements.quarantined_by_others(connection, [*source_contract], contract.sha256)
    if files:
        with run.begin(context.engine) as connection:
            judgements.record_contract(connection, contract, context.clock())
    for file, sha256 in files:
        run.check()
        with run.begin(context.engine) as connection:
            result = replay_file(connection, context, OPEN_ROWS, file, sha256, source_contract[file.source])
            judgements.record_quarantine_judged(connection, file.file_id, contract.sha256)
        counts.add(result)
        run.step(f"judged again by the changed contract: {result}")
    return counts
