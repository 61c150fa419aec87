"""Quality checks that have found a problem, for the status of the pipeline."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from app.quality.checks.tables import CheckOutcome, check_state
from app.settings.check_list import CheckName


@dataclass(frozen=True, slots=True)
class FailingCheck:
    """A quality check whose latest outcome is `warn` or `fail`, and since when."""

    check: CheckName
    source: str
    item: str
    outcome: CheckOutcome
    since: datetime
    message: str


def read_failing_checks(connection: Connection) -> list[FailingCheck]:
    """Return the checks that have found a problem, those that fail first."""
    c = check_state.c
    shown = (c.check_name.label("check"), c.source, c.item, c.outcome, c.since, c.message)
    found = (
        select(*shown)
        .where(c.outcome.in_(("fail", "warn")))
        .order_by(c.outcome.collate("C"), c.check_name, c.source, c.item)
    )
    return [FailingCheck(**row) for row in connection.execute(found).mappings()]
