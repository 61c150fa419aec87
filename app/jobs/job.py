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
    """Return None: the job has no schedule and runs on request only."""
    return None


@dataclass(frozen=True, slots=True)
class Job:
    """A job of the worker.

    Attributes:
        name: name of the job.
        do: function that executes a run with the parameters of the request.
        schedule: function that returns the schedule for the settings, or None.
        is_run_at_start: whether a worker runs the job as soon as it becomes the leader.
        queue_unfinished: function that queues runs for unfinished work; called by a new leader, and hourly.
    """

    name: JobName
    do: Callable[[Context, Run, dict[str, Any]], object]
    schedule: Callable[[Settings], Schedule | None] = unscheduled
    is_run_at_start: bool = False
    queue_unfinished: Callable[[Context], object] | None = None
