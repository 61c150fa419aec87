"""Registry of trained models: parameters, data, library versions, and the artifact with its hash."""

import hashlib
import io
import platform
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from importlib.metadata import version
from math import isfinite
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import joblib
from sqlalchemy import Connection, Row, insert, select

from app.errors import ArtifactRefused
from app.segments.model.features import FEATURES, FloatArray
from app.segments.model.rfm_scores import RFMScores
from app.segments.model.scoring import Scorer
from app.segments.registry_tables import ModelOutcome, ModelPolicy, artifact, model
from app.segments.value_edges import edges_json

if TYPE_CHECKING:  # scikit-learn takes a second, and most commands train nothing
    from app.segments.model.compare import ModelComparison
    from app.segments.model.decide import Decision
    from app.segments.model.identity import Identity
    from app.segments.model.train import RFMSegmenter

OUTCOME_OF_ACTION: Final[Mapping[str, ModelOutcome]] = {
    "publish": "published",
    "keep": "not_published",
    "hold": "held",
}


@dataclass(frozen=True, eq=False)
class TrainingRecord:
    """A training, as the registry stores it.

    Attributes:
        segmenter: fitted estimator.
        decision: outcome, with the names and the lasting ids of the model.
        policy: policy under which it was trained.
        parent_run_id: training run from whose curve its fits began.
        champion_run_id: run that was current.
        moved_by_customers: share of the customers whom the champion puts into another cluster than the stored one.
        data_sha256: hash of the features.
        forecast: parameters of the forecast of customers, or the reason why there are none.
        rfm_scores: cut points between the RFM scores.
        window_days: look-back window of the features; None for all invoices.
    """

    segmenter: "RFMSegmenter"
    decision: "Decision"
    policy: ModelPolicy
    parent_run_id: UUID | None
    champion_run_id: UUID | None
    moved_by_customers: float
    data_sha256: str
    forecast: Mapping[str, Any]
    rfm_scores: RFMScores
    window_days: int | None = None

    @property
    def outcome(self) -> ModelOutcome:
        """Whether the model is published."""
        return OUTCOME_OF_ACTION[self.decision.action]


def register(
    connection: Connection, run_id: UUID, trained: TrainingRecord, *, as_of: date, trained_at: datetime
) -> None:
    """Insert a trained model and its artifact, published or not."""
    segmenter, decision, scorer = trained.segmenter, trained.decision, trained.decision.proposed
    content, sha256 = artifact_of(segmenter)
    comparison = decision.comparison
    values = {
        "run_id": run_id,
        "as_of": as_of,
        "trained_at": trained_at,
        "customers": len(segmenter.labels_),
        "features": list(FEATURES),
        "seed": segmenter.random_state,
        "k": len(scorer.centroids),
        "k_scores": [asdict(score) for score in segmenter.k_scores_],
        "scaler": {"mean": scorer.mean.tolist(), "scale": scorer.scale.tolist()},
        "centroids": scorer.centroids.tolist(),
        "fences": {feature: list(fence) for feature, fence in scorer.fences.items()},
        "medians": _by_feature(scorer.medians),
        "segment_of_cluster": {str(cluster): slug for cluster, slug in scorer.segment_of_cluster.items()},
        "cluster_medians": by_cluster(scorer.cluster_medians),
        "versions": versions(),
        "sha256": sha256,
        "policy": trained.policy,
        "parent_run_id": trained.parent_run_id,
        "champion_run_id": trained.champion_run_id,
        "outcome": trained.outcome,
        "reasons": list(decision.reasons),
        "comparison": comparison and {**_compared(comparison), "moved_by_customers": trained.moved_by_customers},
        "policy_state": decision.state.to_json(),
        "cluster_ids": list(scorer.ids),
        "cluster_events": _events(decision.identity) if decision.change == "model" and comparison else [],
        "curve": by_cluster(segmenter.curve_),
        "data_sha256": trained.data_sha256,
        "forecast": trained.forecast,
        "window_days": trained.window_days,
        "rfm_cuts": trained.rfm_scores.to_json(),
    }
    connection.execute(insert(model).values(values))
    connection.execute(insert(artifact).values(run_id=run_id, joblib=content))


def artifact_of(segmenter: "RFMSegmenter") -> tuple[bytes, str]:
    """Return the estimator as joblib writes it, without labels, and its SHA-256."""
    stored = io.BytesIO()
    joblib.dump(segmenter.without_labels(), stored)
    content = stored.getvalue()
    return content, hashlib.sha256(content).hexdigest()


def read_newest_training(connection: Connection) -> Row[Any] | None:
    """Return the row of the newest training run, published or not; None before the first."""
    m = model.c
    return connection.execute(select(model).order_by(m.trained_at.desc(), m.run_id).limit(1)).one_or_none()


def read_scorer(connection: Connection, run_id: UUID, revision: int | None = None) -> Scorer:
    """Return the scorer of a registered model, with the newest edges of value bands, or those of a revision."""
    statement = select(model, edges_json(revision)).where(model.c.run_id == run_id)
    row: Any = connection.execute(statement).mappings().one()
    return Scorer.from_row(row)


def read_window(connection: Connection, run_id: UUID) -> int | None:
    """Return the look-back window in days of the features that a model was trained on; None for all invoices."""
    found: int | None = connection.execute(select(model.c.window_days).where(model.c.run_id == run_id)).scalar_one()
    return found


def load_model(connection: Connection, run_id: UUID) -> "RFMSegmenter":
    """Load the fitted model of a run; raises ArtifactRefused if its SHA-256 is not the registered one."""
    query = select(model.c.sha256, artifact.c.joblib).join_from(model, artifact).where(model.c.run_id == run_id)
    registered = connection.execute(query).one()
    found = hashlib.sha256(registered.joblib).hexdigest()
    if found != registered.sha256:
        raise ArtifactRefused(
            f"the model of run {run_id} has SHA-256 {found[:12]}…, not the registered {registered.sha256[:12]}…, and "
            "was not loaded; retrain (regulars train)"
        )
    return joblib.load(io.BytesIO(registered.joblib))  # type: ignore[no-any-return]


def versions() -> dict[str, str]:
    """Return the versions of Python and of the numerical libraries."""
    return {
        "python": platform.python_version(),
        **{library: version(library) for library in ("numpy", "scikit-learn", "joblib")},
    }


def by_cluster(medians: Mapping[int, FloatArray]) -> dict[str, list[float]]:
    """Return the medians of clusters as JSON stores them."""
    return {str(cluster): values.tolist() for cluster, values in medians.items()}


def _by_feature(values: Any) -> dict[str, float]:
    return dict(zip(FEATURES, (float(value) for value in values), strict=True))


def _compared(found: "ModelComparison") -> dict[str, Any]:
    champion_silhouette, silhouette = found.silhouette
    sizes = [
        {"cluster": cluster, "champion_customers": before, "customers": after}
        for cluster, (before, after) in sorted(found.sizes.items())
    ]
    return {
        "champion_silhouette": champion_silhouette,
        "silhouette": silhouette,
        "inertia_ratio": found.inertia_ratio if isfinite(found.inertia_ratio) else None,
        "ari": found.ari,
        "moved_by_model": found.moved,
        "across_fences": found.across_fences,
        "sizes": sizes,
    }


def _events(found: "Identity") -> list[dict[str, Any]]:
    events = [{"kind": "birth", "cluster": each, "others": []} for each in found.births]
    events += [{"kind": "death", "cluster": each, "others": []} for each in found.deaths]
    splits, merges = defaultdict(list), defaultdict(list)
    for parent, born in found.splits:
        splits[parent].append(born)
    for ended, into in found.merges:
        merges[into].append(ended)
    events += [{"kind": "split", "cluster": parent, "others": born} for parent, born in splits.items()]
    return events + [{"kind": "merge", "cluster": into, "others": ended} for into, ended in merges.items()]
