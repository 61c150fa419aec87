"""Rate limits in the database: the sum of all grants never exceeds the limit."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from app.access import api_keys
from app.access.rate_limits import GrantedRequests, chunk_of, take_allowance
from tests.loading import change


@pytest.fixture
def key_id(engine: Engine) -> str:
    return api_keys.create(engine, "crm", ["customers:read"]).key_id


def in_this_minute(engine: Engine, key_id: str, limit: int, times: int) -> list[GrantedRequests]:
    """The results of takes at once; repeated if a minute ended among them."""
    with ThreadPoolExecutor(4) as pool:
        while True:
            taken = list(pool.map(lambda _: take_allowance(engine, key_id, limit), range(times)))
            if max(each.seconds for each in taken) - min(each.seconds for each in taken) < 30:
                return taken
            with engine.begin() as connection:
                connection.execute(text("delete from access.rate_window"))


@pytest.mark.parametrize("limit", [1, 7, 20, 105, 6000])
def test_the_grants_add_up_to_the_limit(engine: Engine, key_id: str, limit: int) -> None:
    taken = in_this_minute(engine, key_id, limit, limit // chunk_of(limit) + 5)
    assert sum(each.granted for each in taken) == limit


def test_the_rest_decreases_to_nothing(engine: Engine, key_id: str) -> None:
    taken = in_this_minute(engine, key_id, 40, 25)
    assert sorted(each.unreserved for each in taken) == [0] * 6 + list(range(2, 40, 2))


def test_a_new_minute_has_its_own_limit(engine: Engine, key_id: str) -> None:
    in_this_minute(engine, key_id, 1, 2)
    with engine.begin() as connection:
        connection.execute(text("update access.rate_window set window_start = window_start - interval '1 minute'"))
    assert take_allowance(engine, key_id, 1).granted == 1


def test_a_minute_ends_within_a_minute(engine: Engine, key_id: str) -> None:
    assert 0 < take_allowance(engine, key_id, 1).seconds <= 60


AHEAD = "update access.rate_window set window_start = window_start + interval '{}'"


def test_a_window_far_in_the_future_is_over_and_reported(
    engine: Engine, key_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    in_this_minute(engine, key_id, 1, 2)
    change(engine, AHEAD.format("9 years"))
    taken = take_allowance(engine, key_id, 1)
    assert (taken.granted, 0 < taken.seconds <= 60) == (1, True)
    assert f"the rate window of key {key_id} began" in caplog.text


def test_a_window_of_the_next_minute_counts(engine: Engine, key_id: str) -> None:
    in_this_minute(engine, key_id, 1, 2)
    change(engine, AHEAD.format("1 minute"))
    assert take_allowance(engine, key_id, 1).granted == 0


def test_refused_requests_use_up_nothing_of_a_limit_that_is_raised(engine: Engine, key_id: str) -> None:
    in_this_minute(engine, key_id, 1, 5)
    change(engine, AHEAD.format("1 minute"))
    assert take_allowance(engine, key_id, 3).granted == 1
