"""Separation and stability of clusters."""

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from app.segments.model.report.stability import measure_stability, silhouette_of_clusters

DRAW = np.random.default_rng(5)
BLOBS = np.concatenate([DRAW.normal(place, 0.1, (30, 3)) for place in (0, 5, 9)])
LABELS = np.repeat([0, 1, 2], 30)
NOISE = DRAW.normal(0, 1, (90, 3))


def test_clear_clusters_are_found_again() -> None:
    found = measure_stability(BLOBS, LABELS, 0, refits=10)
    assert found.jaccard[1] > 0.8


def test_a_cluster_that_is_found_in_part_has_a_lower_share() -> None:
    labels = np.repeat([0, 1], [15, 45])  # half of the first of two blobs is in the cluster of the second
    assert measure_stability(BLOBS[:60], labels, 0, refits=3).jaccard[1] == pytest.approx(30 / 45)


def test_clusters_of_noise_are_not() -> None:
    found = measure_stability(NOISE, LABELS, 0, refits=10)
    assert (found.ari < 0.1, max(found.jaccard.values()) < 0.5) == (True, True)


def test_the_silhouette_of_a_cluster_is_the_mean_of_its_customers() -> None:
    found = silhouette_of_clusters(NOISE, LABELS, 0)
    assert found[2] == pytest.approx(silhouette_samples(NOISE, LABELS)[60:].mean())


def test_one_cluster_has_no_silhouette() -> None:
    assert silhouette_of_clusters(NOISE, np.zeros(90, dtype=np.int64), 0) == {}
