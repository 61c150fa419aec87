"""Calibration of forecasts: predicted and actual outcomes by decile of the prediction, and in total."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from app.segments.model.features import FloatArray
from app.segments.model.report.records import Calibration, Decile

DECILES: Final = 10


def calibrate(predicted: FloatArray, actual: FloatArray) -> Calibration:
    """Compare predictions, shape (n,), with outcomes."""
    parts: Sequence[FloatArray] = np.array_split(np.argsort(predicted, kind="stable"), DECILES)
    deciles = tuple(
        Decile(number, len(part), float(predicted[part].mean()), float(actual[part].mean()))
        for number, part in enumerate(parts, 1)
        if len(part)
    )
    total = float(predicted.sum()), float(actual.sum())
    return Calibration(deciles, *total, total[0] / total[1] if total[1] else None)
