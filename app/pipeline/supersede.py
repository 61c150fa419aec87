"""Supersede a file: its rows leave silver, unless a duplicate of it takes them over."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from app.bronze.load import copy_rows
from app.contract.model import Contract
from app.db.sql import named
from app.pipeline import ledger
from app.pipeline.version_resolution import Version
from app.quality.measure import measure
from app.silver import clean as silver


@dataclass(frozen=True, slots=True)
class Superseding:
    """Values recorded with a promoted duplicate: run, time (UTC), and the contract, to measure its rows."""

    run_id: UUID
    loaded_at: datetime
    contract: Contract


def supersede(connection: Connection, file_id: int, superseding: Superseding) -> Version | None:
    """Supersede an active file; return the duplicate that takes its place, if there is one.

    The duplicate takes over the rows as they are. They were accepted before, and its object has not changed: nothing is
    read or validated again, so it cannot be refused.
    """
    ledger.retire(connection, [file_id])
    values = {"file_id": file_id, "run_id": superseding.run_id, "loaded_at": superseding.loaded_at}
    heir = connection.execute(named(__package__, "promote_duplicate"), values).mappings().one_or_none()
    if heir is None:
        silver.retract(connection, file_id)
        return None
    copy_rows(connection, file_id, heir["file_id"])
    silver.transfer(connection, file_id, heir["file_id"], heir["address"])
    measure(connection, [heir["file_id"]], superseding.contract)
    return Version(**{name: value for name, value in heir.items() if name != "address"})
