"""What a dry run reports of files, money and customers."""

from decimal import Decimal

import pytest

from app.pipeline.dry_run.report import Customers, Example, Money
from tests.pipeline.dry_run.runs import Check, row

BAD = row(invoice="9", day="soon")


def test_a_file_that_meets_the_contract_is_good(check: Check) -> None:
    found = check({"a.csv": [row()]})
    assert (found.verdict, [(f.key, f.outcome, f.rows, f.silver) for f in found.files]) == (
        "good",
        [("a.csv", "loads", 1, 1)],
    )


def test_a_quarantined_row_is_a_warning(check: Check) -> None:
    found = check({"a.csv": [row(), row(invoice="2"), BAD]})
    assert (found.verdict, found.files[0].quarantined) == ("warnings", 1)


def test_a_file_without_a_needed_column_is_rejected_with_its_error(check: Check) -> None:
    found = check({"a.csv": [row()]}, "shopify-orders")
    assert (found.verdict, found.files[0].outcome) == ("rejected", "rejected")
    assert found.files[0].error is not None
    assert "column Name" in found.files[0].error


def test_a_file_of_which_too_many_rows_fail_is_rejected_and_its_reasons_are_shown(check: Check) -> None:
    found = check({"a.csv": [BAD], "b.csv": [row()]})
    assert [f.outcome for f in found.files] == ["rejected", "loads"]
    assert [failure.expectation for failure in found.failures] == ["valid_invoice_date"]


def test_the_customers_of_a_rejected_file_do_not_count(check: Check) -> None:
    found = check({"a.csv": [BAD, BAD, row(customer="1")], "b.csv": [row(customer="2")]})
    assert (found.customers.number, found.customers.largest_id, found.money.silver) == (1, "2", Decimal(10))


def test_the_same_content_twice_is_a_duplicate(check: Check) -> None:
    found = check({"a.csv": [row()], "b.csv": [row()]})
    assert sorted(file.outcome for file in found.files) == ["duplicate", "loads"]


def test_no_file_at_all_is_rejected(check: Check) -> None:
    assert check({}).verdict == "rejected"


def test_a_failure_has_up_to_three_different_values_with_their_lines(check: Check) -> None:
    days = ("a", "a", "b", "c", "d")
    found = check({"a.csv": [*(row(day=day) for day in days), *(row(invoice=str(n)) for n in range(9))]})
    (failure,) = found.failures
    wanted = [Example("a.csv", 2, "a"), Example("a.csv", 4, "b"), Example("a.csv", 5, "c")]
    assert (failure.rows, failure.money, list(failure.examples)) == (5, Decimal(50), wanted)


def test_a_failure_names_its_remedy(check: Check) -> None:
    found = check({"a.csv": [row(), row(invoice="2"), row(day="25/02/2026")]})
    assert [failure.remedy for failure in found.failures] == [
        'add "%d/%m/%Y" to `format` of invoice_date, or correct the rows'
    ]


def test_a_failure_of_empty_cells_names_its_remedy_and_shows_no_value(check: Check) -> None:
    found = check({"a.csv": [row(), row(invoice="2"), row(price="")]})
    (failure,) = found.failures
    assert failure.remedy.startswith("declare `skipWhen` of the server if such rows are not sales")
    assert failure.examples == (Example("a.csv", 4, None),)


def test_money_is_divided_by_what_becomes_of_it(check: Check) -> None:
    rows = [row(), row(invoice="2"), row(invoice="3", customer=""), row(invoice="4", quantity="-1"), BAD]
    money = Money(*map(Decimal, (35, 10, 25, 10, 20, 5)))
    assert check({"a.csv": rows}).money == money


def test_customers_are_counted_with_the_share_of_the_largest(check: Check) -> None:
    rows = [row(customer="1", quantity="3"), row("2", customer="2", quantity="1"), row("3", customer="3")]
    refunded = row("4", customer="3", quantity="-2")
    assert check({"a.csv": [*rows, refunded]}).customers == Customers(3, 2, "1", 0.75)


def test_a_total_that_cannot_be_computed_is_no_failure_beside_its_cause(check: Check) -> None:
    found = check({"a.csv": [row(), row(invoice="2"), row(invoice="3", price="4.50 kr")]})
    assert [failure.expectation for failure in found.failures] == ["valid_unit_price"]


def test_a_remedy_is_of_all_values(check: Check) -> None:
    prices = [*(row(f"b{each}", price=each) for each in "xyz"), row("c", price='"4,50"')]
    (failure,) = check({"a.csv": [*(row(str(n)) for n in range(9)), *prices]}).failures
    assert failure.remedy == 'declare `decimal: ","` of the server, or correct the rows'


def test_a_rejected_file_is_not_logged(check: Check, caplog: pytest.LogCaptureFixture) -> None:
    check({"a.csv": [row()]}, "shopify-orders")
    assert caplog.messages == []
