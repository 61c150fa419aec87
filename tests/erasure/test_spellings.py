"""Erasures and the suppression list under the contract's rules of ids."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.jobs.context import Context
from tests.conftest import HEADER
from tests.contracts import written
from tests.erasure.erasing import erased, measured_again, mentions
from tests.loading import gold, load, query, sale
from tests.pipeline.replaying import rejecting_nothing

Put = Callable[..., Path]
NUMBERS = {"stripDecimal": True, "stripLeadingZeros": True, "placeholders": ["0", "Guest"]}
WORDS = {"case": "lower"}
NUMERIC = ["1785000042", "001785000042", "1785000042.0", " 01785000042.00 "]
WRITTEN = ["max-1@shop.de", "MAX-1@SHOP.DE", "Max-1@Shop.de"]
OTHER = "1785000099"


def under(context: Context, folder: Path, **rules: Any) -> Context:
    """The context with a contract of these rules for ids, and an identifier in the column E-mail."""
    columns = {
        "customer_id": {"customProperties": [{"property": name, "value": value} for name, value in rules.items()]},
        "email": {
            "physicalName": "E-mail",
            "customProperties": [{"property": "identifier", "value": True}, {"property": "case", "value": "lower"}],
        },
    }
    path = written(folder, columns=columns)
    return rejecting_nothing(replace(context, settings=context.settings.model_copy(update={"contract": path})))


@pytest.fixture
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the contract."""
    return tmp_path_factory.mktemp("rules")


@pytest.mark.parametrize(("ids", "given"), [(NUMERIC, NUMBERS), (WRITTEN, WORDS)], ids=["numbers", "words"])
def test_a_customer_is_erased_under_every_spelling(
    context: Context, put: Put, rules: Path, ids: list[str], given: dict[str, Any]
) -> None:
    context = under(context, rules, **given)
    sales = [sale(f"53636{place}", one) for place, one in enumerate(ids)]
    bad = [sale(f"53637{place}", one, quantity=-6) for place, one in enumerate(ids)]
    put(*sales, *bad, *(f"536380,85123A,{one},France" for one in ids), sale("536390", OTHER))
    put(content=f"nonsense {ids[-1]}\n".encode(), day="2026-02-02")
    load(context)
    erased(context, ids[1])
    left = [one for one in ids if mentions(context.engine, one.strip(" "))]
    assert (left, measured_again(context), [row[0] for row in gold(context.engine)]) == ([], True, [OTHER])


@pytest.mark.parametrize(("ids", "given"), [(NUMERIC, NUMBERS), (WRITTEN, WORDS)], ids=["numbers", "words"])
def test_later_files_are_suppressed_under_every_spelling(
    context: Context, put: Put, rules: Path, ids: list[str], given: dict[str, Any]
) -> None:
    context = under(context, rules, **given)
    put(sale(customer=ids[0]), sale("536366", OTHER))
    load(context)
    erased(context, ids[0])
    sales = [sale(f"53636{place}", one) for place, one in enumerate(ids)]
    put(*sales, *(f"536380,85123A,{one},France" for one in ids), day="2026-02-02")
    load(context)
    left = [one for one in ids if mentions(context.engine, one.strip(" "))]
    assert (left, [row[0] for row in gold(context.engine)]) == ([], [OTHER])


def test_another_spelling_is_another_customer_where_the_contract_says_so(context: Context, put: Put) -> None:
    put(sale(customer="0017850"), sale("536366", "17850"))
    load(context)
    erased(context, "17850")
    assert [row[0] for row in gold(context.engine)] == ["0017850"]


def test_nobody_is_not_erased(context: Context, put: Put, rules: Path) -> None:
    context = under(context, rules, **NUMBERS)
    put(sale(customer="Guest"), sale("536366", OTHER))
    load(context)
    with pytest.raises(AssertionError, match="unknown"):
        erased(context, "Guest")


def test_declared_columns_of_the_customer_are_cleared(context: Context, put: Put, rules: Path) -> None:
    context = under(context, rules)
    put(content=f"{HEADER},E-mail\n{sale()},Max@Shop.de\n{sale('536366', quantity=-1)},max@shop.de\n".encode())
    load(context)
    assert query(context.engine, "select attributes from silver.sales_row") == [({"email": "max@shop.de"},)]
    erased(context)
    assert [table for word in ("max@", "Max@") for table in mentions(context.engine, word)] == []
