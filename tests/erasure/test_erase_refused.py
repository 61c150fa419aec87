"""Erasure: requests that are repeated, refused or fail."""

import pytest

from app.erasure.erase import ErasureTimings, erase
from app.errors import DatabaseUnavailable, Misconfigured
from app.jobs.context import Context
from app.suppression.lock import lock_shared
from tests.erasure.erasing import erased, with_key
from tests.erasure.filling import OTHER, WHO, Put, fill
from tests.loading import change, everything, gold, load, sale


def test_a_second_erasure_returns_the_same_certificate(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    assert erased(context) == erased(context, "17850.0", "key-2")


def test_without_a_key_no_customer_is_erased(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    with pytest.raises(Misconfigured, match="set REGULARS_ERASURE_KEY"):
        erased(with_key(context, None))
    assert len(gold(context.engine)) == 1


def test_under_a_second_key_no_customer_is_erased(context: Context, put: Put) -> None:
    put(sale(), sale("536366", OTHER))
    load(context)
    erased(context)
    with pytest.raises(Misconfigured, match="customers were erased under the key"):
        erased(with_key(context, "another key " * 4), OTHER)


def test_an_erasure_fails_when_a_load_takes_too_long(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    with context.engine.begin() as loading:
        lock_shared(loading)
        with pytest.raises(DatabaseUnavailable):
            erase(context.engine, context.settings, "17850", "cli", ErasureTimings(lock_timeout_ms=50))
    assert len(gold(context.engine)) == 1


def test_a_failed_erasure_changes_nothing(context: Context, put: Put) -> None:
    fill(context, put)
    before = everything(context.engine)
    change(
        context.engine, "create function no() returns trigger language plpgsql as 'begin raise exception ''no''; end'"
    )
    change(context.engine, "create trigger no before insert on privacy.erasure execute function no()")
    with pytest.raises(Exception, match="no"):
        erased(context, WHO)
    assert everything(context.engine) == before
