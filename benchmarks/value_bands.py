"""Benchmark of value bands on past days of real sales: how many customers change their band from one day to the next.

Each day all customers of the day before are put into bands by their expected spend of the next 90 days. The forecast
and the edges are those of the first day, or are fitted anew each day. A customer is moved by the model if the band
differs from that of the day before although today's numbers under yesterday's forecast and edges would not have changed
it.

    python -m benchmarks.value_bands [FOLDER] [--days 61 184] [--cache FOLDER]

FOLDER has a folder for each day, in order; the days are numbered from 1.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from app.segments.forecasts import fit_forecast, is_fitted
from app.segments.model.clv.value import HORIZON_DAYS, ValueModel
from app.segments.model.value_bands import BANDS, ValueBands, money_edges
from app.segments.rfm import TrainingFeatures
from benchmarks.past_features import DEFAULT_FOLDER, Day, read_days

SEED: Final = 42
WAYS: Final = {
    "forecast and edges of the first day": (False, False),
    "forecast of each day, edges of the first day": (True, False),
    "forecast and edges of each day": (True, True),
}
"""For each way: whether the forecast, and whether the edges are fitted each day."""


def fitted(day: Day) -> ValueBands:
    """Fit the forecast and the edges to a day."""
    found = fit_forecast(TrainingFeatures(day.rfm, day.tenure, np.zeros(len(day.ids), dtype=np.int16)), SEED)
    if not is_fitted(found):
        raise SystemExit(f"{day.as_of}: {found['reason']}; begin with a later day")
    bands = ValueBands(ValueModel.from_json(found), HORIZON_DAYS, np.empty(0), day.as_of)
    return replace(bands, edges=money_edges(bands.spend(day.rfm, day.tenure)))


def replay(days: Sequence[Day], fits: Sequence[ValueBands], *, new_forecast: bool, new_edges: bool) -> dict[str, float]:
    """Return the shares of the customers who change their band on a day, of all days but the first."""
    bands, moved, by_model = fits[0], [], []
    for yesterday, today, fit in zip(days, days[1:], fits[1:], strict=False):
        known = np.isin(today.ids, yesterday.ids)
        stays = np.isin(yesterday.ids, today.ids)
        before = bands.bands(bands.spend(yesterday.rfm, yesterday.tenure))[stays]
        rescored = bands.bands(bands.spend(today.rfm, today.tenure))[known]
        bands = replace(bands, model=fit.model if new_forecast else bands.model)
        bands = replace(bands, edges=fit.edges if new_edges else bands.edges)
        after = bands.bands(bands.spend(today.rfm, today.tenure))[known]
        moved.append(float((after != before).mean()))
        by_model.append(float(((after != before) & (rescored == before)).mean()))
    last = bands.bands(bands.spend(days[-1].rfm, days[-1].tenure))
    sizes = np.bincount(last, minlength=BANDS + 1)[1:] / len(last)
    return {
        "moved_mean": float(np.mean(moved)),
        "moved_p95": float(np.quantile(moved, 0.95)),
        "moved_worst": max(moved),
        "by_model_mean": float(np.mean(by_model)),
        "by_model_worst": max(by_model),
        "quiet_days": float(np.mean(np.array(by_model) == 0)),
        "largest_band": float(sizes.max()),
        "top_band": float(sizes[-1]),
    }


def main() -> None:
    """Measure and print; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT_FOLDER, help="folder of daily files")
    parser.add_argument("--days", type=int, nargs=2, default=(61, 184), metavar=("FIRST", "LAST"))
    parser.add_argument("--cache", type=Path, help="folder in which the features of each day are stored")
    options = parser.parse_args()
    first, last = options.days
    days = read_days(options.folder, options.cache)[first - 1 : last]
    fits = [fitted(day) for day in days]
    found = {
        name: replay(days, fits, new_forecast=forecast, new_edges=edges) for name, (forecast, edges) in WAYS.items()
    }
    for name, figures in found.items():
        print(f"{name}:")
        for figure, value in figures.items():
            print(f"  {figure:<16}{value:8.2%}")
    print(json.dumps({"days": [str(days[0].as_of), str(days[-1].as_of)], "ways": found}))


if __name__ == "__main__":
    main()
