"""Problems of exports."""

from typing import Final

from app.api.core.problems import declare

NO_EXPORT_TARGET: Final = declare(
    "no-export-target",
    409,
    "Export target not configured",
    "Stream the export instead, or ask the operator to set REGULARS_EXPORT_TARGET.",
)
UNKNOWN_EXPORT: Final = declare("unknown-export", 404, "Export not found", "List the exports.")
NO_FORECAST: Final = declare(
    "no-forecast",
    409,
    "No forecast to filter by",
    "Leave the filters by the forecast out, or export another scheme than `value`; "
    "`forecast_reason` of a list of customers says why there is none.",
)
