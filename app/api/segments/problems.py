"""Problems of segments and clusters."""

from typing import Final

from app.api.core.problems import declare

MODEL_CONFLICT: Final = declare(
    "model-conflict",
    409,
    "Model cannot be published or discarded",
    "List the models: `outcome` and `champion_run_id` say what can be done with each.",
)
NO_VALUE_BANDS: Final = declare(
    "no-value-bands",
    409,
    "Value bands cannot be fitted",
    "Publish a model that has a forecast: `forecast_reason` of a list of customers says what it needs.",
)
UNKNOWN_CLUSTER: Final = declare(
    "unknown-cluster",
    404,
    "Cluster not found",
    "List the clusters; a cluster ends when no later model continues it (GET /v1/clusters/history).",
)
UNKNOWN_MODEL: Final = declare(
    "unknown-model",
    404,
    "Model not found",
    "List the models, or use `current`.",
)
NO_REPORT: Final = declare(
    "no-report",
    404,
    "Report not computed",
    "Start the job `report` for the current model, or run `regulars report` for another one, and try again.",
)
UNKNOWN_CUSTOM_SEGMENT: Final = declare(
    "unknown-custom-segment",
    404,
    "Custom segment not found",
    "List the custom segments, or use a slug suggested in `detail`.",
)
CUSTOM_SEGMENT_CONFLICT: Final = declare(
    "custom-segment-conflict",
    409,
    "Custom segment conflicts with another one",
    "Choose another name, or read the newest version and repeat the change; `detail` says which.",
)
CONDITION_REFUSED: Final = declare(
    "condition-refused",
    409,
    "Condition not valid",
    "Correct the condition at the line and column in `errors`; list the columns of conditions.",
)
NAME_REFUSED: Final = declare(
    "segment-name-refused",
    409,
    "Name of the segment not valid",
    "Choose a name with a letter or digit from A to Z.",
)
PREVIEW_TIMEOUT: Final = declare(
    "preview-timeout",
    503,
    "Preview took too long",
    "Simplify the condition, or save it without a preview.",
    retry_after=60,
)
