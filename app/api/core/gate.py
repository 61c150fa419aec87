"""Quality gate: the reason for which training runs are not published."""

from sqlalchemy import select

from app.api.core.dependencies import Reader
from app.pipeline.tables import freshness


async def read_gate_reason(reader: Reader) -> str | None:
    """Return the reason of a closed quality gate, None if it is open."""
    rows = await reader.rows(select(freshness.c.gate_reason))
    return next((row.gate_reason for row in rows), None)
