"""Figures of the demonstration, `regulars up --as-of 2026-05-01`, that the examples of several operations have."""

from typing import Any, Final

RUN_ID: Final = "06a2e338-cf44-4528-a6b1-19c221002140"
TRAINED_AT: Final = "2026-05-01T03:00:04.118200Z"
TRAINING_EXAMPLE: Final[dict[str, Any]] = {
    "run_id": RUN_ID,
    "as_of": "2026-05-01",
    "trained_at": TRAINED_AT,
    "k": 4,
    "customers": 2244,
    "sha256": "375e231d2646f6335b80d32ad49181933ee0acb26f9ef33fb2a984d4089de287",
}
CLUSTER_SIZES: Final[tuple[dict[str, Any], ...]] = (
    {"cluster": -3, "slug": "super-vip-champions", "customers": 95},
    {"cluster": -2, "slug": "super-vip-champions", "customers": 92},
    {"cluster": -1, "slug": "ultra-high-value-active", "customers": 86},
    {"cluster": 0, "slug": "champions", "customers": 436},
    {"cluster": 1, "slug": "hibernating", "customers": 525},
    {"cluster": 2, "slug": "new-customers", "customers": 750},
    {"cluster": 3, "slug": "high-value-active", "customers": 260},
)
LOADED_ROWS: Final = {"rows_read": 151012, "rows_loaded": 146900, "rows_quarantined": 4112}
