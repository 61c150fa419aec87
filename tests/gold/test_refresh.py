"""Gold against an aggregate worked out in Python over the same active sales, whatever came and went before."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from app.gold.refresh import refresh
from tests.conftest import NOW


class Sale(NamedTuple):
    """A row of silver, as far as gold looks at it."""

    invoice: str = "536365"
    customer: str | None = "17850"
    day: int = 1
    price: int = 10
    code: str = "85123"
    country: str | None = "France"


Files = dict[int, Sequence[Sale]]
KEPT = Sale(invoice="500000", customer="12345")
FEBRUARY = "2026-02-{:02}"
INSERT = text("""
    insert into silver.retail_transactions
    select :file_id, :line_no, :invoice, :code, null, 1, :price, :customer, :country, cast(:day as date),
        :invoice ilike 'c%', :price, 2026, 2, 1, '', 'a.csv', now(), cast(:day as date)
""")


@pytest.fixture
def gold(connection: Connection) -> "Gold":
    return Gold(connection)


class Gold:
    """Files of sales that come and go in a database, and what gold then says."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.active: Files = {}

    def change(self, added: Mapping[int, Sequence[Sale]], *removed: int) -> int:
        """Do to silver and gold what one transaction of an ingest does."""
        for file_id in removed:
            del self.active[file_id]
            self.connection.execute(
                text("delete from silver.retail_transactions where file_id = :file_id"), {"file_id": file_id}
            )
        for file_id, sales in added.items():
            self.active[file_id] = sales
            for line_no, sale in enumerate(sales, 2):
                values = {**sale._asdict(), "day": FEBRUARY.format(sale.day), "file_id": file_id, "line_no": line_no}
                self.connection.execute(INSERT, values)
        return refresh(self.connection, added=list(added), removed=removed, refreshed_at=NOW)

    def customers(self) -> list[tuple[Any, ...]]:
        """Every customer's row without updated_at."""
        query = "select customer_id, first_invoice_date, last_invoice_date, frequency, monetary, country"
        found = self.connection.execute(text(f"{query} from gold.customer_rfm order by customer_id"))
        return [tuple(row) for row in found]

    def customer(self, customer: str = "17850") -> Any:
        """One customer's row."""
        query = text("select * from gold.customer_rfm where customer_id = :customer")
        return self.connection.execute(query, {"customer": customer}).one()


def from_scratch(files: Files) -> list[tuple[Any, ...]]:
    """What gold should say of these files."""
    sales = [sale for file in files.values() for sale in file if counts(sale)]
    return [
        of_customer(customer, list(own))
        for customer, own in itertools.groupby(
            sorted(sales, key=lambda sale: str(sale.customer)), lambda sale: sale.customer
        )
    ]


def of_customer(customer: str | None, sales: list[Sale]) -> tuple[Any, ...]:
    latest = max(sales, key=lambda sale: (sale.day, sale.invoice, sale.country is not None, sale.country or ""))
    return (
        customer,
        date(2026, 2, min(sale.day for sale in sales)),
        date(2026, 2, latest.day),
        len({sale.invoice for sale in sales}),
        Decimal(sum(sale.price for sale in sales)),
        latest.country,
    )


def counts(sale: Sale) -> bool:
    digits, letters = sale.code[:5], sale.code[5:]
    is_product = len(digits) == 5 and digits.isdecimal() and (letters.isalpha() or not letters)
    return sale.customer is not None and sale.invoice[0] not in "Cc" and (is_product or sale.code == "PADS")


# --- what counts


@pytest.mark.parametrize("code", ["12345", "12345A", "12345AB", "12345abcdef", "PADS"])
def test_a_sale_of_a_product_counts(gold: Gold, code: str) -> None:
    gold.change({1: [KEPT, Sale(code=code)]})
    assert [row[0] for row in gold.customers()] == ["12345", "17850"]


@pytest.mark.parametrize(
    "code",
    ["1234", "123456", "pads", "PADS ", "XPADS", "POST", "12345-1", "12345A1", " 12345", "A12345", "١٢٣٤٥", "12345é"],
)
def test_a_sale_of_anything_else_does_not(gold: Gold, code: str) -> None:
    gold.change({1: [KEPT, Sale(code=code)]})
    assert [row[0] for row in gold.customers()] == ["12345"]


@pytest.mark.parametrize("code", ["12345\n", "12345\nPADS", "POST\n12345"])
def test_a_line_break_makes_no_product_of_a_stock_code(gold: Gold, code: str) -> None:
    gold.change({1: [KEPT, Sale(code=code)]})
    assert [row[0] for row in gold.customers()] == ["12345"]


@pytest.mark.parametrize("invoice", ["C36365", "c36365", "C", "c"])
def test_a_cancellation_counts_for_nothing(gold: Gold, invoice: str) -> None:
    gold.change({1: [Sale(), Sale(invoice=invoice, day=9)]})
    assert gold.customers() == [("17850", date(2026, 2, 1), date(2026, 2, 1), 1, 10, "France")]


def test_a_sale_without_a_customer_is_nobodys(gold: Gold) -> None:
    assert gold.change({1: [Sale(customer=None), KEPT]}) == 1
    assert [row[0] for row in gold.customers()] == ["12345"]


def test_a_file_without_sales_that_count_touches_nobody(gold: Gold) -> None:
    assert gold.change({1: [Sale(customer=None), Sale(code="POST"), Sale(invoice="C1")]}) == 0


def test_a_gift_makes_a_customer_who_spent_nothing(gold: Gold) -> None:
    gold.change({1: [Sale(price=0)]})
    assert (gold.customer().monetary, gold.customer().frequency) == (0, 1)


# --- invoices


def test_lines_of_an_invoice_add_up_and_count_once(gold: Gold) -> None:
    gold.change({1: [Sale(price=10), Sale(price=5), Sale(price=5)]})
    assert (gold.customer().monetary, gold.customer().frequency) == (20, 1)


@pytest.mark.parametrize("at_once", [True, False])
def test_an_invoice_spread_over_two_files_counts_once(gold: Gold, at_once: bool) -> None:
    files: list[Files] = [{1: [Sale()]}, {2: [Sale()]}]
    for batch in [files[0] | files[1]] if at_once else files:
        gold.change(batch)
    assert (gold.customer().frequency, gold.customer().monetary) == (1, 20)


@pytest.mark.parametrize("files", [{1: [Sale(day=1), Sale(day=3)]}, {1: [Sale(day=1)], 2: [Sale(day=3)]}])
def test_an_invoice_spread_over_two_dates_counts_once(gold: Gold, files: Files) -> None:
    gold.change(files)
    customer = gold.customer()
    assert (customer.frequency, customer.first_invoice_date.day, customer.last_invoice_date.day) == (1, 1, 3)


def test_an_invoice_number_of_two_customers_counts_once_for_each(gold: Gold) -> None:
    gold.change({1: [Sale(customer="A"), Sale(customer="B", price=7)]})
    assert [row[3:5] for row in gold.customers()] == [(1, 10), (1, 7)]


def test_invoice_numbers_that_differ_by_case_are_two(gold: Gold) -> None:
    gold.change({1: [Sale(invoice="a00001"), Sale(invoice="A00001")]})
    assert gold.customer().frequency == 2


# --- dates and country


def test_first_and_last_are_the_outermost_dates_whatever_the_order_of_the_files(gold: Gold) -> None:
    for file_id, day in ((1, 5), (2, 9), (3, 2)):
        gold.change({file_id: [Sale(day=day, invoice=f"50000{file_id}")]})
    assert (gold.customer().first_invoice_date.day, gold.customer().last_invoice_date.day) == (2, 9)


def test_country_is_that_of_the_latest_sale(gold: Gold) -> None:
    gold.change({1: [Sale(day=9, country="Spain")], 2: [Sale(day=1)]})
    assert gold.customer().country == "Spain"


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
def test_country_does_not_depend_on_the_order_of_files_of_one_day(gold: Gold, order: Sequence[int]) -> None:
    tied = {1: "Spain", 2: "France", 3: None}
    for file_id in order:
        gold.change({file_id: [Sale(country=tied[file_id])]})
    assert gold.customer().country == "Spain"


@pytest.mark.parametrize("countries", [("Spain", "France", None), (None, "France", "Spain")])
def test_country_does_not_depend_on_the_order_of_lines_of_an_invoice(
    gold: Gold, countries: Sequence[str | None]
) -> None:
    gold.change({1: [Sale(country=country) for country in countries]})
    assert gold.customer().country == "Spain"


def test_a_sale_that_does_not_count_names_no_country(gold: Gold) -> None:
    gold.change({1: [Sale(), Sale(day=9, code="POST", country="Spain")]})
    assert gold.customer().country == "France"


# --- taking back


def test_removing_a_file_restores_the_state_without_it(gold: Gold) -> None:
    gold.change({1: [Sale(), Sale(customer="A", day=4)]})
    before = gold.customers()
    gold.change({2: [Sale(day=9, country="Spain"), Sale(customer="A", day=2), Sale(customer="B", invoice="500001")]})
    gold.change({}, 2)
    assert gold.customers() == before


def test_removing_the_only_file_of_a_customer_removes_him(gold: Gold) -> None:
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


def test_a_customer_who_is_touched_was_updated_and_no_other(gold: Gold) -> None:
    gold.change({1: [KEPT, Sale()]})
    gold.connection.execute(text("update gold.customer_rfm set updated_at = '2020-01-01'"))
    gold.change({2: [Sale()]})
    assert (gold.customer("12345").updated_at.year, gold.customer().updated_at) == (2020, NOW)


def test_nothing_is_left_of_removed_files(gold: Gold) -> None:
    gold.change({1: [Sale()], 2: [Sale(), KEPT]})
    gold.change({}, 1, 2)
    assert gold.customers() == []
    assert gold.connection.execute(text("select count(*) from gold.customer_invoice")).scalar_one() == 0


# --- anything at all

SALES = st.lists(
    st.builds(
        Sale,
        invoice=st.sampled_from(["500001", "500002", "500003", "C00001", "c00001"]),
        customer=st.sampled_from(["A", "B", "C", None]),
        day=st.integers(1, 4),
        price=st.integers(0, 3),
        code=st.sampled_from(["12345", "12345AB", "PADS", "POST", "1234"]),
        country=st.sampled_from(["France", "Spain", None]),
    ),
    max_size=5,
)
CHANGES = st.lists(st.dictionaries(st.integers(0, 3), st.none() | SALES, min_size=1), max_size=6)


@pytest.fixture(scope="module")
def transaction(shared_engine: Engine) -> Iterator[Connection]:
    with shared_engine.connect() as connection:
        yield connection
        connection.rollback()


@settings(max_examples=100, deadline=None)
@given(CHANGES)
def test_gold_is_the_aggregate_of_the_active_files_after_every_change(
    transaction: Connection, changes: list[dict[int, list[Sale] | None]]
) -> None:
    """A change gives keys another content or none; the content of a key is one file, also when it comes back."""
    ids: dict[tuple[int, str], int] = {}
    with transaction.begin_nested() as savepoint:
        gold, active = Gold(transaction), dict[int, int]()
        for change in changes:
            file_of = {key: ids.setdefault((key, str(sales)), len(ids)) for key, sales in change.items()}
            others = {key: sales for key, sales in change.items() if active.get(key) != file_of[key]}
            removed = [active.pop(key) for key in others if key in active]
            active |= {key: file_of[key] for key, sales in others.items() if sales is not None}
            gold.change({file_of[key]: sales for key, sales in others.items() if sales is not None}, *removed)
            assert gold.customers() == from_scratch(gold.active)
        savepoint.rollback()


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.integers(1, 4), SALES, min_size=2), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(transaction: Connection, files: Files, order: Any) -> None:
    shuffled = order.sample(sorted(files), len(files))
    with transaction.begin_nested() as savepoint:
        gold = Gold(transaction)
        for file_id in shuffled:
            gold.change({file_id: files[file_id]})
        assert gold.customers() == from_scratch(files)
        savepoint.rollback()
