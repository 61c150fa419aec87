"""Problems of runs."""

from typing import Final

from app.api.core.problems import declare

UNKNOWN_RUN: Final = declare("unknown-run", 404, "Run not found", "List the runs.")
HAS_ENDED: Final = declare(
    "run-has-ended", 409, "Run has already ended", "Start a new run; an ended one cannot be cancelled."
)
