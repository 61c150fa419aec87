"""Problems of segments and clusters."""

from typing import Final

from app.api.core.problems import declare

UNKNOWN_CLUSTER: Final = declare(
    "unknown-cluster",
    404,
    "Cluster not found",
    "List the clusters; their numbers change with every training run.",
)
