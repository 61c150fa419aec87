"""Problems of runs."""

from typing import Final

from app.api.core.problems import declare

UNKNOWN_RUN: Final = declare("unknown-run", 404, "Run not found", "List the runs.")
HAS_ENDED: Final = declare(
    "run-has-ended", 409, "Run has already ended", "Start a new run; a run that has ended cannot be cancelled."
)
TOO_MANY_RUNS: Final = declare(
    "too-many-queued-runs",
    429,
    "Too many queued runs",
    "Wait until some runs of the job have ended, or cancel some.",
    retry_after=60,
)
