"""Money of rows that do not count because a newer file has their invoice."""

from decimal import Decimal

from sqlalchemy import Connection, text

from app.contract.model import Overlap
from app.db.sql import rendered
from app.quality.measure import OUTCOME
from app.quality.tables import Outcome


def replaced_money(connection: Connection, overlap: Overlap) -> dict[Outcome, Decimal]:
    """Return the sum of the absolute totals of these rows by outcome, of the configured sources.

    Files are measured one by one, so that their outcomes have these rows too. The duration depends on the number of
    invoices; nothing is read unless invoices count once.
    """
    if overlap != "once":
        return {}
    statement = text(rendered(__package__, "replaced_money", {"outcome": OUTCOME}))
    return {row.outcome: row.money for row in connection.execute(statement)}
