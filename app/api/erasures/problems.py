"""Problems of erasures."""

from typing import Final

from app.api.core.problems import declare

UNKNOWN_ERASURE: Final = declare("unknown-erasure", 404, "Erasure not found", "List the erasures.")
ERASURE_NOT_CONFIGURED: Final = declare(
    "erasure-not-configured",
    409,
    "Erasure key missing or changed",
    "Ask the operator to set REGULARS_ERASURE_KEY, or to restore its earlier value.",
)
