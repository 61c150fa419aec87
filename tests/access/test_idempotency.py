"""Idempotency keys: one effect and one response per key, also for requests at once and after errors."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from app.access.idempotency import IdempotentRequest, StoredResponse, respond_once
from app.errors import IdempotencyConflict
from tests.loading import change, query, until_somebody_waits

REQUEST = IdempotentRequest("key1", "a", "POST /v1/runs", b"hash")
Effect = Callable[[Connection], StoredResponse]


@pytest.fixture
def effect(engine: Engine) -> Effect:
    """An effect that counts how often it happened."""
    change(engine, "create sequence effects", "create table effect (number bigint default nextval('effects'))")

    def happen(connection: Connection) -> StoredResponse:
        number = connection.execute(text("insert into effect default values returning number")).scalar_one()
        return StoredResponse(202, f'{{"number":{number}}}', {"Location": f"/{number}"})

    return happen


def effects(engine: Engine) -> int:
    ((number,),) = query(engine, "select count(*) from effect")
    return int(number)


def test_the_same_request_gets_the_same_response(engine: Engine, effect: Effect) -> None:
    first, second = (respond_once(engine, REQUEST, effect) for _ in range(2))
    assert first == second == StoredResponse(202, '{"number":1}', {"Location": "/1"})
    assert effects(engine) == 1


def test_requests_without_a_key_all_have_an_effect(engine: Engine, effect: Effect) -> None:
    assert respond_once(engine, None, effect) != respond_once(engine, None, effect)


@pytest.mark.parametrize("changed", [{"owner": "key2"}, {"key": "b"}])
def test_another_client_or_key_is_another_request(engine: Engine, effect: Effect, changed: dict[str, Any]) -> None:
    respond_once(engine, REQUEST, effect)
    respond_once(engine, replace(REQUEST, **changed), effect)
    assert effects(engine) == 2


@pytest.mark.parametrize("other", [{"operation": "POST /v1/exports"}, {"request_hash": b"other"}])
def test_a_key_of_another_request_is_a_conflict(engine: Engine, effect: Effect, other: dict[str, Any]) -> None:
    respond_once(engine, REQUEST, effect)
    with pytest.raises(IdempotencyConflict):
        respond_once(engine, replace(REQUEST, **other), effect)
    assert effects(engine) == 1


def test_equal_requests_at_once_have_one_effect(engine: Engine, effect: Effect) -> None:
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: respond_once(engine, REQUEST, effect), range(16)))
    assert responses == [responses[0]] * 16
    assert effects(engine) == 1


def test_an_equal_request_waits_for_the_one_in_progress(engine: Engine, effect: Effect) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slowly(connection: Connection) -> StoredResponse:
        begun.set()
        may_end.wait(30)
        return effect(connection)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(respond_once, engine, REQUEST, slowly)
        begun.wait(30)
        second = pool.submit(respond_once, engine, REQUEST, effect)
        until_somebody_waits(engine)
        may_end.set()
        assert first.result() == second.result()


def test_after_an_error_the_request_can_be_repeated(engine: Engine, effect: Effect) -> None:
    def fail(connection: Connection) -> StoredResponse:
        effect(connection)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        respond_once(engine, REQUEST, fail)
    respond_once(engine, REQUEST, effect)
    assert effects(engine) == 1


@pytest.mark.parametrize(("hours", "number"), [(23, 1), (25, 2)])
def test_a_response_is_stored_for_a_day(engine: Engine, effect: Effect, hours: int, number: int) -> None:
    respond_once(engine, REQUEST, effect)
    change(engine, f"update access.idempotency_key set created_at = created_at - interval '{hours} hours'")  # noqa: S608
    respond_once(engine, REQUEST, effect)
    assert effects(engine) == number


@pytest.mark.parametrize(("hours", "number"), [(23, 1), (25, 2)])
def test_a_response_that_a_clock_ahead_stored_expires(engine: Engine, effect: Effect, hours: int, number: int) -> None:
    respond_once(engine, REQUEST, effect)
    change(engine, f"update access.idempotency_key set created_at = created_at + interval '{hours} hours'")  # noqa: S608
    respond_once(engine, REQUEST, effect)
    assert effects(engine) == number


def test_expired_responses_are_deleted(engine: Engine, effect: Effect) -> None:
    respond_once(engine, REQUEST, effect)
    change(engine, "update access.idempotency_key set created_at = created_at - interval '25 hours'")
    respond_once(engine, replace(REQUEST, key="b"), effect)
    assert query(engine, "select key from access.idempotency_key") == [("b",)]


def test_expired_responses_that_another_request_locks_are_not_waited_for(engine: Engine, effect: Effect) -> None:
    respond_once(engine, REQUEST, effect)
    change(engine, "update access.idempotency_key set created_at = created_at - interval '25 hours'")
    with ThreadPoolExecutor(1) as pool, engine.connect() as other, other.begin():
        other.execute(text("select from access.idempotency_key for update"))
        pool.submit(respond_once, engine, replace(REQUEST, key="b"), effect).result(30)
    assert effects(engine) == 2
