"""Reproduction of a past training run from the files of the ledger."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, exists, func, select

from app.errors import InvalidSelection
from app.pipeline.tables import ACTIVE, source_file
from app.segments.model.features import FloatArray
from app.segments.model.policy import PolicyState
from app.segments.model.train import RFMSegmenter
from app.segments.registry import artifact_of, load_model, versions
from app.segments.registry_tables import artifact, model
from app.segments.rfm import read_rfm_of_files
from app.segments.training import features_hash, make_segmenter, read_curve
from app.suppression.tables import erasure

f, m = source_file.c, model.c


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Outcome of a reproduction.

    Attributes:
        files: number of files that were loaded before the training, and still are.
        customers: number of customers of these files, and of the training.
        data_sha256: of the features read now, and of those of the training; None if it recorded none.
        is_same_data: whether the features of all customers are those of the training; None if it recorded no hash.
        is_same_model: whether the model trained on them has the registered SHA-256.
        sha256: of the model trained now, and of the registered one.
        same_clusters: share of the customers of these files in the same cluster of both models, 0..1; None if the
            registered model is not stored.
        differences: what has changed since, in sentences.
    """

    files: int
    customers: tuple[int, int]
    data_sha256: tuple[str, str | None]
    is_same_data: bool | None
    is_same_model: bool
    sha256: tuple[str, str]
    same_clusters: float | None
    differences: tuple[str, ...]


def reproduce(connection: Connection, run_id: UUID) -> Reproduction:
    """Train again on the files that were loaded before a training run, and compare data and model.

    Its fits begin from the curve of the same parent, so that all its ancestors need not be trained again.

    Raises InvalidSelection for an unknown run.
    """
    registered = connection.execute(select(model).where(m.run_id == run_id)).one_or_none()
    if registered is None:
        raise InvalidSelection(f"there is no training run {run_id}; regulars models list lists them")
    loaded = select(f.id).where(f.loaded_at <= registered.trained_at, f.state.in_(ACTIVE)).order_by(f.id)
    files = list(connection.execute(loaded).scalars())
    past = read_rfm_of_files(connection, registered.as_of, files, registered.window_days)
    segmenter = make_segmenter(registered.policy, registered.seed)
    if registered.parent_run_id is None:
        segmenter.fit(past.rfm)
    else:
        parent = select(m.curve).where(m.run_id == registered.parent_run_id)
        warm = read_curve(connection.execute(parent).scalar_one())
        k = PolicyState.from_json(registered.policy_state).k
        segmenter.fit(past.rfm, warm=warm, pick_k=lambda _: k or segmenter.k_min)
    sha256 = artifact_of(segmenter)[1]
    data = features_hash(past.rfm, past.tenure)
    return Reproduction(
        files=len(files),
        customers=(len(past.rfm), registered.customers),
        data_sha256=(data, registered.data_sha256),
        is_same_data=None if registered.data_sha256 is None else data == registered.data_sha256,
        is_same_model=sha256 == registered.sha256,
        sha256=(sha256, registered.sha256),
        same_clusters=_same_clusters(connection, registered, segmenter, past.rfm),
        differences=tuple(_differences(connection, registered)),
    )


def _same_clusters(connection: Connection, registered: Any, segmenter: RFMSegmenter, rfm: FloatArray) -> float | None:
    is_stored = connection.execute(select(exists().where(artifact.c.run_id == registered.run_id))).scalar_one()
    if not is_stored:
        return None
    labels = load_model(connection, registered.run_id).predict(rfm)
    return float((labels == segmenter.predict(rfm)).mean())


def _differences(connection: Connection, registered: Any) -> list[str]:
    replaced = select(func.count()).where(
        f.loaded_at <= registered.trained_at, f.state == "superseded", f.sha256.is_not(None)
    )
    found = []
    if count := connection.execute(replaced).scalar_one():
        found.append(f"{count:,} files that were loaded before it are superseded.")
    erased = select(func.count()).where(erasure.c.erased_at > registered.trained_at)
    if count := connection.execute(erased).scalar_one():
        is_one = count == 1
        found.append(f"{count:,} customer{' was' if is_one else 's were'} erased: their features are missing.")
    if registered.versions != versions():
        changed = [name for name, version in versions().items() if registered.versions.get(name) != version]
        found.append(f"It was trained with other versions of {', '.join(changed)}.")
    return found
