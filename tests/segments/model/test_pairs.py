import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from app.segments.model.pairs import Pairs

BEFORE = np.array([-1, 0, 0, 7, 7, 7])
AFTER = np.array([-1, 0, 7, 7, 7, -2])


def test_customers_are_counted_by_pair_of_clusters() -> None:
    pairs = Pairs.of(BEFORE, AFTER)
    assert (pairs.before, pairs.after) == ((-1, 0, 7), (-2, -1, 0, 7))
    assert pairs.counts.tolist() == [[0, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 2]]


def test_a_cluster_without_members_under_a_model_has_the_size_0() -> None:
    assert Pairs.of(BEFORE, AFTER).sizes() == {-2: (0, 1), -1: (1, 1), 0: (2, 1), 7: (3, 3)}


@pytest.mark.parametrize("clusters", [2, 5])
def test_the_adjusted_rand_index_is_that_of_the_labels(clusters: int) -> None:
    draw = np.random.default_rng(0)
    before = draw.integers(-3, clusters, 2_000)
    after = np.where(draw.random(2_000) < 0.2, draw.integers(-3, clusters, 2_000), before)
    assert Pairs.of(before, after).adjusted_rand_index() == pytest.approx(adjusted_rand_score(before, after), rel=1e-12)


def test_equal_clusterings_have_an_adjusted_rand_index_of_1() -> None:
    assert Pairs.of(BEFORE, BEFORE).adjusted_rand_index() == 1.0
