"""Fits that continue from the last training, and their repeatability."""

import io
from typing import Any, Final

import joblib
import numpy as np
import pytest

from app.errors import Stopped
from app.segments.model.features import FloatArray
from app.segments.model.train import RFMSegmenter
from tests.segments.model.test_train import shop

STABLE: Final[dict[str, Any]] = {"curve_sample": 200, "starts": 3}


def pickled(model: RFMSegmenter) -> bytes:
    content = io.BytesIO()
    joblib.dump(model, content)
    return content.getvalue()


@pytest.fixture(scope="module")
def rfm() -> FloatArray:
    return shop()


@pytest.fixture(scope="module")
def fitted(rfm: FloatArray) -> RFMSegmenter:
    return RFMSegmenter().fit(rfm)


@pytest.mark.parametrize("threads", [2, 4])
def test_threads_change_no_bit_of_the_stored_model(rfm: FloatArray, threads: int) -> None:
    one, several = (RFMSegmenter(**STABLE).fit(rfm, threads=count).without_labels() for count in (1, threads))
    assert pickled(several) == pickled(one)


def test_the_order_of_rows_changes_no_bit_of_the_stored_model(rfm: FloatArray) -> None:
    ids = np.array([f"{n:06}" for n in range(len(rfm))])
    shuffle = np.random.default_rng(2).permutation(len(rfm))
    there, here = (RFMSegmenter(**STABLE).fit(rfm[rows], customer_id=ids[rows]) for rows in (shuffle, slice(None)))
    assert pickled(there.without_labels()) == pickled(here.without_labels())


def test_a_model_without_labels_predicts_the_same(rfm: FloatArray, fitted: RFMSegmenter) -> None:
    bare = fitted.without_labels()
    assert not hasattr(bare, "labels_")
    assert np.array_equal(bare.predict(rfm), fitted.labels_)


def test_without_warm_start_and_sample_the_rule_is_the_plain_one(rfm: FloatArray, fitted: RFMSegmenter) -> None:
    assert RFMSegmenter(curve_sample=50_000, starts=3).fit(rfm).k_scores_ == fitted.k_scores_


def test_a_warm_start_is_taken_when_its_inertia_is_lower(rfm: FloatArray, fitted: RFMSegmenter) -> None:
    best = RFMSegmenter(starts=30).fit(rfm, warm=fitted.curve_)
    again = RFMSegmenter(starts=1).fit(rfm, warm=best.curve_)
    assert all(a.inertia <= b.inertia * (1 + 1e-9) for a, b in zip(again.k_scores_, best.k_scores_, strict=True))


def test_the_k_may_be_picked_by_the_caller(rfm: FloatArray) -> None:
    assert RFMSegmenter().fit(rfm, pick_k=lambda scores: scores[5].k).k_ == 7


def test_the_chosen_k_is_fitted_to_the_whole_core(rfm: FloatArray) -> None:
    model = RFMSegmenter(**STABLE).fit(rfm)
    core = rfm[model.labels_ >= 0]
    means = [core[model.labels_[model.labels_ >= 0] == cluster].mean(axis=0) for cluster in range(model.k_)]
    assert np.allclose(model.centroids_, means, rtol=0.02)


def test_an_exception_of_the_checkpoint_ends_the_fit(rfm: FloatArray) -> None:
    def stop() -> None:
        raise Stopped("stopped")

    with pytest.raises(Stopped):
        RFMSegmenter().fit(rfm, checkpoint=stop)
