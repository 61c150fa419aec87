"""Deactivation of a superseded file: its rows pass to a duplicate with the same content, or are deleted."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from app.bronze.load import copy_rows
from app.db.sql import named
from app.pipeline import ledger
from app.pipeline.version_resolution import Version
from app.quality import measure as quality
from app.silver import clean as silver


@dataclass(frozen=True, slots=True)
class PromotionRecord:
    """Run and time (UTC) to record for a promoted duplicate."""

    run_id: UUID
    loaded_at: datetime


def supersede(connection: Connection, file_id: int, promotion: PromotionRecord) -> Version | None:
    """Supersede an active file; return the promoted duplicate, or None.

    The rows are assigned to the duplicate, unchanged: its object has the same content, so nothing is read, validated or
    measured again.
    """
    ledger.mark_superseded(connection, [file_id])
    values = {"file_id": file_id, "run_id": promotion.run_id, "loaded_at": promotion.loaded_at}
    promoted = connection.execute(named(__package__, "promote_duplicate"), values).mappings().one_or_none()
    if promoted is None:
        silver.delete_rows(connection, file_id)
        return None
    copy_rows(connection, file_id, promoted["file_id"])
    silver.transfer(connection, file_id, promoted["file_id"])
    quality.transfer(connection, file_id, promoted["file_id"])
    return Version(**promoted)
