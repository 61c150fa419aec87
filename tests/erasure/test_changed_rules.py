"""Erased customers stay erased when the contract changes how ids are read."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.erasure.erase import erase
from app.erasure.reapply import erase_again
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.apply_contract import apply_contract
from app.source.open import open_sources
from tests.contracts import written
from tests.erasure.erasing import erased, mentions
from tests.erasure.filling import train
from tests.loading import change, gold, load, query, sale
from tests.pipeline.replaying import rejecting_nothing

Put = Callable[..., Path]
Under = Callable[..., Context]
OTHER = "1785000099"
IDS = ["xq12", "XQ12", "Xq12 "]


@pytest.fixture
def under(context: Context, tmp_path_factory: pytest.TempPathFactory) -> Under:
    """The context with a contract of these rules for ids."""

    def with_rules(**rules: Any) -> Context:
        custom = [{"property": name, "value": value} for name, value in {"trim": True, **rules}.items()]
        path = written(tmp_path_factory.mktemp("rules"), columns={"customer_id": {"customProperties": custom}})
        return rejecting_nothing(replace(context, settings=context.settings.model_copy(update={"contract": path})))

    return with_rules


def apply(context: Context) -> None:
    apply_contract(context, open_sources(context.settings), Run(uuid4(), "apply_contract"))


def left(context: Context) -> list[str]:
    """Spellings of the id that any table has, and the customers in gold."""
    found = [one.strip() for one in IDS if mentions(context.engine, one.strip())]
    return [*found, *(row[0] for row in gold(context.engine))]


@pytest.mark.parametrize(("before", "after"), [("keep", "upper"), ("upper", "keep"), ("lower", "upper")])
def test_later_files_name_nobody_in_any_spelling(under: Under, put: Put, before: str, after: str) -> None:
    put(sale(customer=IDS[0]), sale("536366", OTHER))
    load(under(case=before))
    erased(under(case=before), IDS[0])
    put(
        *(sale(f"53637{place}", one) for place, one in enumerate(IDS)),
        f"536380,85123A,{IDS[0]},France",
        day="2026-02-02",
    )
    load(under(case=after))
    assert left(under(case=after)) == [OTHER]


def test_zeros_that_are_stripped_from_now_on(under: Under, put: Put) -> None:
    put(sale(customer="001785000042"), sale("536366", OTHER))
    load(under())
    erased(under(), "001785000042")
    put(sale("536367", "1785000042"), day="2026-02-02")
    load(under(stripLeadingZeros=True))
    assert (mentions(under().engine, "1785000042"), len(gold(under().engine))) == ([], 1)


def test_a_customer_who_becomes_the_erased_one_is_erased_by_apply(under: Under, put: Put) -> None:
    put(sale(customer="xq12"), sale("536366", "XQ12"), sale("536367", OTHER), sale("536368", "XQ12", quantity=-1))
    load(under())
    erased(under(), "xq12")
    assert [row[0] for row in gold(under().engine)] == [OTHER, "XQ12"]
    apply(under(case="upper"))
    assert query(under().engine, "select customer_id from gold.customer_rfm") == [(OTHER,)]
    assert mentions(under().engine, "XQ12") == []


def test_a_quarantined_row_that_is_validated_again_does_not_restore_the_customer(under: Under, put: Put) -> None:
    put(sale(customer="xq12"), sale("5363", "XQ12"), sale("536367", OTHER))
    load(under())
    erased(under(), "xq12")
    context = under(case="upper")
    change(context.engine, "update silver.quarantine set status = 'open'")
    load(context)
    assert (mentions(context.engine, "XQ12"), left(context)) == ([], [OTHER])


@pytest.mark.parametrize(("before", "after"), [("keep", "upper"), ("upper", "keep")])
def test_an_erasure_before_apply_covers_the_former_ids(under: Under, put: Put, before: str, after: str) -> None:
    put(*(sale(f"53636{place}", one) for place, one in enumerate(IDS)), sale("536377", OTHER))
    load(under(case=before))
    erased(under(case=after), "xq12")
    assert [row[0] for row in gold(under().engine)] == [OTHER]
    assert query(under().engine, "select distinct customer_id from silver.sales_row where customer_id ~* 'xq'") == []


def test_an_erasure_after_apply_is_of_one_id(under: Under, put: Put) -> None:
    put(sale(customer="xq12"), sale("536366", "XQ12"))
    load(under(case="upper"))
    apply(under())
    erased(under(), "xq12")
    assert [row[0] for row in gold(under().engine)] == ["XQ12"]


def test_the_certificate_is_found_under_the_changed_rules(under: Under, put: Put) -> None:
    put(sale(customer="xq12"), sale("536366", OTHER))
    load(under())
    first = erased(under(), "xq12")
    assert erased(under(case="upper"), "Xq12")["erasure_id"] == first["erasure_id"]


def test_other_customers_are_unknown_under_the_changed_rules(under: Under, put: Put) -> None:
    put(sale(customer="xq12"), sale("536366", OTHER))
    load(under())
    erased(under(), "xq12")
    context = under(case="upper")
    assert erase(context.engine, context.settings, "xq13", "cli") is None


def test_an_id_that_is_erased_again_under_former_rules_keeps_its_certificate(under: Under, put: Put) -> None:
    put(sale(customer="XQ12"), sale("536366", "xq12"), sale("536367", OTHER))
    load(under())
    first = erased(under(), "XQ12")
    again = erased(under(case="upper"), "xq12")
    assert (again["erasure_id"], again["state"], left(under())) == (first["erasure_id"], "pending", [OTHER])


def test_an_erasure_before_contracts_is_recognised(under: Under, put: Put) -> None:
    put(sale(customer="xq12"), sale("536366", OTHER))
    load(under(stripDecimal=True))
    erased(under(stripDecimal=True), "xq12")
    change(under().engine, "update privacy.erasure set spelling_hash = null")
    put(sale("536367", "xq12"), day="2026-02-02")
    load(under(case="upper"))
    assert left(under()) == [OTHER]


def test_a_certificate_is_applied_again_under_the_changed_rules(under: Under, put: Put) -> None:
    put(sale(customer="xq12"), sale("536366", OTHER))
    load(under())
    certificate = erased(under(), "xq12")
    context = under(case="upper")
    change(context.engine, "delete from privacy.erasure")
    put(sale("536367", "xq12"), day="2026-02-02")
    load(under())
    erase_again(context.engine, context.settings, [certificate])
    assert left(context) == [OTHER]


def test_another_spelling_under_the_contract_of_the_files_has_the_same_certificate(under: Under, put: Put) -> None:
    put(sale(customer="xq12"), sale("536366", "XQ12"), sale("536367", OTHER))
    load(under(case="lower"))
    train(under(case="lower"))  # the feed has an entry of the erasure under each id
    first = erased(under(), "XQ12")
    again = erased(under(case="lower"), "xq12")
    assert (again["erasure_id"], again["customer_hash"]) == (first["erasure_id"], first["customer_hash"])


def test_a_spelling_is_recognised_while_files_are_loaded_by_other_rules(under: Under, put: Put) -> None:
    put(sale(customer="xq12"), sale("536367", OTHER))
    load(under(case="lower"))
    first = erased(under(), "XQ12")
    assert erased(under(), "xq12")["erasure_id"] == first["erasure_id"]


def test_another_spelling_of_rules_that_keep_it_is_another_customer(under: Under, put: Put) -> None:
    put(sale(customer="xq12"), sale("536366", "XQ12"), sale("536367", OTHER))
    load(under())
    assert erased(under(), "xq12")["erasure_id"] != erased(under(), "XQ12")["erasure_id"]
