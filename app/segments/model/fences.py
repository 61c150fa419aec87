"""Outlier detection by Tukey fences on monetary value and frequency."""

from typing import Final

import numpy as np

from app.segments.model.features import FREQUENCY, MONETARY, FloatArray, IntArray

Fences = dict[str, tuple[float, float]]

IQR_FACTOR: Final = 1.5
CORE: Final = 0
FENCED: Final = {"monetary": (MONETARY, -1), "frequency": (FREQUENCY, -2)}


def measure_fences(rfm: FloatArray) -> Fences:
    """Return (low, high) of monetary (currency units) and of frequency (invoices).

    They are Q1 - 1.5 IQR and Q3 + 1.5 IQR (Tukey 1977), the quartiles interpolated linearly. `rfm` has shape
    (n, 3), n >= 1.
    """
    return {name: _fence(rfm[:, column]) for name, (column, _) in FENCED.items()}


def outlier_clusters(rfm: FloatArray, fences: Fences) -> IntArray:
    """Return shape (n,): -1 outside the fences of monetary, -2 of frequency, -3 of both, 0 for the core."""
    clusters = np.full(len(rfm), CORE, dtype=np.int64)
    for name, (column, code) in FENCED.items():
        low, high = fences[name]
        clusters[(rfm[:, column] < low) | (rfm[:, column] > high)] += code
    return clusters


def _fence(values: FloatArray) -> tuple[float, float]:
    first, third = np.quantile(values, [0.25, 0.75], method="linear")
    margin = IQR_FACTOR * (third - first)
    return float(first - margin), float(third + margin)
