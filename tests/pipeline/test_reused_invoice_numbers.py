"""The warning about invoice numbers of different sales, where invoices count once."""

from app.jobs.context import Context
from tests.loading import load, sale
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import declaring
from tests.pipeline.found_warnings import crowd, of_data

DAY_1, DAY_2 = "2026-02-01", "2026-02-02"


def test_a_newer_invoice_without_value_is_the_same_one(context: Context, put: Put) -> None:
    put(sale("536365", "A"), sale("536366", "B"), day=DAY_1)
    put(sale("536365", "A").replace("85123A", "POST"), sale("536366", ""), day=DAY_2)
    load(declaring(context, overlap="once"))
    assert "reused_invoice_numbers" not in of_data(context)


def test_invoices_replaced_from_those_of_others_are_a_warning(context: Context, put: Put) -> None:
    put(sale("536365", "A"), sale("536366", "B"), day=DAY_1)
    put(sale("536365", "C"), sale("536366", "D"), day=DAY_2)
    load(declaring(context, overlap="once"))
    assert of_data(context)["reused_invoice_numbers"].startswith(
        "2 of 2 invoices that newer files replace, with 30.60, have another customer or day in the newer file"
    )


def test_invoices_of_the_same_customer_on_another_day_are_a_warning(context: Context, put: Put) -> None:
    put(sale("536365", "A"), day=DAY_1)
    put(sale("536365", "A", day=DAY_2), day=DAY_2)
    load(declaring(context, overlap="once"))
    assert "reused_invoice_numbers" in of_data(context)


def test_a_few_corrected_invoices_are_no_warning(context: Context, put: Put) -> None:
    put(*crowd(30), day=DAY_1)
    put(*crowd(30)[:-1], sale("600029", "30000"), day=DAY_2)
    load(declaring(context, overlap="once"))
    assert of_data(context) == {}


def test_the_same_invoices_that_count_twice_are_no_reused_numbers(context: Context, put: Put) -> None:
    put(sale("536365", "A"), day=DAY_1)
    put(sale("536365", "C"), day=DAY_2)
    load(declaring(context, overlap="count"))
    assert of_data(context) == {}
