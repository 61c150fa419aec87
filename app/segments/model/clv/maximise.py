"""Maximum of a likelihood of positive parameters: L-BFGS on their logs, with the analytic gradient."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from app.segments.model.features import FloatArray

Likelihood = Callable[[FloatArray], tuple[float, FloatArray]]
BOUND: Final = 7.0
"""Largest absolute log of a parameter.

Flat likelihoods, such as without dropout, have their maximum at infinity, where the closed forms are not finite.
"""
TOLERANCE: Final = 1e-10
MAX_ITERATIONS: Final = 1000


def weighted_sum(values: FloatArray, weights: npt.NDArray[Any]) -> FloatArray:
    """Return the sums of values, shape (..., n), with weights, shape (n,).

    Not by `@`, whose sums of many values differ in the last digits with the number of threads of the numerical library:
    where a likelihood is flat, they decide which parameters are found.
    """
    total: FloatArray = (values * weights).sum(axis=-1)
    return total


def maximise(likelihood: Likelihood, size: int) -> FloatArray:
    """Return the parameters with the highest likelihood, shape (size,), starting from 1.

    `likelihood` returns the mean log-likelihood of a customer and its gradient, shape (size,).
    """
    from scipy.optimize import minimize  # noqa: PLC0415  # takes 0.2 s, which only a fit needs

    def cost(logs: FloatArray) -> tuple[float, FloatArray]:
        parameters = np.exp(logs)
        value, gradient = likelihood(parameters)
        return -value, -gradient * parameters

    options = {"ftol": TOLERANCE * 1e-4, "gtol": TOLERANCE, "maxiter": MAX_ITERATIONS}
    bounds = [(-BOUND, BOUND)] * size
    found = minimize(cost, np.zeros(size), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    best: FloatArray = np.exp(found.x)
    return best
