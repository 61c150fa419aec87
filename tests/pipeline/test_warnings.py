"""Warnings about files and about all data, as ingests find and renew them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.jobs.context import Context
from tests.loading import change, load, query, sale
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import applied, declaring
from tests.pipeline.found_warnings import crowd, of_data
from tests.pipeline.replaying import rejecting_nothing, replayed

DAY_1, DAY_2, DAY_3 = "2026-02-01", "2026-02-02", "2026-02-03"
SMALL = [
    {"name": "small", "type": "custom", "engine": "regulars", "implementation": "quantity < 5", "severity": "warning"}
]
BRITISH = {"invoice_date": {"logicalTypeOptions": {"format": ["%Y-%m-%d", "%d/%m/%Y"]}}}
CURRENCY: dict[str, Any] = {"currency": {"physicalName": "Country"}, "country": None}
OF_FILES = """
    select f.key, w.kind, w.rule, w.rows, cast(w.money as text), w.example
    from quality.file_warning as w inner join pipeline.source_file as f on f.id = w.file_id
    order by f.key, w.kind, w.rule
"""


def of_files(context: Context) -> list[tuple[Any, ...]]:
    """Day, kind, rule, rows, money and example of each warning about a file."""
    return [(key[:10], *others) for key, *others in query(context.engine, OF_FILES)]


def warning(context: Context) -> str:
    ((found,),) = query(context.engine, "select warning from pipeline.freshness")
    return found or ""


# --- rules of severity warning


def test_rows_that_do_not_meet_a_rule_are_counted_with_their_money(context: Context, put: Put) -> None:
    put(sale(quantity=1), sale(quantity=6), sale(quantity=10))
    load(declaring(context, quality=SMALL))
    assert of_files(context) == [(DAY_1, "rule", "small", 2, "40.80", "line 3")]
    assert warning(context) == "2 rows (40.80) of 1 of the newest files failing small: quantity < 5"


def test_rows_of_a_replay_are_added(context: Context, put: Put) -> None:
    put(sale(quantity=6), sale(quantity=10, day="3/2/2026"))
    load(rejecting_nothing(declaring(context, quality=SMALL)))
    replayed(declaring(context, quality=SMALL, columns=BRITISH))
    assert of_files(context) == [(DAY_1, "rule", "small", 2, "40.80", "line 2")]


def test_an_apply_renews_the_warnings(context: Context, put: Put) -> None:
    put(sale(quantity=6))
    load(declaring(context, quality=SMALL))
    applied(declaring(context, quality=[{**SMALL[0], "name": "little"}]))
    assert [row[2] for row in of_files(context)] == ["little"]


def test_a_promoted_duplicate_has_the_warnings_of_the_file(context: Context, put: Put) -> None:
    for day in (DAY_1, DAY_2):
        put(sale(quantity=6), day=day)
    declared = declaring(context, quality=SMALL)
    load(declared)
    put(sale("536366", quantity=1), day=DAY_1)
    load(declared)
    assert of_files(context) == [(DAY_2, "rule", "small", 1, "15.30", "line 2")]


# --- overlaps


def overlapping(context: Context) -> list[tuple[Any, ...]]:
    return [(day, rows, example[:10]) for day, kind, _, rows, _, example in of_files(context) if kind == "overlap"]


def test_invoices_of_two_files_are_a_warning_about_both(context: Context, put: Put) -> None:
    put(sale(), sale("536366"), day=DAY_1)
    load(context)
    put(sale(), sale("536367"), day=DAY_2)
    load(context)
    assert overlapping(context) == [(DAY_1, 1, DAY_2), (DAY_2, 1, DAY_1)]
    assert "2 invoices (30.60) of 2 of the newest files also in other files, and counted twice" in warning(context)


def test_the_warning_ends_when_the_other_file_is_corrected(context: Context, put: Put) -> None:
    put(sale(), sale("536366"), day=DAY_1)
    put(sale(), sale("536367"), day=DAY_2)
    load(context)
    put(sale("536367"), day=DAY_2)
    load(context)
    assert (overlapping(context), warning(context)) == ([], "")


@pytest.mark.parametrize(("overlap", "measured"), [("once", 2), ("count", 0)])
def test_a_declared_overlap_is_no_warning(context: Context, put: Put, overlap: str, measured: int) -> None:
    put(sale(), sale("536366"), day=DAY_1)
    put(sale(), sale("536367"), day=DAY_2)
    load(declaring(context, overlap=overlap))
    assert (len(overlapping(context)), warning(context)) == (measured, "")


# --- wrong encodings


@pytest.mark.parametrize("text", ["M\u00c3\u00bcsli", "Stra\u00c3\u0178e", "M\ufffdsli", "\u00e2\u20ac\u201cx"])
@pytest.mark.parametrize("place", ["LANTERN", "17850", "France"])
def test_texts_read_in_a_wrong_encoding_are_a_warning(context: Context, put: Put, text: str, place: str) -> None:
    put(sale("536360"), sale().replace(place, text))
    load(context)
    assert of_files(context) == [(DAY_1, "mojibake", "", 1, "15.30", "line 3")]
    assert "with texts such as Ã¼ or U+FFFD, read in a wrong encoding: check encoding" in warning(context)


@pytest.mark.parametrize("text", ["Müsli", "S\u00c3O PAULO", "日本", "№ 5"])
def test_other_texts_are_none(context: Context, put: Put, text: str) -> None:
    put(sale().replace("LANTERN", text), sale("536366", customer=""))
    load(context)
    assert of_files(context) == []


# --- all data


def test_a_customer_with_most_of_the_money_is_no_placeholder(context: Context, put: Put) -> None:
    put(*crowd(), sale("700000", "X", quantity=60_000))
    load(context)
    assert of_data(context) == {}


def test_an_id_with_many_orders_may_be_a_placeholder(context: Context, put: Put) -> None:
    put(*crowd(), *(sale(f"{700000 + n}", "X", quantity=1) for n in range(20)))
    load(context)
    assert "has 20 of 50 orders" in of_data(context)["placeholder"]
    assert "placeholders" in warning(context)


def test_an_id_with_less_than_a_tenth_of_all_orders_is_a_customer(context: Context, put: Put) -> None:
    put(*crowd(140), *(sale(f"{700000 + n}", "X", quantity=1) for n in range(15)))
    load(context)
    assert of_data(context) == {}


def test_few_customers_have_large_shares(context: Context, put: Put) -> None:
    put(sale(), sale("536366", "B"))
    load(context)
    assert of_data(context) == {}


@pytest.mark.parametrize("nobody", ["0", "NULL", "Guest", "n/a"])
def test_usual_words_for_nobody_are_placeholders_whatever_their_share(context: Context, put: Put, nobody: str) -> None:
    put(sale(), sale("536366", nobody))
    load(context)
    assert [*of_data(context)] == ["placeholder"]


@pytest.mark.parametrize(("one", "other"), [("A@x.example", "a@x.example"), ("007", "7"), ("0A", "0a")])
def test_ids_that_differ_in_their_spelling_are_a_warning(context: Context, put: Put, one: str, other: str) -> None:
    put(sale("536365", one), sale("536366", other), sale("536367", "B"))
    load(context)
    assert of_data(context)["similar_ids"].startswith("2 customer ids with 30.60 differ only in case")
    assert query(context.engine, "select examples from quality.data_warning") == [(sorted([one, other]),)]


@pytest.mark.parametrize("ids", [("A", "B"), ("10", "100"), ("0", "00x")])
def test_different_ids_are_none(context: Context, put: Put, ids: tuple[str, str]) -> None:
    put(*(sale(f"{536365 + n}", each) for n, each in enumerate(ids)))
    load(context)
    assert "similar_ids" not in of_data(context)


def test_two_currencies_in_two_files_are_a_warning(context: Context, put: Put) -> None:
    put(sale().replace("France", "EUR"), sale("536366").replace("France", "EUR"), day=DAY_1)
    put(sale("536367").replace("France", "JPY"), day=DAY_2)
    load(declaring(context, columns=CURRENCY, currency=None))
    assert "1 rows (15.30) are not in EUR" in of_data(context)["mixed_currencies"]


def test_one_currency_is_none(context: Context, put: Put) -> None:
    put(sale().replace("France", "EUR"))
    load(declaring(context, columns=CURRENCY, currency=None))
    assert of_data(context) == {}


DAILY = {"property": "frequency", "value": 1, "unit": "d"}
BY_NINE = {"property": "timeOfAvailability", "value": "09:00"}


def at(context: Context, time: str, *levels: dict[str, Any], **changes: Any) -> Context:
    """The context at this time (UTC) under these service levels."""
    declared = declaring(context, keys={"slaProperties": [*levels]}, **changes)
    settings = declared.settings.model_copy(update={"as_of": None})
    return replace(declared, settings=settings, clock=lambda: datetime.fromisoformat(time).replace(tzinfo=UTC))


def test_missing_days_are_named_where_a_frequency_is_declared(context: Context, put: Put) -> None:
    put(sale(), day=DAY_1)
    put(sale("536366"), day=DAY_3)
    load(at(context, "2026-02-04 12:00", DAILY))
    assert of_data(context)["missing_days"] == f"1 expected day without a file: {DAY_2}; send the missing files"


def test_a_file_that_is_late_is_named_once_its_time_has_passed(context: Context, put: Put) -> None:
    put(sale(), day=DAY_1)
    load(at(context, "2026-02-03 08:59", BY_NINE))
    assert of_data(context) == {}
    load(at(context, "2026-02-03 09:00", BY_NINE))
    assert of_data(context) == {"missing_days": f"1 expected day without a file: {DAY_2}; send the missing files"}
    assert DAY_2 in warning(context)


def test_a_late_file_ends_the_warning(context: Context, put: Put) -> None:
    put(sale(), day=DAY_1)
    load(at(context, "2026-02-03 09:00", BY_NINE))
    put(sale("536366"), day=DAY_2)
    load(at(context, "2026-02-03 09:10", BY_NINE))
    assert (of_data(context), warning(context)) == ({}, "")


def test_the_time_is_that_of_the_zone_of_the_source(context: Context, put: Put) -> None:
    put(sale(), day=DAY_1)
    load(at(context, "2026-02-03 08:00", BY_NINE, server={"timezone": "Europe/Berlin"}))
    assert DAY_2 in of_data(context)["missing_days"]


def test_a_day_that_is_not_expected_is_not_missing(context: Context, put: Put) -> None:
    put(sale(), day=DAY_1)  # a Sunday
    load(at(context, "2026-02-03 09:00", BY_NINE, {"property": "expectedDays", "value": "Tue-Sun"}))
    assert of_data(context) == {}


def test_without_a_frequency_no_day_is_missing(context: Context, put: Put) -> None:
    put(sale(), day=DAY_1)
    put(sale("536366"), day=DAY_3)
    load(declaring(context, keys={"slaProperties": []}))
    assert of_data(context) == {}


def test_no_sale_counts_is_said_first(context: Context, put: Put) -> None:
    put(sale().replace("85123A", "SKU-1"), sale("536366").replace("85123A", "SKU-2"))
    load(context)
    reason = (
        "no sale counts: stock_code of 2 of 2 rows (30.60) do not meet countsWhen; change countsWhen of the contract: "
        "stock_code ~ "
    )
    assert warning(context).startswith(reason)
    assert [*of_data(context)] == ["no_sale_counts"]


def test_the_warning_ends_when_sales_count(context: Context, put: Put) -> None:
    put(sale().replace("85123A", "SKU-1"))
    load(context)
    put(*crowd(10), day=DAY_2)
    load(context)
    assert "no_sale_counts" not in of_data(context)


def test_an_interrupted_ingest_leaves_the_check_to_the_next(context: Context, put: Put) -> None:
    put(sale(), sale("536366", "Guest"))
    load(context)
    change(
        context.engine,
        "delete from quality.data_warning",
        "update pipeline.freshness set is_measured = false, warning = null",
    )
    load(context)
    assert "placeholder" in warning(context)


def test_nothing_is_checked_again_without_a_change(context: Context, put: Put) -> None:
    put(sale(), sale("536366", "Guest"))
    load(context)
    change(context.engine, "delete from quality.data_warning")
    load(context)
    assert of_data(context) == {}
