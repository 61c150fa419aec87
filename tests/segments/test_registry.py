"""Registry of models: stored parameters, and refusal of changed artifacts."""

import hashlib
import platform
from typing import Any
from uuid import UUID, uuid4

import joblib
import numpy as np
import pytest
import sklearn
from sqlalchemy import Connection, text

from app.errors import ArtifactRefused
from app.segments.model.decide import decide_first
from app.segments.model.naming import TrainingCustomers
from app.segments.model.rfm_scores import RFMScores
from app.segments.model.segment_table.table import SegmentTable
from app.segments.model.train import RFMSegmenter
from app.segments.publish import current_run_id, publish
from app.segments.registry import TrainingRecord, load_model, register, versions
from app.segments.revisions import open_revision
from tests.conftest import NOW
from tests.segments.shop import AS_OF, SHOP

TABLE = SegmentTable.load()
RFM = np.array([[(AS_OF - row["last_invoice_date"]).days, row["frequency"], row["monetary"]] for row in SHOP])
TAMPERED = {
    "longer": "joblib || '\\x00'",
    "shorter": "substr(joblib, 2)",
    "one bit": "set_bit(joblib, 1000, 1 - get_bit(joblib, 1000))",
    "nothing": "''",
}


@pytest.fixture(scope="module")
def fitted() -> RFMSegmenter:
    return RFMSegmenter(random_state=7).fit(RFM)


@pytest.fixture
def registered(connection: Connection, fitted: RFMSegmenter) -> UUID:
    decision = decide_first(fitted.scorer(), TrainingCustomers(AS_OF, RFM, RFM[:, 0]), TABLE)
    scores = RFMScores.by_quantiles(RFM)
    trained = TrainingRecord(fitted, decision, "latest", None, None, 0.0, "", {"reason": "too little data"}, scores)
    run_id = uuid4()
    register(connection, run_id, trained, as_of=AS_OF, trained_at=NOW)
    return run_id


def stored(connection: Connection, column: str) -> Any:
    return connection.execute(text(f"select {column} from segments.model")).scalar_one()  # noqa: S608


# --- parameters


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("as_of", AS_OF),
        ("trained_at", NOW),
        ("customers", len(SHOP)),
        ("features", ["recency", "frequency", "monetary"]),
        ("seed", 7),
    ],
)
def test_the_data_of_a_training_are_stored(connection: Connection, registered: UUID, column: str, value: Any) -> None:
    assert stored(connection, column) == value


def test_k_and_its_scores_are_stored(connection: Connection, registered: UUID, fitted: RFMSegmenter) -> None:
    scores = [(score["k"], score["silhouette"], score["combined"]) for score in stored(connection, "k_scores")]
    assert stored(connection, "k") == fitted.k_
    assert scores == [(score.k, score.silhouette, score.combined) for score in fitted.k_scores_]


def test_fences_scaler_and_centroids_determine_the_cluster(connection: Connection, registered: UUID) -> None:
    fences, scaler = stored(connection, "fences"), stored(connection, "scaler")
    centroids = (np.array(stored(connection, "centroids")) - scaler["mean"]) / scaler["scale"]
    labels = load_model(connection, registered).predict(RFM).tolist()
    for customer, label in zip(RFM, labels, strict=True):
        _, frequency, monetary = customer
        outlier = -1 * (not fences["monetary"][0] <= monetary <= fences["monetary"][1])
        outlier -= 2 * (not fences["frequency"][0] <= frequency <= fences["frequency"][1])
        gaps = np.linalg.norm((customer - scaler["mean"]) / scaler["scale"] - centroids, axis=1)
        assert (outlier or gaps.argmin()) == label


def test_the_medians_that_names_compare_with_are_stored(connection: Connection, registered: UUID) -> None:
    medians = np.median(RFM, axis=0).tolist()
    assert stored(connection, "medians") == dict(zip(("recency", "frequency", "monetary"), medians, strict=True))


def test_the_segment_of_every_cluster_is_stored(connection: Connection, registered: UUID, fitted: RFMSegmenter) -> None:
    names = stored(connection, "segment_of_cluster")
    assert {int(cluster) for cluster in names} == set(fitted.labels_.tolist())
    assert set(names.values()) <= {segment.slug for segment in TABLE.kmeans}


def test_the_medians_of_every_cluster_are_stored(
    connection: Connection, registered: UUID, fitted: RFMSegmenter
) -> None:
    kept = {str(cluster): medians.tolist() for cluster, medians in fitted.cluster_medians_.items()}
    assert stored(connection, "cluster_medians") == kept


def test_the_versions_that_the_numbers_depend_on_are_stored(connection: Connection, registered: UUID) -> None:
    assert (
        stored(connection, "versions")
        == versions()
        == {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit-learn": sklearn.__version__,
            "joblib": joblib.__version__,
        }
    )


# --- artifact


def test_a_loaded_model_predicts_as_the_registered_one(
    connection: Connection, registered: UUID, fitted: RFMSegmenter
) -> None:
    loaded = load_model(connection, registered)
    elsewhere = RFM + np.random.default_rng(1).normal(0, 20, RFM.shape)
    assert np.array_equal(loaded.predict(elsewhere), fitted.predict(elsewhere))
    assert loaded.get_params() == fitted.get_params()


def test_the_hash_is_that_of_the_artifact(connection: Connection, registered: UUID) -> None:
    content = connection.execute(text("select joblib from segments.artifact")).scalar_one()
    assert stored(connection, "sha256") == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("change", TAMPERED.values(), ids=list(TAMPERED))
def test_a_tampered_artifact_is_refused(connection: Connection, registered: UUID, change: str) -> None:
    connection.execute(text(f"update segments.artifact set joblib = {change}"))  # noqa: S608
    with pytest.raises(
        ArtifactRefused, match=rf"the model of run {registered} has SHA-256 .* and was not loaded; retrain"
    ):
        load_model(connection, registered)


def test_a_tampered_artifact_runs_no_code(connection: Connection, registered: UUID) -> None:
    code = b"cbuiltins\nexit\n(S'unpickled'\ntR."
    connection.execute(text("update segments.artifact set joblib = :code"), {"code": code})
    with pytest.raises(ArtifactRefused):
        load_model(connection, registered)


# --- current run


def test_before_the_first_training_there_is_no_current_run(connection: Connection) -> None:
    assert current_run_id(connection) is None


def test_a_registered_model_is_not_current(connection: Connection, registered: UUID) -> None:
    assert current_run_id(connection) is None


def test_the_published_run_is_current(connection: Connection, registered: UUID) -> None:
    open_revision(connection, registered, "published", AS_OF, NOW)
    publish(connection, registered, as_of=AS_OF, published_at=NOW)
    assert current_run_id(connection) == registered
