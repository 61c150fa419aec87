"""Benchmark of CLV at 1,000,000 customers, relative to the likelihood of one parameter vector over every row.

The floor evaluates the log-likelihoods of BG/NBD and of gamma-gamma once for each customer, with scipy, without
gradient. The fits run in a process of their own, whose largest memory is measured.
"""

import json
import resource
import subprocess
import sys
from time import perf_counter

import numpy as np
from scipy.special import gammaln

from app.segments.model.clv.histories import Histories
from app.segments.model.clv.value import ValueModel
from app.segments.model.features import FloatArray

CUSTOMERS = 1_000_000
DAYS = 730
BOUNDS = {"fit_to_one_pass": 25.0, "fit_seconds": 10.0, "fit_and_forecast_mebibytes": 500.0}


def shop(seed: int) -> Histories:
    """Return random customers with whole days and cents, as gold has them."""
    draw = np.random.default_rng(seed)
    t = draw.integers(0, DAYS, CUSTOMERS).astype(np.float64)
    rate, dropout = draw.gamma(0.7, 1 / 40, CUSTOMERS), draw.beta(0.6, 3.0, CUSTOMERS)
    lifetime = np.minimum(t, draw.exponential(1, CUSTOMERS) / np.maximum(rate * dropout, 1e-9))
    x = draw.poisson(rate * lifetime).astype(np.float64)
    t_x = np.where(x > 0, np.floor(lifetime * draw.beta(np.maximum(x, 1), 1)), 0.0)
    spend = np.round(draw.lognormal(4, 0.8, CUSTOMERS), 2)
    return Histories(x, t_x, t, spend)


def one_pass(histories: Histories) -> float:
    """Return both log-likelihoods of fixed parameters, one evaluation for each customer."""
    x, t_x, t = histories.x, histories.t_x, histories.t
    r, alpha, a, b = 0.7, 40.0, 0.6, 3.0
    rates: FloatArray = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    dropouts: FloatArray = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    later = np.log(a / (b + np.maximum(x, 1) - 1)) - (r + x) * np.log(alpha + t_x)
    both: FloatArray = np.logaddexp(-(r + x) * np.log(alpha + t), np.where(x > 0, later, -np.inf))
    p, q, v, n = 2.0, 4.0, 50.0, x + 1
    money: FloatArray = gammaln(p * n + q) - gammaln(p * n) - (p * n + q) * np.log(v + n * histories.spend)
    return float((rates + dropouts + both + money).sum())


def measured() -> dict[str, float]:
    """Return the seconds of the floor, of the fit and of the forecast, and the largest memory of this process."""
    histories = shop(0)
    start = perf_counter()
    one_pass(histories)
    passed = perf_counter()
    model = ValueModel.fit(histories)
    fitted = perf_counter()
    forecast = model.forecast(histories)
    end = perf_counter()
    assert np.isfinite(forecast.spend).all()  # a benchmark of a wrong result is none
    mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"pass": passed - start, "fit": fitted - passed, "forecast": end - fitted, "mebibytes": mebibytes}


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    if sys.argv[1:] == ["--measure"]:
        print(json.dumps(measured()))
        return
    done = subprocess.run([sys.executable, __file__, "--measure"], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    print(f"{CUSTOMERS:,} customers, {DAYS} days")
    for name in ("pass", "fit", "forecast"):
        print(f"  {name:<10}{found[name]:8.2f} s")
    print(f"  {'memory':<10}{found['mebibytes']:8.0f} MiB")
    ratios = {
        "fit_to_one_pass": round(found["fit"] / found["pass"], 2),
        "fit_seconds": round(found["fit"], 2),
        "fit_and_forecast_mebibytes": round(found["mebibytes"], 1),
    }
    print(json.dumps({"ratios": ratios, "bounds": BOUNDS}))


if __name__ == "__main__":
    main()
