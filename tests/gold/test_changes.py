"""Gold after changes of files, compared with an aggregate in Python over the active sales."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from app.contract.model import Overlap
from tests.conftest import NOW
from tests.gold.files import KEPT, Files, Gold, Sale, from_scratch
from tests.gold.sums import expected_sums, stored_sums

# --- removed files


def test_removing_a_file_restores_the_state_without_it(gold: Gold) -> None:
    gold.change({1: [Sale(), Sale(customer="A", day=4)]})
    before = gold.customers()
    gold.change({2: [Sale(day=9, country="Spain"), Sale(customer="A", day=2), Sale(customer="B", invoice="500001")]})
    gold.change({}, 2)
    assert gold.customers() == before


def test_removing_the_only_file_of_a_customer_removes_the_customer(gold: Gold) -> None:
    gold.change({1: [Sale()], 2: [KEPT]})
    gold.change({}, 1)
    assert [row[0] for row in gold.customers()] == ["12345"]


def test_a_correction_that_changes_the_customer_moves_the_sale(gold: Gold) -> None:
    gold.change({1: [Sale(customer="A")]})
    gold.change({2: [Sale(customer="B")]}, 1)
    assert [row[0] for row in gold.customers()] == ["B"]


def test_a_version_that_comes_back_counts_once(gold: Gold) -> None:
    first, second = [Sale(customer="A")], [Sale(customer="B")]
    gold.change({1: first})
    gold.change({2: second}, 1)
    gold.change({1: first}, 2)
    assert gold.customers() == from_scratch({1: first})


def test_customers_written_are_those_of_old_and_new_files(gold: Gold) -> None:
    gold.change({1: [Sale(customer="A"), Sale(customer="B")], 2: [Sale(customer="A"), KEPT]})
    assert gold.change({3: [Sale(customer="C")]}, 1) == 2


def test_only_customers_of_changed_files_are_updated(gold: Gold) -> None:
    gold.change({1: [KEPT, Sale()]})
    gold.connection.execute(text("update gold.customer_rfm set updated_at = '2020-01-01'"))
    gold.change({2: [Sale()]})
    assert (gold.customer("12345").updated_at.year, gold.customer().updated_at) == (2020, NOW)


def test_nothing_is_left_of_removed_files(gold: Gold) -> None:
    gold.change({1: [Sale()], 2: [Sale(), KEPT]})
    gold.change({}, 1, 2)
    assert gold.customers() == []
    assert gold.connection.execute(text("select count(*) from gold.customer_invoice")).scalar_one() == 0


# --- random changes

SALES = st.lists(
    st.builds(
        Sale,
        invoice=st.sampled_from(["500001", "500002", "500003"]),
        customer=st.sampled_from(["A", "B", "C", None]),
        day=st.sampled_from([1, 2, 3, 30, 70]),
        price=st.integers(0, 3),
        country=st.sampled_from(["France", "Spain", None]),
        effect=st.sampled_from([1, 1, 0, -1]),
    ),
    max_size=5,
)
CHANGES = st.lists(st.dictionaries(st.integers(0, 3), st.none() | SALES, min_size=1), max_size=6)
MODIFIED = st.dictionaries(st.integers(0, 20), st.integers(0, 2))
OVERLAPS = pytest.mark.parametrize("overlap", ["count", "once"])


@pytest.fixture(scope="module")
def transaction(shared_engine: Engine) -> Iterator[Connection]:
    with shared_engine.connect() as connection:
        yield connection
        connection.rollback()


@OVERLAPS
@settings(max_examples=100)
@given(CHANGES, MODIFIED)
def test_gold_is_the_aggregate_of_the_active_files_after_every_change(
    transaction: Connection, overlap: Overlap, changes: list[dict[int, list[Sale] | None]], modified: dict[int, int]
) -> None:
    """Random changes of the contents of keys; each content of a key is one file, also when it is restored."""
    ids: dict[tuple[int, str], int] = {}
    with transaction.begin_nested() as savepoint:
        gold, active = Gold(transaction, overlap, modified), dict[int, int]()
        for change in changes:
            file_of = {key: ids.setdefault((key, str(sales)), len(ids)) for key, sales in change.items()}
            others = {key: sales for key, sales in change.items() if active.get(key) != file_of[key]}
            removed = [active.pop(key) for key in others if key in active]
            active |= {key: file_of[key] for key, sales in others.items() if sales is not None}
            gold.change({file_of[key]: sales for key, sales in others.items() if sales is not None}, *removed)
            assert gold.customers() == gold.expected()
            assert stored_sums(transaction) == expected_sums(gold.counted())
        savepoint.rollback()


@OVERLAPS
@settings(max_examples=50)
@given(st.dictionaries(st.integers(1, 4), SALES, min_size=2), MODIFIED, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(
    transaction: Connection, overlap: Overlap, files: Files, modified: dict[int, int], order: Any
) -> None:
    shuffled = order.sample(sorted(files), len(files))
    with transaction.begin_nested() as savepoint:
        gold = Gold(transaction, overlap, modified)
        for file_id in shuffled:
            gold.change({file_id: files[file_id]})
        assert gold.customers() == gold.expected()
        assert stored_sums(transaction) == expected_sums(gold.counted())
        savepoint.rollback()
