"""Benchmark of the model's life: daily training on past days of real sales under the policies `latest` and `stable`.

The files are loaded by the product; each day all customers are scored by the model of the day before, then a model is
trained, and published as the policy decides. A customer is moved by the model if their name (or cluster) differs from
that of the day before although today's numbers under yesterday's model would not have changed it.

    python -m benchmarks.stability [FOLDER] [--days 61 184] [--cache FOLDER] [--plot FILE.svg]

FOLDER has a folder for each day, in order; the days are numbered from 1. Inertia is relative to the best of ten fresh
fits of the same k. A name is true if the segment table gives it within the margin of the policy.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from app.segments.model.decide import decide, decide_first
from app.segments.model.features import FloatArray, IntArray
from app.segments.model.fences import CORE, measure_fences, outlier_clusters
from app.segments.model.identity import match_clusters
from app.segments.model.naming import ClusterNaming, TrainingCustomers
from app.segments.model.policy import PolicyState, StablePolicy
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable
from app.segments.model.train import RFMSegmenter
from benchmarks.past_features import DEFAULT_FOLDER, Day, read_days
from benchmarks.stability_plot import write_plot

POLICY = StablePolicy()
BOUNDS = {
    "moved_percent_mean": 0.80,
    "clusters_moved_percent_mean": 0.80,
    "quiet_days_percent_min": 93,
    "inertia_to_fresh": 1.03,
    "names_true_percent_min": 96,
}
TABLE = SegmentTable.load()


@dataclass(frozen=True)
class Training:
    """Model before and after the training of a day; `published` is empty, or what was published."""

    before: Scorer | None
    after: Scorer
    published: str


@dataclass(frozen=True)
class DayResult:
    """Figures of a day; shares are 0..1. The first day has nobody who could have moved.

    Attributes:
        names_moved, clusters_moved: share of the customers moved by the model.
        published: empty, or what was published.
        inertia: relative to the best of ten fresh fits of the same k.
        names_true: share whose name the table gives within the margin; `names_exact`: without a margin.
    """

    names_moved: float
    clusters_moved: float
    published: str
    k: int
    inertia: float
    names_true: float
    names_exact: float


Life = Callable[[Day], Training]


def latest() -> Life:
    """Return the policy that publishes every day what the plain rule gives, with ids matched to those of yesterday."""
    current: Scorer | None = None
    next_id = 0

    def train(day: Day) -> Training:
        nonlocal current, next_id
        before, model = current, RFMSegmenter().fit(day.rfm, customer_id=day.ids).scorer()
        if before is None:
            next_id = len(model.centroids)
        else:
            clusters = before.predict(day.rfm), model.predict(day.rfm)
            found = match_clusters(before.ids, *clusters, len(model.centroids), next_id)
            model, next_id = replace(model, cluster_ids=found.ids), found.next_id
        naming = ClusterNaming.of(customers(day), model.predict(day.rfm), TABLE)
        current = naming.applied(model, {each: naming.plain_name(each) for each in naming.medians})
        return Training(before and named(before, day), current, "model")

    return train


def stable() -> Life:
    """Return the policy `stable`, with nobody who promotes what is held."""
    current: Scorer | None = None
    state, warm = PolicyState(), dict[int, FloatArray]()

    def train(day: Day) -> Training:
        nonlocal current, state, warm
        segmenter = RFMSegmenter(curve_sample=50_000, starts=3)
        if current is None:
            segmenter.fit(day.rfm, customer_id=day.ids)
            decision = decide_first(segmenter.scorer(), customers(day), TABLE)
        else:
            segmenter.fit(day.rfm, customer_id=day.ids, warm=warm, pick_k=state.pick_k(POLICY, day.as_of))
            scores = segmenter.k_scores_
            decision = decide(POLICY, current, segmenter.scorer(), scores, customers(day), state, TABLE)
        before, current = current and decision.champion, decision.current
        state, warm = decision.state, segmenter.curve_
        return Training(before, current, {"publish": decision.change, "keep": "", "hold": "held"}[decision.action])

    return train


def customers(day: Day) -> TrainingCustomers:
    """Return the customers of a day as the model takes them."""
    return TrainingCustomers(day.as_of, day.rfm, day.tenure)


def named(model: Scorer, day: Day) -> Scorer:
    """Return a model with names for outlier clusters that have their first members today."""
    names = model.names(day.rfm, model.predict(day.rfm), TABLE)
    return replace(model, segment_of_cluster=names)


def simulate(life: Life, days: Sequence[Day], fresh: Callable[[int, int], float]) -> list[DayResult]:
    """Return the figures of each day; `fresh` returns the inertia of a fresh fit for the number of a day and a k."""
    results: list[DayResult] = []
    yesterday: tuple[Day, Scorer] | None = None
    for number, day in enumerate(days):
        training = life(day)
        model = training.after
        moved = (0.0, 0.0) if yesterday is None else shares_moved(*yesterday, day, training)
        naming = ClusterNaming.of(customers(day), model.predict(day.rfm), TABLE)
        points, scaler = scaled_core(day)
        inertia = float(squares(points, scaler.transform(model.centroids)).min(axis=1).sum())
        results.append(
            DayResult(
                *moved,
                published=training.published,
                k=len(model.centroids),
                inertia=inertia / fresh(number, len(model.centroids)),
                names_true=1 - naming.share_untrue(model.segment_of_cluster, POLICY.name_margin),
                names_exact=1 - naming.share_of_other_names(model.segment_of_cluster),
            )
        )
        yesterday = day, model
    return results


def shares_moved(yesterday: Day, model: Scorer, today: Day, training: Training) -> tuple[float, float]:
    """Return the shares of the customers of both days whose name, and whose cluster, was changed by the model."""
    _, old, new = np.intersect1d(yesterday.ids, today.ids, return_indices=True)
    assert training.before is not None
    clusters = (
        model.predict(yesterday.rfm[old]),
        training.before.predict(today.rfm[new]),
        training.after.predict(today.rfm[new]),
    )
    models = (model, training.before, training.after)
    names = [names_of(each, found) for each, found in zip(models, clusters, strict=True)]
    return moved_share(*names), moved_share(*clusters)


def moved_share(before: npt.NDArray[Any], rescored: npt.NDArray[Any], after: npt.NDArray[Any]) -> float:
    """Return the share that changed, but not under the model of the day before."""
    return float(((after != before) & (rescored == before)).mean())


def names_of(model: Scorer, clusters: IntArray) -> npt.NDArray[np.str_]:
    """Return the name of each cluster of `clusters`, shape (n,)."""
    return np.array([model.segment_of_cluster[each] for each in clusters.tolist()], dtype=np.str_)


def scaled_core(day: Day) -> tuple[FloatArray, StandardScaler]:
    """Return the core of a day by its own fences, scaled, and the scaler."""
    core = day.rfm[outlier_clusters(day.rfm, measure_fences(day.rfm)) == CORE]
    scaler = StandardScaler().fit(core)
    return scaler.transform(core), scaler


def squares(points: FloatArray, centers: FloatArray) -> FloatArray:
    """Return squared distances, shape (n, k)."""
    distances: FloatArray = ((points[:, None] - centers) ** 2).sum(axis=2)
    return distances


def fresh_fits(days: Sequence[Day]) -> Callable[[int, int], float]:
    """Return a function of the number of a day and k: inertia of the best of ten fresh fits."""

    @cache
    def inertia(number: int, k: int) -> float:
        points, _ = scaled_core(days[number])
        with threadpool_limits(1):
            return float(KMeans(k, n_init=10, max_iter=1000, random_state=0).fit(points).inertia_)

    return inertia


def figures(results: Sequence[DayResult]) -> dict[str, float]:
    """Return the figures of a policy, in percent; those of moves without the first day."""
    moves = results[1:]
    names, clusters = (
        100 * np.array([getattr(day, name) for day in moves]) for name in ("names_moved", "clusters_moved")
    )
    return {
        "moved_percent_mean": float(names.mean()),
        "moved_percent_p95": float(np.percentile(names, 95)),
        "moved_percent_worst": float(names.max()),
        "clusters_moved_percent_mean": float(clusters.mean()),
        "quiet_days_percent_min": float(100 * ((names == 0) & (clusters == 0)).mean()),
        "publications": sum(day.published in {"model", "names"} for day in moves),
        "held": sum(day.published == "held" for day in moves),
        "k_changes": sum(one.k != other.k for one, other in zip(results, moves, strict=False)),
        "inertia_to_fresh": float(np.mean([day.inertia for day in results])),
        "names_true_percent_min": float(100 * np.mean([day.names_true for day in results])),
        "names_exact_percent": float(100 * np.mean([day.names_exact for day in results])),
    }


def main() -> None:
    """Simulate both policies and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT_FOLDER, help="folder of daily files")
    parser.add_argument("--days", type=int, nargs=2, default=(61, 184), metavar=("FIRST", "LAST"))
    parser.add_argument("--cache", type=Path, help="folder in which the features of each day are stored")
    parser.add_argument("--plot", type=Path, help="SVG file of the share moved by the model on each day")
    arguments = parser.parse_args()
    first, last = arguments.days
    days = read_days(arguments.folder, arguments.cache)[first - 1 : last]
    if first < 1 or len(days) < 2:
        parser.error(f"{arguments.folder} has fewer than two days from {first} to {last}: give others with --days")
    fresh = fresh_fits(days)
    results = {name: simulate(life(), days, fresh) for name, life in (("latest", latest), ("stable", stable))}
    found = {name: figures(each) for name, each in results.items()}
    counts = f"{len(days[0].ids):,} to {len(days[-1].ids):,} customers"
    print(f"{len(days)} days, {days[0].as_of} to {days[-1].as_of}, {counts}")
    print(f"  {'':<30}{'latest':>10}{'stable':>10}")
    for name, value in found["stable"].items():
        print(f"  {name.removesuffix('_min').replace('_', ' '):<30}{found['latest'][name]:>10.3f}{value:>10.3f}")
    if arguments.plot:
        moved = {name: [day.names_moved for day in each] for name, each in results.items()}
        write_plot(arguments.plot, [day.as_of for day in days], moved)
    ratios = {name: round(value, 3) for name, value in found["stable"].items()}
    ratios["latest_moved_percent_mean"] = round(found["latest"]["moved_percent_mean"], 3)
    print(json.dumps({"ratios": ratios, "bounds": BOUNDS}))


if __name__ == "__main__":
    main()
