from pathlib import Path

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score, silhouette_score

from app.errors import NoCustomers
from app.segments.model.features import FloatArray
from app.segments.model.train import RFMSegmenter

BLOBS = np.array([[10, 8, 900], [10, 2, 200], [100, 5, 500], [170, 1, 900]], dtype=float)


def shop(seed: int = 0, customers: int = 400) -> FloatArray:
    draw = np.random.default_rng(seed)
    recency, frequency = draw.integers(0, 180, customers), 1 + draw.poisson(2, customers)
    return np.column_stack([recency, frequency, draw.lognormal(6, 0.8, customers).round(2)]).astype(float)


@pytest.fixture(scope="module")
def rfm() -> FloatArray:
    return shop()


@pytest.fixture(scope="module")
def fitted(rfm: FloatArray) -> RFMSegmenter:
    return RFMSegmenter().fit(rfm)


# --- the shape of the result


def test_seeded_blobs_are_found() -> None:
    truth = np.repeat(np.arange(4), 100)
    noise = np.random.default_rng(1).normal(0, [2, 0.1, 10], (400, 3))
    model = RFMSegmenter().fit(BLOBS[truth] + noise)
    assert (model.k_, adjusted_rand_score(truth, model.labels_)) == (4, 1.0)


def test_the_order_of_rows_changes_nothing(rfm: FloatArray) -> None:
    ids = np.array([f"{n}" for n in range(len(rfm))])
    shuffle = np.random.default_rng(2).permutation(len(rfm))
    there, here = (RFMSegmenter().fit(rfm[rows], customer_id=ids[rows]) for rows in (shuffle, slice(None)))
    assert there.k_scores_ == here.k_scores_
    assert np.array_equal(there.labels_, here.labels_[shuffle])


def test_rows_without_ids_keep_their_order(rfm: FloatArray, fitted: RFMSegmenter) -> None:
    ids = [f"{n:06}" for n in range(len(rfm))]
    assert RFMSegmenter().fit(rfm, customer_id=ids).k_scores_ == fitted.k_scores_


def test_numbers_as_ids_are_ordered_as_strings(rfm: FloatArray) -> None:
    ids = np.arange(len(rfm))
    numbers, strings = (RFMSegmenter().fit(rfm, customer_id=given_ids) for given_ids in (ids, ids.astype(str)))
    assert numbers.k_scores_ == strings.k_scores_


def test_predicting_the_training_customers_gives_their_labels(rfm: FloatArray, fitted: RFMSegmenter) -> None:
    assert np.array_equal(fitted.predict(rfm), fitted.labels_)


def test_a_customer_alone_gets_the_label_of_the_batch(rfm: FloatArray, fitted: RFMSegmenter) -> None:
    assert [int(fitted.predict(row[None])[0]) for row in rfm] == fitted.labels_.tolist()


def test_labels_are_those_of_the_nearest_scaled_center(rfm: FloatArray, fitted: RFMSegmenter) -> None:
    core = fitted.labels_ >= 0
    gaps = fitted.scaler_.transform(rfm[core])[:, None] - fitted.cluster_centers_
    assert np.array_equal(np.linalg.norm(gaps, axis=2).argmin(axis=1), fitted.labels_[core])


def test_no_rows_give_no_clusters(fitted: RFMSegmenter) -> None:
    assert fitted.predict(np.empty((0, 3))).tolist() == []


def test_a_saved_model_predicts_the_same(rfm: FloatArray, fitted: RFMSegmenter, tmp_path: Path) -> None:
    joblib.dump(fitted, tmp_path / "model.joblib")
    loaded = joblib.load(tmp_path / "model.joblib")
    assert np.array_equal(loaded.predict(rfm), fitted.labels_)
    assert (loaded.k_scores_, loaded.fences_) == (fitted.k_scores_, fitted.fences_)


def test_a_clone_has_the_parameters_and_nothing_fitted() -> None:
    copy = clone(RFMSegmenter(k_max=5).fit(shop()))
    assert copy.get_params()["k_max"] == 5
    with pytest.raises(NotFittedError):
        copy.predict(shop())


def test_fit_predict_gives_the_labels(rfm: FloatArray, fitted: RFMSegmenter) -> None:
    assert np.array_equal(RFMSegmenter().fit_predict(rfm), fitted.labels_)


def test_another_seed_may_draw_other_clusters(rfm: FloatArray, fitted: RFMSegmenter) -> None:
    assert RFMSegmenter(random_state=7).fit(rfm).k_scores_ != fitted.k_scores_


def test_centroids_are_the_means_of_their_customers(rfm: FloatArray, fitted: RFMSegmenter) -> None:
    means = [rfm[fitted.labels_ == cluster].mean(axis=0) for cluster in range(fitted.k_)]
    assert np.allclose(fitted.centroids_, means, rtol=0.02)


def test_the_core_is_scaled_to_mean_zero_and_variance_one(rfm: FloatArray, fitted: RFMSegmenter) -> None:
    scaled = fitted.scaler_.transform(rfm[fitted.labels_ >= 0])
    assert np.allclose([scaled.mean(axis=0), scaled.var(axis=0)], [[0] * 3, [1] * 3])


def test_medians_are_of_all_customers(rfm: FloatArray, fitted: RFMSegmenter) -> None:
    assert np.array_equal(fitted.medians_, np.median(rfm, axis=0))


def test_every_cluster_has_its_medians(rfm: FloatArray, fitted: RFMSegmenter) -> None:
    assert fitted.cluster_medians_.keys() == set(fitted.labels_.tolist())
    assert np.array_equal(fitted.cluster_medians_[-1], np.median(rfm[fitted.labels_ == -1], axis=0))


# --- outliers


def crowd(*extra: tuple[float, float, float]) -> FloatArray:
    """A hundred customers with fences 0..4 for both monetary and frequency, and `extra` ones on the fences."""
    quarters = np.repeat([1.5, 1.5, 2.5, 2.5], 25)
    return np.vstack([np.column_stack([np.arange(100), quarters, quarters]), *(np.array([row]) for row in extra)])


def test_fences_are_quartiles_and_one_and_a_half_ranges() -> None:
    values = np.array([0, 1, 2, 3, 10], dtype=float)
    model = RFMSegmenter().fit(np.column_stack([values, values * 10, values]))
    assert model.fences_ == {"monetary": (-2.0, 6.0), "frequency": (-20.0, 60.0)}


@pytest.mark.parametrize(
    ("frequency", "monetary", "cluster"), [(2, 4.1, -1), (4.1, 2, -2), (4.1, 4.1, -3), (-0.1, 4.1, -3)]
)
def test_outliers_have_clusters_of_their_own(frequency: float, monetary: float, cluster: int) -> None:
    model = RFMSegmenter().fit(crowd())
    assert model.predict([[50, frequency, monetary]]).tolist() == [cluster]


@pytest.mark.parametrize("value", [0.0, 4.0])
def test_a_customer_on_the_fence_is_inside(value: float) -> None:
    assert RFMSegmenter().fit(crowd()).predict([[50, value, value]])[0] >= 0


def test_recency_alone_makes_no_outlier() -> None:
    assert RFMSegmenter().fit(crowd()).predict([[9_999, 2, 2]])[0] >= 0


# --- the choice of k


def test_above_the_sample_the_silhouette_is_that_of_a_seeded_sample() -> None:
    points = shop(5)
    model = RFMSegmenter(k_min=4, k_max=4, silhouette_sample=150).fit(points)
    core = model.labels_ >= 0
    scaled, labels = model.scaler_.transform(points[core]), model.labels_[core]
    sampled = silhouette_score(scaled, labels, sample_size=150, random_state=42)
    assert model.silhouette_ == pytest.approx(sampled)


def test_up_to_the_sample_every_customer_counts() -> None:
    core = int((RFMSegmenter().fit(shop(5)).labels_ >= 0).sum())
    at, above = (RFMSegmenter(silhouette_sample=size).fit(shop(5)) for size in (core, 10_000))
    assert at.k_scores_ == above.k_scores_


def test_the_highest_combined_score_wins(fitted: RFMSegmenter) -> None:
    best = max(fitted.k_scores_, key=lambda score: score.combined)
    assert (fitted.k_, fitted.silhouette_) == (best.k, best.silhouette)


def test_every_k_is_scored_once(fitted: RFMSegmenter) -> None:
    assert [score.k for score in fitted.k_scores_] == list(range(2, 13))


# --- small and degenerate data


def test_no_customers_raise_no_customers() -> None:
    with pytest.raises(NoCustomers, match="load sales"):
        RFMSegmenter().fit([])


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_customers_are_one_cluster(count: int) -> None:
    model = RFMSegmenter().fit(shop(customers=count))
    assert (model.k_, model.k_scores_, model.silhouette_) == (1, [], None)
    assert model.labels_.tolist() == [0] * count


def test_three_customers_can_be_two_clusters() -> None:
    model = RFMSegmenter().fit([[1, 1, 10], [2, 1, 11], [90, 2, 12]])
    assert (model.k_, len(set(model.labels_.tolist()))) == (2, 2)


def test_identical_customers_are_one_cluster() -> None:
    model = RFMSegmenter().fit(np.full((50, 3), 7.0))
    assert (model.k_, set(model.labels_.tolist())) == (1, {0})
    assert model.centroids_.tolist() == [[7.0, 7.0, 7.0]]


def test_without_spread_every_other_value_is_an_outlier() -> None:
    rows = np.column_stack([np.arange(40.0), np.ones(40), np.full(40, 5.0)])
    rows[:2, 2] = [5.01, 900.0]
    assert RFMSegmenter().fit(rows).labels_[:3].tolist()[:2] == [-1, -1]


def test_k_is_at_most_the_number_of_distinct_customers() -> None:
    rows = np.repeat([[1, 1, 10], [50, 2, 20], [90, 3, 30], [120, 2, 25]], 20, axis=0)
    assert [score.k for score in RFMSegmenter().fit(rows).k_scores_] == [2, 3, 4]


def test_k_stays_below_the_number_of_customers() -> None:
    model = RFMSegmenter().fit(np.outer(np.arange(1, 6), [1, 1, 1]))
    assert [score.k for score in model.k_scores_] == [2, 3, 4]


def test_a_constant_feature_does_not_disturb_the_others() -> None:
    rows = BLOBS[np.repeat(np.arange(4), 50)] + np.random.default_rng(6).normal(0, 0.1, (200, 3))
    rows[:, 1] = 3
    assert RFMSegmenter(k_max=6).fit(rows).k_ == 4


def test_a_k_that_is_not_possible_leaves_one_cluster() -> None:
    assert RFMSegmenter(k_min=5, k_max=5).fit(shop(customers=4)).k_ == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_refused(bad: float) -> None:
    rows = shop()
    rows[3, 2] = bad
    with pytest.raises(ValueError, match="monetary of row 3"):
        RFMSegmenter().fit(rows)


def test_predict_refuses_what_fit_refuses(fitted: RFMSegmenter) -> None:
    with pytest.raises(ValueError, match="recency of row 0"):
        fitted.predict([[np.nan, 1, 1]])


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="recency, frequency, monetary"):
        RFMSegmenter().fit([[1, 2]])


@pytest.mark.parametrize(("k_min", "k_max"), [(1, 5), (6, 5)])
def test_an_invalid_range_of_k_is_refused(k_min: int, k_max: int) -> None:
    with pytest.raises(ValueError, match=f"k_min {k_min}"):
        RFMSegmenter(k_min=k_min, k_max=k_max).fit(shop())


def test_one_id_for_each_customer_is_required(rfm: FloatArray) -> None:
    with pytest.raises(ValueError, match="inconsistent numbers"):
        RFMSegmenter().fit(rfm, customer_id=["1"])


@settings(max_examples=60)
@given(arrays(np.float64, st.tuples(st.integers(1, 25), st.just(3)), elements=st.integers(0, 6).map(float)))
def test_any_customers_can_be_segmented(rows: FloatArray) -> None:
    model = RFMSegmenter().fit(rows)
    assert set(range(model.k_)) <= set(model.labels_.tolist()) <= {-1, -2, -3, *range(model.k_)}
    assert np.array_equal(model.predict(rows), model.labels_)


@settings(max_examples=40)
@given(arrays(np.float64, st.tuples(st.integers(1, 12), st.just(3)), elements=st.floats(0, 1e12)))
def test_any_amounts_give_finite_numbers(rows: FloatArray) -> None:
    model = RFMSegmenter(k_max=4).fit(rows)
    assert np.isfinite(model.centroids_).all()
    assert all(np.isfinite([score.silhouette, score.combined]).all() for score in model.k_scores_)
