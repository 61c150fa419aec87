"""Overlap of files: invoices that count once, from the newest file that has them."""

import itertools
from collections.abc import Sequence
from decimal import Decimal

import pytest
from sqlalchemy import Connection, text

from app.gold.overlap import OverlappingInvoices, overlapping
from tests.gold.files import KEPT, Gold, Sale, key_of, returned

OLD, NEW = [Sale(price=10)], [Sale(price=12)]


@pytest.fixture
def once(connection: Connection) -> Gold:
    return Gold(connection, "once")


# --- once


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
def test_an_invoice_counts_from_the_newest_file_whatever_the_order(once: Gold, order: Sequence[int]) -> None:
    for file_id in order:
        once.change({file_id: [Sale(price=file_id)]})
    assert (once.customer().monetary, once.customer().frequency) == (3, 1)


def test_an_invoice_counts_from_the_newest_of_the_files_of_one_transaction(once: Gold) -> None:
    once.change({1: OLD, 2: NEW})
    assert once.customer().monetary == 12


def test_of_two_files_of_one_time_the_later_key_is_newer(connection: Connection) -> None:
    once = Gold(connection, "once", {1: 5, 2: 5})
    assert key_of(1) > key_of(2)
    once.change({1: NEW})
    once.change({2: OLD})
    assert once.customer().monetary == 12


def test_an_invoice_counts_from_the_older_file_after_the_newer_is_withdrawn(once: Gold) -> None:
    once.change({1: OLD, 2: NEW})
    once.change({}, 2)
    assert once.customer().monetary == 10


def test_withdrawing_the_older_file_changes_nothing(once: Gold) -> None:
    once.change({1: OLD, 2: NEW})
    once.change({}, 1)
    assert once.customer().monetary == 12


def test_an_invoice_of_another_customer_now_moves_to_them(once: Gold) -> None:
    once.change({1: [Sale(customer="A")]})
    once.change({2: [Sale(customer="B")]})
    assert [row[0] for row in once.customers()] == ["B"]


@pytest.mark.parametrize("line", [Sale(effect=0), Sale(customer=None)])
def test_an_invoice_that_does_not_count_any_more_is_taken_off(once: Gold, line: Sale) -> None:
    once.change({1: [*OLD, KEPT]})
    once.change({2: [line]})
    assert [row[0] for row in once.customers()] == ["12345"]


def test_a_return_that_came_twice_is_taken_off_once(once: Gold) -> None:
    once.change({1: [Sale(price=10), returned(price=-4)], 2: [returned(price=-4)]})
    assert once.customer().returned == 4


def test_other_invoices_of_overlapping_files_count_from_each(once: Gold) -> None:
    once.change({1: [Sale(invoice="500001"), Sale()], 2: [Sale(), Sale(invoice="500002")]})
    assert (once.customer().frequency, once.customer().monetary) == (3, 30)


@pytest.mark.parametrize("overlap", ["warn", "count"])
def test_without_once_an_invoice_counts_from_each_file(connection: Connection, overlap: str) -> None:
    gold = Gold(connection, overlap)  # type: ignore[arg-type]
    gold.change({1: OLD, 2: NEW})
    assert (gold.customer().monetary, gold.customer().frequency) == (22, 1)


def test_reading_files_again_after_the_contract_counts_once_gives_each_invoice_once(gold: Gold) -> None:
    gold.change({1: OLD, 2: NEW})
    gold.overlap = "once"
    for file_id, sales in ((1, OLD), (2, NEW)):
        gold.change({}, file_id)
        gold.change({file_id: sales})
    assert gold.customer().monetary == 12


def test_reading_files_again_after_the_contract_counts_all_gives_each_invoice_of_each_file(once: Gold) -> None:
    once.change({1: OLD, 2: NEW})
    once.overlap = "count"
    for file_id, sales in ((1, OLD), (2, NEW)):
        once.change({}, file_id)
        once.change({file_id: sales})
    assert once.customer().monetary == 22


@pytest.mark.parametrize("sales", [[KEPT], OLD])
def test_a_load_of_other_invoices_or_an_older_file_leaves_the_rows_alone(
    connection: Connection, sales: list[Sale]
) -> None:
    once = Gold(connection, "once", {3: 0})
    once.change({1: OLD, 2: NEW})
    found = text("select xmin, ctid from gold.customer_invoice where file_id in (1, 2) order by ctid")
    before = once.connection.execute(found).all()
    once.change({3: sales})
    assert once.connection.execute(found).all() == before


# --- overlapping


def test_overlapping_files_have_the_number_and_money_of_their_common_invoices(gold: Gold) -> None:
    gold.change({1: [Sale(price=10), Sale(price=5), KEPT], 2: [Sale(price=7), Sale(invoice="500001")]})
    assert overlapping(gold.connection, [1, 2]) == {
        1: OverlappingInvoices(1, Decimal(15), 2),
        2: OverlappingInvoices(1, Decimal(7), 1),
    }


def test_an_invoice_on_two_days_of_one_file_does_not_overlap(gold: Gold) -> None:
    gold.change({1: [Sale(day=1), Sale(day=2)]})
    assert overlapping(gold.connection, [1]) == {}


def test_only_the_files_asked_for_are_reported(gold: Gold) -> None:
    gold.change({1: OLD, 2: NEW})
    assert list(overlapping(gold.connection, [2])) == [2]


def test_a_withdrawn_file_does_not_overlap(gold: Gold) -> None:
    gold.change({1: OLD, 2: NEW})
    gold.change({}, 1)
    assert overlapping(gold.connection, [2]) == {}


def test_where_invoices_count_once_those_of_no_customer_are_not_reported(once: Gold) -> None:
    once.change({1: [Sale(customer=None)], 2: [Sale(customer=None)]})
    assert overlapping(once.connection, [1, 2]) == {}
