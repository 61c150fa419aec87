"""Training of a model under a policy: fit, comparison with the champion, and the decision what is published."""

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from app.segments.forecasts import fit_forecast
from app.segments.model.decide import Decision, decide, decide_first, decide_latest
from app.segments.model.features import FloatArray
from app.segments.model.naming import TrainingCustomers
from app.segments.model.policy import PolicyState, StablePolicy
from app.segments.model.rfm_scores import RFMScores
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable
from app.segments.model.train import RFMSegmenter
from app.segments.publish import current_run_id
from app.segments.registry import TrainingRecord, read_newest_training, read_scorer, read_window
from app.segments.registry_tables import ModelPolicy
from app.segments.rfm import UNKNOWN_CLUSTER, TrainingFeatures

CURVE_SAMPLE: Final = 50_000
"""Core customers above which the k's are tried on a sample."""
STARTS: Final = 3
"""K-means++ starts for each k beside the warm start."""


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """Settings of a training.

    Attributes:
        policy: policy of publications.
        hold: whether a publication that moves many customers waits for a person.
        random_state: seed of K-means.
        is_forced: publish the model whatever the policy says.
        window_days: look-back window of the features; None for all invoices.
    """

    policy: ModelPolicy
    hold: bool = True
    random_state: int = 42
    is_forced: bool = False
    window_days: int | None = None


@dataclass(frozen=True, eq=False)
class _Earlier:
    """State before a training: the champion, and the newest training."""

    champion: Scorer
    champion_run_id: UUID
    window_days: int | None
    state: PolicyState
    warm: dict[int, FloatArray]
    parent_run_id: UUID | None


def train(
    connection: Connection,
    features: TrainingFeatures,
    as_of: date,
    settings: TrainingSettings,
    segment_table: SegmentTable,
    checkpoint: Callable[[], None],
) -> TrainingRecord:
    """Train a model on customers as of a day, compare it with the champion, and decide what is published.

    The first forecast is fitted in a thread meanwhile; later, lookups would wait for a core.
    """
    earlier = _read_earlier(connection)
    segmenter = make_segmenter(settings.policy, settings.random_state)
    with ThreadPoolExecutor(1, thread_name_prefix="forecast") as thread:
        forecast = thread.submit(fit_forecast, features, settings.random_state, settings.window_days)
        if earlier is not None:
            wait([forecast])
        decision = _fit(segmenter, features, as_of, settings, segment_table, checkpoint, earlier)
    return _record(segmenter, decision, settings, features, earlier, segment_table, forecast.result())


def _fit(
    segmenter: RFMSegmenter,
    features: TrainingFeatures,
    as_of: date,
    settings: TrainingSettings,
    segment_table: SegmentTable,
    checkpoint: Callable[[], None],
    earlier: _Earlier | None,
) -> Decision:
    customers = TrainingCustomers(as_of, features.rfm, features.tenure)
    if earlier is None:
        segmenter.fit(features.rfm, checkpoint=checkpoint)
        return decide_first(segmenter.scorer(), customers, segment_table)
    if settings.policy != "stable":
        segmenter.fit(features.rfm, checkpoint=checkpoint)
        return decide_latest(earlier.champion, segmenter.scorer(), customers, earlier.state, segment_table)
    policy = StablePolicy(hold=settings.hold)
    pick_k = earlier.state.pick_k(policy, as_of)
    segmenter.fit(features.rfm, checkpoint=checkpoint, warm=earlier.warm or None, pick_k=pick_k)
    return decide(
        policy,
        earlier.champion,
        segmenter.scorer(),
        tuple(segmenter.k_scores_),
        customers,
        earlier.state,
        segment_table,
        forced=_why_forced(settings, earlier),
    )


def make_segmenter(policy: ModelPolicy, random_state: int) -> RFMSegmenter:
    """Return the estimator of a policy; without warm starts, on fewer customers than its sample, both are equal."""
    if policy == "latest":
        return RFMSegmenter(random_state=random_state)
    return RFMSegmenter(random_state=random_state, curve_sample=CURVE_SAMPLE, starts=STARTS)


def read_curve(stored: Mapping[str, Any]) -> dict[int, FloatArray]:
    """Return the centroids for each k of a registered training."""
    return {int(k): np.array(centroids, dtype=np.float64) for k, centroids in stored.items()}


def features_hash(rfm: FloatArray, tenure: FloatArray) -> str:
    """Return the SHA-256 of features (n, 3) and tenures (n,), in the order of customers."""
    digest = hashlib.sha256(np.ascontiguousarray(rfm).data)
    digest.update(np.ascontiguousarray(tenure).data)
    return digest.hexdigest()


def _record(
    segmenter: RFMSegmenter,
    decision: Decision,
    settings: TrainingSettings,
    features: TrainingFeatures,
    earlier: _Earlier | None,
    segment_table: SegmentTable,
    forecast: dict[str, Any],
) -> TrainingRecord:
    return TrainingRecord(
        segmenter=segmenter,
        decision=decision,
        policy=settings.policy,
        parent_run_id=earlier.parent_run_id if earlier and settings.policy == "stable" else None,
        champion_run_id=earlier.champion_run_id if earlier else None,
        moved_by_customers=_moved_by_customers(features, earlier.champion) if earlier else 0.0,
        data_sha256=features_hash(features.rfm, features.tenure),
        forecast=forecast,
        window_days=settings.window_days,
        rfm_scores=RFMScores.by_quantiles(features.rfm, segment_table.rfm.cut_points),
    )


def _why_forced(settings: TrainingSettings, earlier: _Earlier) -> str | None:
    if settings.window_days != earlier.window_days:
        return "Published: the look-back window was changed."
    return "Published: a person requested it." if settings.is_forced else None


def _moved_by_customers(features: TrainingFeatures, champion: Scorer) -> float:
    known = features.clusters != UNKNOWN_CLUSTER
    if not known.any():
        return 0.0
    return float((champion.predict(features.rfm[known]) != features.clusters[known]).mean())


def _read_earlier(connection: Connection) -> _Earlier | None:
    champion_run_id = current_run_id(connection)
    newest = read_newest_training(connection)
    if champion_run_id is None or newest is None:
        return None
    champion = read_scorer(connection, champion_run_id)
    warm = read_curve(newest.curve)
    return _Earlier(
        champion,
        champion_run_id,
        read_window(connection, champion_run_id),
        _state(newest, champion, champion_run_id),
        warm,
        newest.run_id if warm else None,
    )


def _state(newest: Any, champion: Scorer, champion_run_id: UUID) -> PolicyState:
    """Return the policy's state; its counts begin anew after a person has changed the champion or discarded a model."""
    stored = PolicyState.from_json(newest.policy_state or None)
    k = len(champion.centroids)
    state = replace(stored, k=stored.k or k, next_id=max(stored.next_id, max(champion.ids) + 1))
    if newest.outcome == "discarded":
        return state.after_discard(k)
    expected = newest.run_id if newest.outcome == "published" else newest.champion_run_id
    return state if expected == champion_run_id else state.after_publication(k, state.next_id)
