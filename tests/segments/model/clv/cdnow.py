"""CDNOW: purchases of 2,357 customers who first bought in early 1997, the sample on which both models were published.

Rows with equal values are counted. Source: brucehardie.com/datasets, as distributed with the package lifetimes 0.11.3
of PyPI (MIT licence, Cameron Davidson-Pilon), `cdnow_customers_summary_with_transactions.csv`: weeks of two digits.
"""

from pathlib import Path

import numpy as np

from app.segments.model.clv.histories import Histories

FILE = Path(__file__).with_name("cdnow.csv")
DAYS_PER_WEEK = 7


def histories() -> Histories:
    """The histories in weeks of two digits, as published."""
    rows = np.loadtxt(FILE, delimiter=",", skiprows=1)
    x, t_x, t, spend = np.repeat(rows[:, :4], rows[:, 4].astype(int), axis=0).T
    return Histories(x, np.round(t_x / DAYS_PER_WEEK, 2), np.round(t / DAYS_PER_WEEK, 2), spend)
