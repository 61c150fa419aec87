"""Held model: the newest challenger of the champion that waits for a person to promote or discard it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from app.segments.registry_tables import model
from app.segments.tables import current_run

m = model.c
HELD: Final = (
    select(m.run_id, m.as_of, func.min(m.as_of).over().label("since"), m.reasons)
    .join(current_run, current_run.c.run_id == m.champion_run_id)
    .where(m.outcome == "held")
    .order_by(m.trained_at.desc(), m.run_id)
    .limit(1)
)
"""The held model, with the columns of HeldModel; no row without one."""


@dataclass(frozen=True, slots=True)
class HeldModel:
    """A model that waits for a person.

    Attributes:
        run_id: its training run.
        as_of: day of the training run.
        since: day of the first training run that was held and whose champion is still published.
        reasons: why its publication was proposed, and why it was held, in sentences.
    """

    run_id: UUID
    as_of: date
    since: date
    reasons: Sequence[str]


def decisions(run_id: UUID) -> str:
    """Return the commands that promote or discard a held model."""
    return f"regulars models promote {run_id} or regulars models discard {run_id}"
