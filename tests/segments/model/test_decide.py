"""Decisions of the policy on three groups of customers: small, steady and large ones, and one outlier."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from app.segments.model.choose_k import KScore
from app.segments.model.decide import Decision, decide, decide_first
from app.segments.model.naming import TrainingCustomers
from app.segments.model.policy import PolicyState, StablePolicy
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable

TABLE = SegmentTable.load()
FIRST = date(2026, 1, 1)
GROUPS = np.array([[10.0, 1, 100], [40, 2, 300], [10, 4, 700]])
SCORES = (KScore(2, 0.3, 90.0, 0.1, 0.7), KScore(3, 0.5, 50.0, 0.5, 1.0))


def customers(groups: np.ndarray[Any, Any] = GROUPS, day: int = 0, tenure: float = 50) -> TrainingCustomers:
    """A hundred customers of each group, and one who spends 5,000."""
    noise = np.random.default_rng(0).normal(0, [1, 0.05, 5], (300, 3))
    rfm = np.vstack([np.repeat(groups, 100, axis=0) + noise, [[10, 2, 5_000]]])
    return TrainingCustomers(FIRST + timedelta(days=day), rfm, np.full(301, tenure))


def scorer(centroids: np.ndarray[Any, Any] = GROUPS, high: float = 1_000) -> Scorer:
    fences = {"monetary": (-500.0, high), "frequency": (-5.0, 10.0)}
    return Scorer(fences, np.array([20.0, 2, 300]), np.array([15.0, 1, 250]), centroids, np.array([20.0, 2, 300]))


@pytest.fixture(scope="module")
def first() -> Decision:
    return decide_first(scorer(), customers(), TABLE)


def decided(
    first: Decision,
    challenger: Scorer,
    days: int = 1,
    now: TrainingCustomers | None = None,
    champion: Scorer | None = None,
    policy: StablePolicy = StablePolicy(),  # noqa: B008  # frozen
    **options: Any,
) -> Decision:
    """The decision after trainings with this challenger on so many days."""
    state, champion, found = first.state, champion or first.proposed, first
    for number in range(days):
        today = replace(now or customers(), as_of=FIRST + timedelta(days=number))
        found = decide(policy, champion, challenger, SCORES, today, state, TABLE, **options)
        state = found.state
        if found.action == "publish":
            break
    return found


LAGGING = scorer(np.add(GROUPS, [[0, 0, 40], [0, 0, -60], [0, 0, 60]]))
"""As champion, its inertia is far above that of the groups' means."""


@pytest.fixture(scope="module")
def lagging() -> Decision:
    return decide_first(LAGGING, customers(), TABLE)


def test_the_first_model_is_published_with_the_names_of_the_table(first: Decision) -> None:
    names = {0: "new-customers", 1: "cannot-lose-them", 2: "high-value-active", -1: "ultra-big-spenders"}
    assert (first.action, dict(first.current.segment_of_cluster)) == ("publish", names)


def test_a_model_that_fits_is_kept(first: Decision) -> None:
    found = decided(first, scorer(), days=9)
    assert (found.action, found.reasons) == ("keep", ("Kept: the published model fits today's customers.",))


def test_a_champion_that_lags_is_replaced_on_the_third_training(lagging: Decision) -> None:
    actions = [decided(lagging, scorer(), days=days).action for days in (2, 3)]
    assert actions == ["keep", "publish"]


def test_the_reason_has_the_excess_of_inertia(lagging: Decision) -> None:
    (reason,) = decided(lagging, scorer(), days=3).reasons
    assert reason.startswith("Published: on 3 trainings in a row the inertia of the published model was ")


def test_customers_across_the_fences_count_as_lag(first: Decision) -> None:
    assert decided(first, scorer(high=690.0), days=3, policy=StablePolicy(hold=False)).action == "publish"


def test_clusters_of_the_challenger_continue_those_of_the_champion(lagging: Decision) -> None:
    found = decided(lagging, scorer(GROUPS[[2, 0, 1]]), days=3)
    assert found.current.ids == (2, 0, 1)


def test_a_publication_that_moves_many_is_held(first: Decision) -> None:
    other = scorer(np.array([[10.0, 1, 100], [25, 3, 500]]))
    found = decided(first, other)
    assert found.action == "hold"
    assert any(reason.startswith("Held: it would move") for reason in found.reasons)


def test_a_held_model_is_proposed_not_published(first: Decision) -> None:
    reasons = decided(first, scorer(np.array([[10.0, 1, 100], [25, 3, 500]]))).reasons
    assert [reason.partition(":")[0] for reason in reasons][:1] == ["Proposed"]
    assert not any(reason.startswith("Published") for reason in reasons)


def test_holding_may_be_off(first: Decision) -> None:
    other = scorer(np.array([[10.0, 1, 100], [25, 3, 500]]))
    assert decided(first, other, policy=StablePolicy(hold=False)).action == "publish"


def test_force_publishes_at_once(first: Decision) -> None:
    reason = "Published: a person requested it."
    assert decided(first, scorer(), forced=reason).reasons == (reason,)


def test_a_name_within_a_tenth_of_the_bounds_is_kept(first: Decision) -> None:
    less = customers(GROUPS * [[1, 1, 1], [1, 1, 1], [1, 1, 0.81]])
    assert decided(first, scorer(), days=20, now=less).action == "keep"


@pytest.mark.parametrize(("days", "action"), [(14, "keep"), (15, "publish")])
def test_names_that_are_untrue_for_fourteen_days_are_published(first: Decision, days: int, action: str) -> None:
    other = {**first.proposed.segment_of_cluster, 0: "champions"}
    champion = replace(first.proposed, segment_of_cluster=other)
    found = decided(first, scorer(), days=days, champion=champion, policy=StablePolicy(hold=False))
    assert (found.action, found.change == "names") == (action, action == "publish")


def test_new_customers_who_are_not_new_get_another_name(first: Decision) -> None:
    found = decided(first, scorer(), days=15, now=customers(tenure=200), policy=StablePolicy(hold=False))
    assert found.current.segment_of_cluster[0] == "occasional-buyers"


def test_an_outlier_cluster_is_named_by_its_first_members(first: Decision) -> None:
    nobody = replace(first.proposed, segment_of_cluster={0: "new-customers", 1: "champions", 2: "champions"})
    assert decided(first, scorer(), champion=nobody).current.segment_of_cluster[-1] == "ultra-big-spenders"


def test_both_models_are_compared_on_the_same_customers(first: Decision) -> None:
    found = decided(first, scorer()).comparison
    assert found is not None
    assert (found.inertia_ratio, found.ari, found.moved, found.sizes[-1]) == (1.0, 1.0, 0.0, (1, 1))


def test_a_state_has_the_next_id(first: Decision) -> None:
    assert first.state == PolicyState(next_id=3, k=3)
