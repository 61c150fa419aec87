"""Problems of files and quarantined rows."""

from typing import Final

from app.api.core.problems import declare

UNKNOWN_FILE: Final = declare("unknown-file", 404, "File not found", "List the files.")
NO_ROWS_SELECTED: Final = declare(
    "no-rows-selected", 409, "No rows selected", 'Select rows with a filter, or all rows with `"all": true`.'
)
