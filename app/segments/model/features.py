"""Features of customers and the order of their columns."""

from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FEATURES: Final = ("recency", "frequency", "monetary")
RECENCY, FREQUENCY, MONETARY = range(3)


def check_rfm(values: npt.ArrayLike) -> FloatArray:
    """Return `values` as float64 of shape (n, 3): recency (days), frequency (invoices), monetary (currency).

    No rows are allowed. Raises ValueError for another shape, NaN or infinity.
    """
    rfm = np.asarray(values, dtype=np.float64)
    if rfm.size == 0:
        return np.empty((0, len(FEATURES)))
    if rfm.ndim != 2 or rfm.shape[1] != len(FEATURES):  # noqa: PLR2004
        raise ValueError(f"expected columns {', '.join(FEATURES)}: shape (n, 3), got {rfm.shape}")
    if not np.isfinite(rfm).all():
        row, column = np.argwhere(~np.isfinite(rfm))[0]
        raise ValueError(f"{FEATURES[column]} of row {row} is {rfm[row, column]}: give finite numbers")
    return rfm


def medians_of(rfm: FloatArray, chosen: npt.NDArray[np.bool_] | None = None) -> FloatArray:
    """Return the medians (3,) of customers (n, 3), or of the chosen ones (n,); a column at a time to save memory."""
    columns = rfm.T if chosen is None else (column[chosen] for column in rfm.T)
    return np.array([np.median(column) for column in columns])
