"""Problems of files and quarantined rows."""

from typing import Final

from app.api.core.problems import declare

UNKNOWN_FILE: Final = declare("unknown-file", 404, "File not found", "List the files.")
NO_ROWS_SELECTED: Final = declare(
    "no-rows-selected", 409, "No rows selected", 'Select rows with a filter, or all rows with `"all": true`.'
)
UNKNOWN_EXPECTATION: Final = declare(
    "unknown-expectation", 404, "Expectation not found", "Use a name listed in `detail`, or of `GET /v1/contract`."
)
