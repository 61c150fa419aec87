"""Gold rows of a customer: sales that count, invoices, dates and country."""

import itertools
import re
from collections.abc import Sequence
from datetime import date
from importlib.resources import files

import pytest

from tests.gold.files import KEPT, Files, Gold, Sale, returned

# --- sales that count


def test_a_row_that_is_no_sale_does_not_count(gold: Gold) -> None:
    gold.change({1: [Sale(), Sale(invoice="536366", day=9, effect=0)]})
    assert gold.customers() == [("17850", date(2026, 2, 1), date(2026, 2, 1), 1, 10, 0, "France")]


def test_a_sale_without_a_customer_does_not_count(gold: Gold) -> None:
    assert gold.change({1: [Sale(customer=None), KEPT]}) == 1
    assert [row[0] for row in gold.customers()] == ["12345"]


def test_a_file_without_sales_that_count_writes_no_customer(gold: Gold) -> None:
    assert gold.change({1: [Sale(customer=None), Sale(effect=0), returned()]}) == 0


def test_a_gift_is_a_purchase_of_0(gold: Gold) -> None:
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
    gold.change({1: [Sale(), Sale(day=9, effect=0, country="Spain")]})
    assert gold.customer().country == "France"


@pytest.mark.parametrize("at_once", [True, False])
def test_of_two_countries_the_later_by_code_point_wins(gold: Gold, at_once: bool) -> None:
    sales = [Sale(country="austria"), Sale(country="Brazil")]
    for file_id, batch in enumerate([sales] if at_once else [[sale] for sale in sales]):
        gold.change({file_id: batch})
    assert gold.customer().country == "austria"


def test_countries_are_compared_by_code_point_in_any_database() -> None:
    """The test server has no other collation, so the text of the statements is checked."""
    compared = re.compile(r"(?:max|min)\((?:\w+\.)?country[^)]*\)|country[^,\n]* (?:asc|desc)")
    statements = [path.read_text() for path in files("app.gold").iterdir() if path.name.endswith(".sql")]
    found = [match for statement in statements for match in compared.findall(statement)]
    assert (len(found), [each for each in found if 'collate "C"' not in each]) == (3, [])
