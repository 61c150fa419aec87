"""Declaration of a job: name, function, schedule."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.jobs.context import Context
from app.jobs.runs import Run
from app.jobs.schedule import Schedule
from app.jobs.tables import JobName
from app.settings import Settings


def unscheduled(_: Settings) -> Schedule | None:
    """Return None: the job runs on request alone."""
    return None


@dataclass(frozen=True, slots=True)
class Job:
    """A job of the worker.

    Attributes:
        name: its name.
        do: runs it with the parameters of the request.
        schedule: returns its schedule by the settings; None if it has none.
        is_run_at_start: whether a worker that begins to lead runs it at once.
        queue_unfinished: queues what earlier runs left unfinished; called when a worker begins to lead, and hourly.
    """

    name: JobName
    do: Callable[[Context, Run, dict[str, Any]], object]
    schedule: Callable[[Settings], Schedule | None] = unscheduled
    is_run_at_start: bool = False
    queue_unfinished: Callable[[Context], object] | None = None
