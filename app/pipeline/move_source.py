"""Rename a source: its files become files of another source name."""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from app.db.engine import translate_db_errors
from app.db.sql import named
from app.errors import InvalidSelection
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.freshness import update_freshness
from app.pipeline.ledger import lock_listings
from app.pipeline.load_batch import PLANNER_SETTINGS
from app.pipeline.measure_data import measure_changed_data
from app.pipeline.refresh_gold import refresh_gold
from app.pipeline.supersede import PromotionRecord, supersede
from app.quality.measure import delete_silver_measurements
from app.segments.assign import assign
from app.segments.model.segment_table.table import SegmentTable
from app.settings.source import check_source_name
from app.source.open import declared_sources
from app.suppression.lock import lock_shared
from app.webhooks.outbox import emit_segment_changes


@dataclass(frozen=True, slots=True)
class MovedSource:
    """Numbers of files.

    Attributes:
        files: files that got the new name.
        superseded: files whose rows were removed, because the new name has a correction of them.
    """

    files: int
    superseded: int


def check_names(connection: Connection, old: str, new: str) -> None:
    """Raise InvalidSelection if `old` has no files, `new` is not a valid name, or both names are the same."""
    names = connection.execute(named(__package__, "source_names")).scalars().all()
    if old not in names:
        raise InvalidSelection(f"Source {old!r} not found; the database has files of {', '.join(names) or 'no source'}")
    if old == new:
        raise InvalidSelection("OLD and NEW are the same source; name the source that is configured as NEW")
    try:
        check_source_name(new)
    except ValueError as error:
        raise InvalidSelection(str(error)) from None


@translate_db_errors()
def move_source(context: Context, run: Run, old: str, new: str) -> MovedSource:
    """Give the files of the source `old` to the source `new`; a file that both have counts once.

    Raises InvalidSelection if `old` has no files, `new` is not a valid name, or both names are the same.
    """
    with run.begin(context.engine) as connection:
        connection.execute(PLANNER_SETTINGS)
        lock_shared(connection)
        lock_listings(connection, old, new)
        check_names(connection, old, new)
        contract = declared_sources(context.settings).contract
        superseded = list(connection.execute(named(__package__, "corrected_files"), {"old": old, "new": new}).scalars())
        promoted = _supersede(connection, PromotionRecord(run.run_id, context.clock()), superseded)
        names = {"old": old, "new": new}
        for step in ("detach_known_versions", "rename_source_files", "attach_detached_versions", "rename_source"):
            files = connection.execute(named(__package__, step), names)
            moved = files.rowcount if step == "rename_source_files" else 0
            run.counts["files"] = run.counts.get("files", 0) + moved
        refresh_gold(connection, contract, context.clock(), added=promoted, removed=superseded)
        update_freshness(connection, context)
        assigned = assign(connection, context.settings.today, SegmentTable.load(), context.clock())
        emit_segment_changes(connection, assigned.first_change)
        measure_changed_data(connection, context)
    result = MovedSource(run.counts["files"], len(superseded))
    run.counts.update(asdict(result))
    run.step(f"moved {result.files:,} files of source {old} to {new}; {result.superseded:,} superseded by corrections")
    return result


def _supersede(connection: Connection, promotion: PromotionRecord, file_ids: list[int]) -> list[int]:
    promoted = [supersede(connection, file_id, promotion) for file_id in file_ids]
    delete_silver_measurements(connection, file_ids)
    return [each.file_id for each in promoted if each is not None]
