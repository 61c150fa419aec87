import json
from dataclasses import replace

import numpy as np
import pytest

from app.segments.model.compare import ModelComparison, compare
from app.segments.model.scoring import Scorer

ROWS = np.array([[0.0, 1, 0], [0, 1, 2], [0, 1, 10], [0, 1, 12], [0, 1, 100]])
CENTROIDS = np.array([[0.0, 1, 1], [0, 1, 11]])
NEW = Scorer(
    {"monetary": (-5.0, 50.0), "frequency": (0.0, 9.0)},
    np.zeros(3),
    np.ones(3),
    CENTROIDS,
    np.array([0.0, 1, 10]),
    {0: "hibernating", 1: "champions", -1: "big-spenders"},
)
OLD = replace(
    NEW,
    fences={"monetary": (-5.0, 11.0), "frequency": (0.0, 9.0)},
    centroids=np.add(CENTROIDS, [0, 0, 1]),
    segment_of_cluster={0: "new-customers", 1: "champions", -1: "big-spenders"},
)


@pytest.fixture(scope="module")
def found() -> ModelComparison:
    return compare(ROWS, OLD, NEW, OLD.predict(ROWS), NEW.predict(ROWS))


def test_inertia_is_on_the_core_of_today(found: ModelComparison) -> None:
    assert found.inertia_ratio == pytest.approx((4 + 0 + 4 + 0) / 4)


def test_who_is_across_the_fences_is_counted(found: ModelComparison) -> None:
    assert found.across_fences == pytest.approx(0.2)


def test_moves_are_counted_by_cluster_by_name_and_by_either(found: ModelComparison) -> None:
    assert (found.moved_clusters, found.moved_names, found.moved) == pytest.approx((0.2, 0.6, 0.6))


def test_sizes_are_before_and_after(found: ModelComparison) -> None:
    assert found.sizes == {-1: (2, 1), 0: (2, 2), 1: (1, 2)}


def test_both_silhouettes_are_of_the_same_core(found: ModelComparison) -> None:
    assert found.silhouette[0] == found.silhouette[1] > 0.7


def test_a_comparison_is_stored_as_json(found: ModelComparison) -> None:
    assert json.loads(json.dumps(found.to_json()))["sizes"] == {"-1": [2, 1], "0": [2, 2], "1": [1, 2]}
