"""How far the data go and what is wrong with them: written beside every change, served beside every answer."""

from sqlalchemy import Connection

from app.db.sql import named
from app.pipeline.context import Context


def note_freshness(connection: Connection, context: Context) -> None:
    """Work out the one row of pipeline.freshness anew, and keep it as that of today."""
    settings = context.settings
    values = {
        "warn_share": settings.warn_quarantined_share,
        "gate_share": settings.gate_quarantined_share,
        "today": settings.today,
        "noted_at": context.clock(),
    }
    connection.execute(named("pipeline", "lock_freshness"))
    connection.execute(named("pipeline", "note_freshness"), values)
    connection.execute(named("pipeline", "keep_freshness"), {"today": settings.today})
