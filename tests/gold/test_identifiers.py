"""Values of identifiers: added with the sales of a file, removed with it, found through an index."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Select, text

from app.gold.identifiers import customers_with, owners
from app.jobs.context import Context
from tests.conftest import HEADER
from tests.contracts import written
from tests.erasure.erasing import erased, mentions, with_key
from tests.loading import load, query, sale

Put = Callable[..., Path]
EMAIL = {
    "physicalName": "E-mail",
    "customProperties": [{"property": "identifier", "value": True}, {"property": "case", "value": "lower"}],
}
ROWS = "select name, value, customer_id from gold.customer_identifier order by 1, 2, 3"
MANY = """
    insert into gold.customer_identifier (file_id, name, value, customer_id, invoice_date, invoice_no)
    select n % 50, 'email', 'customer-' || n || '@shop.de', n, date '2026-01-01' + cast(n % 50 as int), 100000 + n
    from generate_series(1, 100000) as n
"""


@pytest.fixture
def identified(context: Context, tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A context whose contract declares the column E-mail as an identifier."""
    path = written(tmp_path_factory.mktemp("contract"), columns={"email": EMAIL}, dateRange="none")
    return with_key(replace(context, settings=context.settings.model_copy(update={"contract": path})))


def day(*sales: tuple[str, str]) -> bytes:
    return "\n".join([f"{HEADER},E-mail", *(f"{row},{email}" for row, email in sales), ""]).encode()


def found(context: Context, value: str) -> list[tuple[str, str]]:
    with context.engine.connect() as connection:
        return [(row.value, row.customer_id) for row in connection.execute(owners("email", [value]))]


def test_sales_that_count_have_identifiers(identified: Context, put: Put) -> None:
    sales = [
        (sale(), "Max@Shop.de"),
        (sale("536366").replace("85123A", "POST"), "post@shop.de"),
        (sale("536367", ""), "x@y.de"),
    ]
    put(content=day(*sales, (sale("536368", "17851"), "")))
    load(identified)
    assert query(identified.engine, ROWS) == [("email", "max@shop.de", "17850")]


def test_a_value_belongs_to_the_customer_of_the_latest_sale(identified: Context, put: Put) -> None:
    put(content=day((sale("536369", "1", day="2026-02-03"), "a@b.de")))
    put(content=day((sale("536366", "2", day="2026-02-01"), "a@b.de")), day="2026-02-02")
    load(identified)
    assert found(identified, "a@b.de") == [("a@b.de", "1")]


def test_a_corrected_file_takes_its_identifiers_along(identified: Context, put: Put) -> None:
    put(content=day((sale(), "old@shop.de")))
    load(identified)
    put(content=day((sale(), "new@shop.de")))
    load(identified)
    assert query(identified.engine, ROWS) == [("email", "new@shop.de", "17850")]


def test_an_erased_customer_has_no_identifiers(identified: Context, put: Put) -> None:
    put(content=day((sale(), "max@shop.de"), (sale("536366", quantity=-1), "max@shop.de")))
    load(identified)
    erased(identified)
    assert mentions(identified.engine, "max@") == []


def test_orders_as_a_guest_lose_the_identifiers_of_an_erased_customer(identified: Context, put: Put) -> None:
    put(content=day((sale(), "max@shop.de"), (sale("536366", ""), "Max@Shop.de"), (sale("536367", ""), "x@y.de")))
    load(identified)
    removed = {each["table"]: each["rows"] for each in erased(identified)["removed"]}
    assert [mentions(identified.engine, word) for word in ("max@", "Max@")] == [[], []]
    assert (removed["silver.sales_row"], mentions(identified.engine, "x@y.de") != []) == (2, True)


def test_a_guest_keeps_an_identifier_that_another_customer_has_too(identified: Context, put: Put) -> None:
    put(content=day((sale(), "a@b.de"), (sale("536366", "17851"), "a@b.de"), (sale("536367", ""), "a@b.de")))
    load(identified)
    erased(identified)
    found = query(identified.engine, "select count(*) from silver.sales_row where attributes ->> 'email' = 'a@b.de'")
    assert found == [(2,)]


def test_an_erased_customers_identifiers_do_not_come_back(identified: Context, put: Put) -> None:
    put(content=day((sale(), "max@shop.de")))
    load(identified)
    erased(identified)
    put(content=day((sale("536366"), "max@shop.de"), (sale("536367", quantity=-1), "max@shop.de")), day="2026-02-02")
    load(identified)
    assert mentions(identified.engine, "max@") == []


@pytest.mark.parametrize("statement", [customers_with("email", ["customer-7@shop.de"]), owners("email", ["a", "b"])])
def test_a_value_is_found_through_the_index(connection: Connection, statement: Select[tuple[str]]) -> None:
    connection.execute(text(MANY))
    connection.execute(text("analyze gold.customer_identifier"))
    sql = statement.compile(connection, compile_kwargs={"literal_binds": True})
    plan = "\n".join(connection.execute(text(f"explain {sql}".replace(":", r"\:"))).scalars())
    assert "customer_identifier_name_value" in plan, plan
    assert "Seq Scan" not in plan
