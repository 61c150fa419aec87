"""Registry of trained models: parameters, data, library versions, and the artifact with its hash."""

import hashlib
import io
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from uuid import UUID

import joblib
from sqlalchemy import Connection, insert, select

from app.errors import ArtifactRefused
from app.segments.model.features import FEATURES, FloatArray
from app.segments.model.segment_table.table import SegmentDefinition
from app.segments.tables import artifact, model

if TYPE_CHECKING:  # scikit-learn takes a second, and most commands train nothing
    from app.segments.model.train import RFMSegmenter


def register(
    connection: Connection,
    run_id: UUID,
    segmenter: "RFMSegmenter",
    names: dict[int, SegmentDefinition],
    *,
    as_of: date,
    trained_at: datetime,
) -> None:
    """Insert a fitted model and its artifact."""
    stored = io.BytesIO()
    joblib.dump(segmenter.without_labels(), stored)
    content = stored.getvalue()
    values = {
        "run_id": run_id,
        "as_of": as_of,
        "trained_at": trained_at,
        "customers": len(segmenter.labels_),
        "features": list(FEATURES),
        "seed": segmenter.random_state,
        "k": segmenter.k_,
        "k_scores": [asdict(score) for score in segmenter.k_scores_],
        "scaler": {"mean": segmenter.scaler_.mean_.tolist(), "scale": segmenter.scaler_.scale_.tolist()},
        "centroids": segmenter.centroids_.tolist(),
        "fences": {feature: list(fence) for feature, fence in segmenter.fences_.items()},
        "medians": _by_feature(segmenter.medians_),
        "segment_of_cluster": {str(cluster): segment.slug for cluster, segment in names.items()},
        "cluster_medians": by_cluster(segmenter.cluster_medians_),
        "versions": versions(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    connection.execute(insert(model).values(values))
    connection.execute(insert(artifact).values(run_id=run_id, joblib=content))


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
