import tracemalloc

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from app.segments.model.choose_k import CurveSettings, best_k, elbow_scores, fit_curve, score_each
from app.segments.model.features import FloatArray, IntArray
from app.segments.model.silhouette import silhouettes


@pytest.fixture(scope="module")
def labelings() -> tuple[FloatArray, list[IntArray]]:
    draw = np.random.default_rng(3)
    return draw.normal(size=(600, 3)), [draw.integers(0, k, 600) for k in (2, 5, 12)]


def test_silhouettes_are_exact(labelings: tuple[FloatArray, list[IntArray]]) -> None:
    points, many = labelings
    assert silhouettes(points, many) == pytest.approx([silhouette_score(points, one) for one in many], abs=1e-12)


def test_a_point_alone_in_its_cluster_has_silhouette_zero() -> None:
    points, labels = np.array([[0.0], [1.0], [9.0]]), np.array([0, 0, 1])
    assert silhouettes(points, [labels]) == pytest.approx([silhouette_score(points, labels)])


def test_a_cluster_without_sampled_points_does_not_count() -> None:
    points = np.array([[0.0], [1.0], [8.0], [9.0]])
    with_gap, without = np.array([0, 0, 2, 2]), np.array([0, 0, 1, 1])
    assert silhouettes(points, [with_gap]) == silhouettes(points, [without])


def test_identical_points_and_a_single_label_have_silhouette_zero() -> None:
    assert silhouettes(np.zeros((4, 3)), [np.array([0, 0, 1, 1]), np.zeros(4, dtype=np.int64)]) == [0.0, 0.0]


def test_memory_stays_far_below_the_square_of_the_points() -> None:
    points = np.random.default_rng(4).normal(size=(6_000, 3))
    tracemalloc.start()
    silhouettes(points, [np.arange(6_000) % 12])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6_000**2 * 8 / 4


def test_the_smaller_k_wins_a_tie() -> None:
    equally_far = np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    curve = fit_curve(equally_far, CurveSettings([2, 3], seed=42, max_iter=10, silhouette_sample=100))
    assert [score.combined for score in curve.scores] == [0, 0]
    assert best_k(curve.scores) == 2


def test_the_elbow_is_the_distance_from_the_line() -> None:
    elbow = elbow_scores([2, 3, 4], [10.0, 2.0, 0.0])
    assert elbow.tolist() == pytest.approx([0, 0.3 / np.sqrt(2), 0])


def test_combined_weighs_six_tenths_silhouette_and_four_tenths_elbow() -> None:
    scores = score_each([2, 3, 4, 5], [0.5, 0.25, 0.1, 0.1], [9.0, 3.0, 2.0, 0.0])
    elbow = np.array([0, 1 / 3, 1 / 9, 0])
    expected = 0.6 * np.array([1, 0.5, 0.2, 0.2]) + 0.4 * elbow / elbow.max()
    assert [score.combined for score in scores] == pytest.approx(expected.tolist())


def test_silhouettes_that_are_not_positive_leave_the_choice_to_the_elbow() -> None:
    scores = score_each([2, 3, 4], [-0.1, -0.5, 0.0], [10.0, 2.0, 0.0])
    assert [score.combined for score in scores] == pytest.approx([0, 0.4, 0])


def test_a_flat_inertia_leaves_the_choice_to_the_silhouette() -> None:
    scores = score_each([2, 3, 4], [0.2, 0.4, 0.1], [5.0, 5.0, 5.0])
    assert [score.combined for score in scores] == pytest.approx([0.3, 0.6, 0.15])
