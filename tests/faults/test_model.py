"""Ingestion driven at random, and after every step compared with a model in plain Python.

Deliveries, corrections, deletions, files that come back, crashes at any statement and right after a commit, ingests at
the same time. A bounded number of examples; MODEL_EXAMPLES asks for another, --hypothesis-seed repeats a run.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from app.db.engine import make_engine
from app.jobs.context import Context
from app.settings import Settings
from tests.conftest import HEADER, NOW
from tests.faults.delivered import BATCHES, FILES
from tests.faults.machine import BOUNDED, EMPTIED, EXAMPLES, Ingestion, sized
from tests.faults.validating import BRITISH, Content
from tests.faults.world import Fuse, Store
from tests.loading import VOLATILE, change, everything, load
from tests.postgres import fresh_database


@pytest.fixture(scope="module")
def empty(postgres: str) -> Iterator[Engine]:
    """One database for the module: every example empties it."""
    with fresh_database(postgres) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def test_ingestion_does_what_its_model_does(empty: Engine) -> None:
    Ingestion.engine = empty
    run_state_machine_as_test(Ingestion, settings=BOUNDED)


def test_an_ingest_that_dies_at_any_of_its_statements_leaves_whole_files_and_is_finished_by_the_next(
    empty: Engine,
) -> None:
    """A correction, a promoted duplicate, a rejected correction and a new file, in two batches."""
    Ingestion.engine = empty
    good = [Content(HEADER, (f"50000{n},85123A,LANTERN,1,1.25,{n},France,2026-02-01", "500001,85123A")) for n in (1, 2)]
    for statement in range(1, 200):
        machine = Ingestion()
        machine.pool = [*good, Content(HEADER, ("ragged",))]
        machine.deliver([("put", "1.csv", 0), ("put", "3.csv", 0)])
        machine.ingest(2)
        machine.model.tick(machine.store.standing, machine.store.read)
        fuse = Fuse("statement", statement)
        machine.crash([("put", "1.csv", 1), ("put", "2.csv", 0), ("put", "3.csv", 2)], 2, fuse)
        machine.teardown()
        if fuse.left > 0:
            break
    assert fuse.left > 0, "it never came to its end"


def test_a_duplicate_that_inherits_is_not_validated_again(empty: Engine) -> None:
    Ingestion.engine = empty
    lines = ("500001,85123A,LANTERN,1,1.25,A,France,{}", "500002,85123A,LANTERN,1,1.25,B,France,{}")
    machine = Ingestion()
    machine.pool = [
        Content(HEADER, (lines[0].format("2026-02-01"),)),
        Content(HEADER, (lines[1].format("2026-02-01"),)),
        Content(HEADER, (lines[1].format("02/02/2026"),)),
    ]
    machine.tick([("put", "1.csv", 0), ("put", "2.csv", 1)], 2)
    machine.tick([("put", "1.csv", 1)], 2)
    machine.change_the_contract(BRITISH)
    machine.tick_twice_at_once([("put", "2.csv", 2)], 2)
    assert sorted(key for key, _, _ in machine.model.active()) == ["1.csv", "2.csv"]
    machine.teardown()


# --- the order of arrival


@settings(BOUNDED, max_examples=max(EXAMPLES // 3, 1))
@given(files=FILES, orders=st.tuples(st.randoms(), st.randoms()), batches=st.tuples(BATCHES, BATCHES))
def test_the_order_of_arrival_does_not_matter(
    empty: Engine, files: dict[str, Content], orders: tuple[Any, Any], batches: tuple[int, int]
) -> None:
    assert arrived(empty, files, orders[0], batches[0]) == arrived(empty, files, orders[1], batches[1])


def arrived(engine: Engine, files: dict[str, Content], order: Any, batch: int) -> Any:
    """Return all tables after the files arrived in an order, in several ingests."""
    change(engine, EMPTIED)
    store, context = Store(), Context(engine, Settings(as_of=date(2026, 3, 1)), clock=lambda: NOW)
    for place, key in enumerate(order.sample(sorted(files), len(files)), 1):
        store.put(key, files[key])
        if order.random() < 0.4 or place == len(files):
            load(context, store, sized(batch, loaders=3))
    return everything(engine, *VOLATILE, named_files=True)
