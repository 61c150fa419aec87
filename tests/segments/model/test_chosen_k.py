"""Reason why a training has its number of clusters."""

from app.segments.model.chosen_k import why_k

SCORES = {4: 0.91, 5: 0.967, 6: 0.9717}


def test_the_best_k_has_the_highest_score() -> None:
    assert why_k(6, SCORES, {}) == "6 clusters have the highest combined score."


def test_a_small_lead_of_another_k_is_named() -> None:
    words = why_k(5, SCORES, {"leader": None})
    assert "6 clusters have a score higher by 0.0047, and k changes after a lead of more than 0.02 on 7" in words


def test_a_large_lead_has_its_trainings() -> None:
    assert why_k(4, SCORES, {"leader": 6, "leading": {"length": 3}}).endswith("; this was training 3.")


def test_one_cluster_has_no_score() -> None:
    assert why_k(1, {}, {}) == "The customers differ too little for more clusters."
