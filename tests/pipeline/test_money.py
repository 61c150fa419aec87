"""Money of files by outcome: all rows are in it, and what counts is the money of the customers."""

from dataclasses import replace
from typing import Any

import pytest

from app.jobs.context import Context
from tests.loading import BAD, load, query, sale
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import FEWER, applied, declaring
from tests.pipeline.replaying import DAY_1, discarded, rejecting_nothing, replayed, with_dates

RETURNS: dict[str, Any] = {
    "columns": {"quantity": {"logicalTypeOptions": {"minimum": -1000}}},
    "returns": "net",
    "overlap": "count",
}
BY_OUTCOME = "select outcome, reason, sum(rows), sum(money) from quality.file_money group by 1, 2 order by 1, 2"
BY_FILE = """
    select f.rows_read, sum(m.rows)
    from pipeline.source_file as f left join quality.file_money as m on m.file_id = f.id
    where f.state in ('loaded', 'source_missing')
    group by f.id
"""
COUNTED = """
    select coalesce(sum(case outcome when 'counted' then money when 'returned' then -money end), 0)
    from quality.file_money
"""


def outcomes(context: Context) -> list[tuple[Any, ...]]:
    """Outcome, reason, rows, and money in pence."""
    return [
        (outcome, reason, rows, int(100 * money)) for outcome, reason, rows, money in query(context.engine, BY_OUTCOME)
    ]


def adds_up(context: Context) -> bool:
    """Whether the outcomes of each file are all its rows, and counted money is that of the customers."""
    rows = query(context.engine, BY_FILE)
    ((counted,),) = query(context.engine, COUNTED)
    ((money,),) = query(context.engine, "select coalesce(sum(monetary), 0) from gold.customer_rfm")
    return all(read == measured for read, measured in rows) and counted == money


def test_each_row_has_an_outcome(context: Context, put: Put) -> None:
    put(
        sale(),
        sale(customer=""),
        sale().replace("85123A", "POST"),
        sale("C536365"),
        BAD,
        "536365,85123A",
        day=DAY_1,
    )
    load(rejecting_nothing(context))
    assert outcomes(context) == [
        ("cancellation", None, 1, 1530),
        ("counted", None, 1, 1530),
        ("no_customer", None, 1, 1530),
        ("not_counted", None, 1, 1530),
        ("quarantined", "parse", 1, 0),
        ("quarantined", "valid_quantity", 1, 1530),
    ]
    assert adds_up(context)


def test_a_quarantined_row_has_its_first_reason_only(context: Context, put: Put) -> None:
    put(BAD.replace("536365", "1").replace("-6", "0"))
    load(rejecting_nothing(context))
    assert outcomes(context) == [("quarantined", "valid_invoice_no", 1, 0)]


def test_skipped_rows_are_counted_without_a_date(context: Context, put: Put) -> None:
    put(sale(), "Total,,,,,,,", day=DAY_1)
    load(declaring(context, server={"skipWhen": "Invoice = 'Total'"}))
    assert ("skipped", None, 1, 0) in outcomes(context)
    assert adds_up(context)


def test_returns_are_taken_off(context: Context, put: Put) -> None:
    put(sale(quantity=6), sale("C536366", quantity=-2), sale("536367", quantity=-1))
    load(declaring(context, **RETURNS))
    assert outcomes(context) == [("counted", None, 1, 1530), ("returned", None, 2, 765)]
    assert adds_up(context)


def test_an_invoice_of_two_files_counts_from_both(context: Context, put: Put) -> None:
    for day in ("2026-02-01", "2026-02-02"):
        put(sale(), sale(customer="B" + day), day=day)
    load(declaring(context, overlap="count"))
    assert adds_up(context)


@pytest.fixture
def quarantining(context: Context, put: Put) -> Context:
    put(sale(customer="A"), BAD, sale("536370", "B", day="3/2/2026"), day=DAY_1)
    load(rejecting_nothing(context))
    return context


def test_a_replay_renews_the_money(quarantining: Context) -> None:
    replayed(with_dates(rejecting_nothing(quarantining)))
    assert ("counted", None, 2, 3060) in outcomes(quarantining)
    assert adds_up(quarantining)


def test_discarded_rows_stay_quarantined_money(quarantining: Context) -> None:
    before = outcomes(quarantining)
    discarded(quarantining)
    assert outcomes(quarantining) == before


def test_an_apply_renews_the_money(context: Context, put: Put) -> None:
    put(sale(quantity=6), sale(customer="A", quantity=1))
    load(context)
    applied(rejecting_nothing(declaring(context, columns=FEWER)))
    assert outcomes(context) == [("counted", None, 1, 255), ("quarantined", "valid_quantity", 1, 1530)]
    assert adds_up(context)


def test_a_superseded_file_has_no_money(context: Context, put: Put) -> None:
    put(sale(), day=DAY_1)
    load(context)
    put(sale(quantity=1), day=DAY_1)
    load(context)
    assert outcomes(context) == [("counted", None, 1, 255)]


def test_a_promoted_duplicate_has_the_money_of_the_file(context: Context, put: Put) -> None:
    put(sale(), BAD, sale("536366"), day=DAY_1)
    put(sale(), BAD, sale("536366"), day="2026-02-02")
    load(context)
    before = outcomes(context)
    put(sale("536380", "Z", quantity=1), day=DAY_1)
    load(context)
    counted = [row for row in before if row[0] == "quarantined"]
    assert counted == [row for row in outcomes(context) if row[0] == "quarantined"]
    assert adds_up(context)


def test_expectations_have_the_money_of_the_rows_that_fail(context: Context, put: Put) -> None:
    put(sale(), BAD, BAD)
    load(rejecting_nothing(context))
    failed = query(context.engine, "select failed, money from quality.expectation_results where failed > 0")
    assert [(rows, str(money)) for rows, money in failed] == [(2, "30.60")]


# --- the share


def warning(context: Context) -> str:
    ((found,),) = query(context.engine, "select warning from pipeline.freshness")
    return found or ""


def test_few_rows_of_much_money_are_a_warning(context: Context, put: Put) -> None:
    put(*(sale(f"{500000 + n}") for n in range(20)), BAD.replace("-6", "-40000"))
    load(context)
    assert "99.7 % of the money read is quarantined (valid_quantity: 102,000.00)" in warning(context)
    assert "of the rows" not in warning(context)


def test_money_that_does_not_count_is_a_warning(context: Context, put: Put) -> None:
    put(*[sale()] * 3, sale().replace("85123A", "GIFT"))
    load(context)
    assert warning(context) == "25.0 % of the money read does not count (countsWhen: 15.30)"


def test_cancellations_that_are_not_taken_off_do_not_count(context: Context, put: Put) -> None:
    put(sale(), sale("C536365"))
    load(context)
    assert warning(context) == "50.0 % of the money read does not count (cancellation: 15.30)"


@pytest.mark.parametrize(("without", "is_concern"), [(2, False), (4, True)])
def test_money_without_a_customer_is_usual_up_to_a_half(
    context: Context, put: Put, without: int, is_concern: bool
) -> None:
    put(*[sale()] * 2, *[sale(customer="")] * without)
    load(context)
    assert ("has no customer" in warning(context)) == is_concern


def test_much_uncounted_money_of_old_files_is_a_warning(context: Context, put: Put) -> None:
    put(sale(), BAD.replace("-6", "-400"), day="2026-02-01")
    for day in range(2, 10):
        put(sale(f"{500000 + day}"), day=f"2026-02-{day:02}")
    load(rejecting_nothing(context))
    share = "% of the money of all files is quarantined or does not count (valid_quantity: 1,020.00)"
    assert warning(context).endswith(f"{share}: check the failed expectations")


def test_the_share_is_that_of_the_setting(context: Context, put: Put) -> None:
    put(*[sale()] * 3, sale().replace("85123A", "GIFT"))
    lenient = {"warn_quarantined_share": 0.3, "gate_quarantined_share": 0.3}
    load(replace(context, settings=context.settings.model_copy(update=lenient)))
    assert warning(context) == ""
