"""Scorer of a registry row: the same predictions as the trained estimator."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.segments.model.features import FEATURES, FloatArray
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable
from app.segments.model.train import RFMSegmenter

TABLE = SegmentTable.load()
ROW: dict[str, Any] = {
    "fences": {"monetary": [-100.0, 1000.0], "frequency": [-2.0, 10.0]},
    "scaler": {"mean": [30.0, 3.0, 200.0], "scale": [10.0, 1.0, 100.0]},
    "centroids": [[10.0, 4.0, 300.0], [50.0, 2.0, 100.0]],
    "medians": {"monetary": 150.0, "recency": 25.0, "frequency": 2.0},
    "segment_of_cluster": {"0": "champions", "1": "hibernating", "-1": "big-spenders"},
    "cluster_medians": {"0": [11.0, 4.0, 290.0], "1": [48.0, 2.0, 105.0], "-1": [20.0, 5.0, 9000.0]},
}
SCORER = Scorer.from_row(ROW)


def row_of(model: RFMSegmenter, names: dict[str, str]) -> dict[str, Any]:
    """Return the registry row of a model, after a round trip through JSON."""
    row = {
        "fences": model.fences_,
        "scaler": {"mean": model.scaler_.mean_.tolist(), "scale": model.scaler_.scale_.tolist()},
        "centroids": model.centroids_.tolist(),
        "medians": dict(zip(FEATURES, model.medians_.tolist(), strict=True)),
        "segment_of_cluster": names,
        "cluster_medians": {},
    }
    loaded: dict[str, Any] = json.loads(json.dumps(row))
    return loaded


@pytest.mark.parametrize(
    ("customer", "cluster"),
    [
        ([12, 4, 290], 0),
        ([48, 2, 110], 1),
        ([12, 4, 1000], 0),
        ([12, 4, 1000.01], -1),
        ([12, 11, 290], -2),
        ([12, 11, 1001], -3),
        ([12, 4, -101], -1),
    ],
)
def test_fences_come_first_and_then_the_nearest_centroid(customer: list[float], cluster: int) -> None:
    assert SCORER.predict([customer]).tolist() == [cluster]


def test_between_centroids_equally_near_the_lower_number_wins() -> None:
    assert SCORER.predict([[30, 3, 200]]).tolist() == [0]


def test_clusters_have_their_lasting_ids() -> None:
    assert Scorer.from_row({**ROW, "cluster_ids": [7, 3]}).predict([[12, 4, 290], [48, 2, 110]]).tolist() == [7, 3]


@pytest.mark.parametrize("ids", [(1,), (1, 1), (-1, 2), (1, 2, 3)])
def test_lasting_ids_that_do_not_fit_the_centroids_are_refused(ids: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="2 centroids: give one id"):
        replace(SCORER, cluster_ids=ids)


def test_distances_are_in_scaled_units() -> None:
    assert SCORER.distances([[10, 4, 300], [50, 4, 300]]).tolist() == [[0, np.sqrt(24)], [4, np.sqrt(8)]]


def test_no_customers_give_no_clusters_and_no_names() -> None:
    assert (SCORER.predict([]).tolist(), SCORER.slugs_of_customers([], TABLE, "kmeans").tolist()) == ([], [])


def test_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="monetary of row 0"):
        SCORER.predict([[1, 1, np.nan]])


def test_kmeans_gives_the_names_of_the_clusters() -> None:
    customers = [[12, 4, 290], [48, 2, 110], [12, 4, 5000]]
    assert SCORER.slugs_of_customers(customers, TABLE, "kmeans").tolist() == [
        "champions",
        "hibernating",
        "big-spenders",
    ]


def test_a_cluster_that_was_empty_is_named_by_its_first_members() -> None:
    often = np.array([[10.0, 20, 900], [12, 30, 200], [40, 40, 310]])
    (cluster,) = set(SCORER.predict(often).tolist())
    assert SCORER.names(often, SCORER.predict(often), TABLE)[cluster] == "super-vip-champions"


def test_rules_name_each_customer_by_their_numbers() -> None:
    customers = [[12, 4, 301], [48, 2, 110]]
    slugs = ["high-value-active-engaged", "base-value-inactive"]
    assert SCORER.slugs_of_customers(customers, TABLE, "rules").tolist() == slugs


customers = arrays(
    np.float64,
    st.tuples(st.integers(1, 30), st.just(3)),
    elements=st.one_of(st.integers(0, 6).map(float), st.floats(0, 1e12)),
)


@settings(max_examples=60)
@given(customers, st.integers(0, 1_000))
def test_a_scorer_from_the_registry_predicts_as_the_estimator(rfm: FloatArray, seed: int) -> None:
    model = RFMSegmenter(k_max=4).fit(rfm)
    read = Scorer.from_row(row_of(model, {}))
    others = rfm[np.random.default_rng(seed).integers(0, len(rfm), len(rfm))] * 1.1
    assert np.array_equal(read.predict(rfm), model.labels_)
    assert np.array_equal(read.predict(others), model.predict(others))


@given(customers)
def test_a_customer_alone_is_scored_as_in_a_batch(rfm: FloatArray) -> None:
    assert SCORER.predict(rfm).tolist() == [int(SCORER.predict(row[None])[0]) for row in rfm]
    assert np.array_equal(SCORER.distances(rfm), np.vstack([SCORER.distances(row[None]) for row in rfm]))


def test_alone_each_customer_names_a_new_cluster() -> None:
    often = [[10, 20, 900], [90, 30, 20], [12, 4, 290]]
    slugs = ["super-vip-champions", "at-risk-frequent", "champions"]
    assert SCORER.slugs_of_customers(often, TABLE, "kmeans").tolist() == slugs
    assert SCORER.slugs_of_customers([], TABLE, "kmeans").tolist() == []


@given(customers, st.sampled_from(["kmeans", "rules"]))
def test_alone_is_a_batch_of_one(rfm: FloatArray, scheme: str) -> None:
    each = [SCORER.slugs_of_customers(row[None], TABLE, scheme).tolist()[0] for row in rfm]
    assert SCORER.slugs_of_customers(rfm, TABLE, scheme).tolist() == each
