import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.segments.model.choose_k import KScore
from app.segments.model.policy import PolicyState, StablePolicy, Streak

POLICY = StablePolicy()
FIRST = date(2026, 1, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def scores(**combined: float) -> list[KScore]:
    return [KScore(int(k[1:]), 0.3, 100.0, 0.5, value) for k, value in combined.items()]


FIVE_LEADS, LITTLE, SIX_LEADS = (
    scores(k4=0.8, k5=0.83, k6=0.7),
    scores(k4=0.8, k5=0.815, k6=0.7),
    scores(k4=0.8, k5=0.7, k6=0.9),
)


def ks_of(*trainings: tuple[int, list[KScore]]) -> list[int | None]:
    """The k of each training (day, scores), beginning with 4."""
    state, ks = PolicyState(k=4), []
    for number, found in trainings:
        state = state.after_scores(found, POLICY, day(number))
        ks.append(state.k)
    return ks


def test_another_k_is_used_after_seven_trainings_in_a_row() -> None:
    assert ks_of(*((n, FIVE_LEADS) for n in range(8))) == [4] * 6 + [5, 5]


def test_a_small_lead_begins_the_count_anew() -> None:
    assert ks_of(*((n, LITTLE if n == 3 else FIVE_LEADS) for n in range(10)))[-1] == 4


def test_another_leader_begins_the_count_anew() -> None:
    assert ks_of(*((n, SIX_LEADS if n == 3 else FIVE_LEADS) for n in range(10)))[-1] == 4


def test_trainings_of_one_day_count_once() -> None:
    assert ks_of(*((0, FIVE_LEADS) for _ in range(9)))[-1] == 4


def test_a_k_that_is_not_possible_any_more_is_replaced_at_once() -> None:
    assert ks_of((0, scores(k2=0.5, k3=0.6))) == [3]


def test_the_k_of_the_fit_is_that_of_the_state() -> None:
    assert PolicyState(k=4).pick_k(POLICY, FIRST)(FIVE_LEADS) == 4


def test_a_training_of_an_earlier_day_does_not_count() -> None:
    assert Streak().after(holds=True, as_of=day(3)).after(holds=True, as_of=day(2)).length == 1


def test_days_count_from_the_first_training_of_the_streak() -> None:
    assert Streak().after(holds=True, as_of=day(0)).after(holds=True, as_of=day(5)).days(day(9)) == 9


@pytest.mark.parametrize(
    "state", [PolicyState(), PolicyState(7, 4, 5, Streak(3, day(1), day(4)), Streak(1, FIRST, FIRST))]
)
def test_a_state_is_stored_as_json(state: PolicyState) -> None:
    assert PolicyState.from_json(json.loads(json.dumps(state.to_json()))) == state


def test_without_a_stored_state_it_is_the_initial_one() -> None:
    assert PolicyState.from_json(None) == PolicyState()


def test_a_discarded_challenger_begins_every_count_anew() -> None:
    state = PolicyState(7, 5, 6, Streak(3, FIRST, FIRST), Streak(4, FIRST, FIRST))
    assert state.after_discard(4) == PolicyState(7, 4)


def test_publishing_names_leaves_the_count_of_the_model() -> None:
    state = PolicyState(7, 5, lagging=Streak(2, FIRST, FIRST), untrue=Streak(9, FIRST, FIRST))
    assert state.after_publication(5, 7, "names") == replace(state, untrue=Streak())
