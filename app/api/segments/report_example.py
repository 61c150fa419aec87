"""Example of a report: the demonstration's sales, with a part of the schemes and deciles."""

from typing import Any, Final

from app.api.core.demonstration import CLUSTER_SIZES, TRAINING_EXAMPLE


def _calibration(*deciles: tuple[float, float]) -> dict[str, Any]:
    return {
        "deciles": [
            {"decile": 10 * number, "customers": 182, "predicted": predicted, "actual": actual}
            for number, (predicted, actual) in enumerate(deciles, 1)
        ],
        "predicted": 612840.17,
        "actual": 634018.44,
        "ratio": 0.9666,
    }


def _interval(value: float) -> dict[str, float]:
    return {"value": value, "low": round(value - 0.04, 3), "high": round(value + 0.04, 3)}


def _scheme(scheme: str, groups: float | None, spend: float, returned: float, auc: float) -> dict[str, Any]:
    scores = {"r2_spend": spend, "r2_return": returned, "auc_return": auc}
    return {"scheme": scheme, "groups": groups, **{name: _interval(value) for name, value in scores.items()}}


SPEND: Final = _calibration((2104.31, 2280.06))
BUYERS: Final = {**_calibration((0.92, 0.94)), "predicted": 1104.2, "actual": 1127.0, "ratio": 0.9798}
REPORT_EXAMPLE: Final[dict[str, Any]] = {
    "run_id": TRAINING_EXAMPLE["run_id"],
    "computed_at": "2026-05-01T03:00:41.902400Z",
    "currency": "GBP",
    "as_of": TRAINING_EXAMPLE["as_of"],
    "customers": TRAINING_EXAMPLE["customers"],
    "sampled": TRAINING_EXAMPLE["customers"],
    "random_state": 42,
    "clusters": {
        "clusters": [
            {**each, "silhouette": 0.41, "jaccard": 0.78}
            if each["cluster"] >= 0
            else {**each, "silhouette": None, "jaccard": None}
            for each in CLUSTER_SIZES
        ],
        "refits": 20,
        "ari": 0.71,
    },
    "forecast": {
        "reason": None,
        "r": 1.31,
        "alpha": 48.2,
        "a": 0.06,
        "b": 1.84,
        "log_likelihood": -17204.6,
        "p": 2.32,
        "q": 3.72,
        "v": 440.3,
        "dropout": 0.032,
        "is_alive_shown": True,
    },
    "holdout": {
        "reason": None,
        "horizon_days": 90,
        "shows": "rankings",
        "cut_offs": [
            {
                "as_of": "2026-01-30",
                "customers": 1820,
                "returned": 0.62,
                "spend_cap": 4180.5,
                "spend": SPEND,
                "buyers": BUYERS,
            }
        ],
        "schemes": [
            _scheme("kmeans", 7.0, 0.4, 0.098, 0.667),
            _scheme("rfm_score", 13.0, 0.255, 0.101, 0.684),
            _scheme("bgnbd", None, 0.548, 0.084, 0.664),
        ],
        "spend": SPEND,
        "buyers": BUYERS,
    },
}
