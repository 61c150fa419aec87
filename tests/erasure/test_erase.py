"""Erasing: nothing of the customer is left in any table, and every count stays right."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from app.erasure.erase import erase
from app.errors import Misconfigured
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.retention import delete_expired
from app.pipeline.retrain import retrain
from tests.conftest import HEADER
from tests.erasure.erasing import erased, measured_again, mentions, totals, with_key
from tests.loading import FROM_SCRATCH, change, everything, gold, load, query, sale
from tests.pipeline.replaying import refusing_nothing

Put = Callable[..., Path]
WHO = "1785000042"
OTHER = "1785000099"
STRANGE = [
    "12/7",
    "O'Neil",
    '5" nail',
    "a,b",
    "50%_off",
    "日本😀",
    "a b",
    "x'; drop table x; --",
    "***:(?i)a",
    r"\d+",
    "a.b",
]


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if '"' in text or "," in text else text


def fill(context: Context, put: Put, who: str = WHO, *, trains: bool = True) -> None:
    """Sales of his and of another's, a correction, a cancellation, rows that are out in several ways, two trainings."""
    his, header = cell(who), f"{HEADER},Till,Buyer"
    rows = [
        sale(customer=his),
        sale("536366", OTHER),
        sale("C36367", his),
        sale("536368", cell(f" {who}"), quantity=-6),
    ]
    put(*rows, sale("536369", his, day="yesterday"), f"536370,85123A,{his},France")
    extras = [f"{sale('536371', his)},till 1,Mr {his}", f"{sale('536372', OTHER)},till 2,{his}"]
    put(content="\n".join([header, *extras, ""]).encode(), day="2026-02-02")
    put(sale("536373", his, day="2026-02-03"), day="2026-02-03")
    context = refusing_nothing(context)
    load(context)
    if trains:
        train(context)
    put(sale("536374", his, day="2026-02-03"), sale("536375", OTHER, day="2026-02-03"), day="2026-02-03")
    load(context)
    if trains:
        train(context)


def train(context: Context) -> None:
    change(context.engine, "update pipeline.freshness set gate_reason = null")
    retrain(context, Run(uuid4(), "retrain"), context.settings.today)


def test_only_the_feed_names_an_erased_customer_until_the_id_expires(context: Context, put: Put) -> None:
    fill(context, put)
    erased(context, WHO)
    announced = mentions(context.engine, WHO)
    change(context.engine, "update segments.customer_change set changed_at = changed_at - interval '31 days'")
    delete_expired(replace(context, clock=lambda: datetime.now(UTC)), Run(uuid4(), "retain"))
    assert (announced, mentions(context.engine, WHO)) == (["segments.customer_change"], [])


@pytest.mark.parametrize("who", STRANGE)
def test_nothing_of_a_strange_id_is_left_in_any_table(context: Context, put: Put, who: str) -> None:
    who = f"{who}~{WHO}~{who}"
    fill(context, put, who, trains=False)
    erased(context, who)
    assert mentions(context.engine, WHO) == []


@pytest.mark.parametrize("word", ["Invoice", "row", "5"])
def test_a_word_of_a_message_is_no_customer(context: Context, put: Put, word: str) -> None:
    fill(context, put)
    put(content=f"nonsense\n{word}\n".encode(), day="2026-02-04")
    load(context)
    before = everything(context.engine)
    assert erase(context.engine, context.settings, word, "cli") is None
    assert everything(context.engine) == before


def test_he_was_everywhere_before(context: Context, put: Put) -> None:
    fill(context, put)
    assert mentions(context.engine, WHO) == [
        "bronze.retail_transactions",
        "gold.customer_invoice",
        "gold.customer_rfm",
        "segments.customer_change",
        "segments.customer_segment",
        "silver.quarantine",
        "silver.retail_transactions",
    ]


def test_the_others_stay_as_they_are(context: Context, put: Put) -> None:
    fill(context, put)
    before = [row for row in gold(context.engine) if row[0] == OTHER]
    erased(context, WHO)
    assert gold(context.engine) == before != []
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)


def test_every_row_and_all_revenue_stay_counted(context: Context, put: Put) -> None:
    fill(context, put, trains=False)
    before = totals(context.engine)
    erased(context, WHO)
    assert totals(context.engine) == before


def test_measuring_again_changes_nothing(context: Context, put: Put) -> None:
    fill(context, put, trains=False)
    erased(context, WHO)
    assert measured_again(context)


def test_where_bronze_is_gone_its_measurements_stay(context: Context, put: Put) -> None:
    fill(context, put, trains=False)
    kept = context.settings.model_copy(update={"bronze_retention_days": 1})
    delete_expired(
        replace(context, settings=kept, clock=lambda: context.clock().replace(year=2027)), Run(uuid4(), "retain")
    )
    bronze = "select rows, null_customers from quality.file_profile where layer = 'bronze' order by file_id"
    before = query(context.engine, bronze)
    erased(context, WHO)
    assert (mentions(context.engine, WHO), query(context.engine, bronze)) == ([], before)


def test_what_segments_add_up_to_is_what_their_customers_do(context: Context, put: Put) -> None:
    fill(context, put)
    erased(context, WHO)
    summed = query(
        context.engine,
        "select run_id, scheme, sum(customers), sum(revenue) from segments.segment_summary group by 1, 2 order by 1, 2",
    )
    states = "select run_id, count(*), sum(monetary) from segments.customer_segment group by run_id order by run_id"
    counted = query(context.engine, states)
    assert [row[2:] for row in summed if row[1] == "rules"] == [row[1:] for row in counted] != []


def test_training_goes_on_without_him(context: Context, put: Put) -> None:
    fill(context, put)
    erased(context, WHO)
    train(context)
    assert (mentions(context.engine, WHO), len(gold(context.engine))) == (["segments.customer_change"], 1)


def test_messages_that_quote_a_row_of_his_lose_his_id(context: Context, put: Put) -> None:
    put(sale(customer=WHO))
    load(context)
    put(sale(customer=WHO), day="2026-02-02", content=f"{sale(customer=WHO)}\n".encode())
    load(context)
    assert mentions(context.engine, WHO)[-2:] == ["pipeline.source_file", "silver.retail_transactions"]
    erased(context, WHO)
    assert mentions(context.engine, WHO) == []


@pytest.mark.parametrize("written", ["17850", "17850.0", " 17850 ", "17850.000"])
def test_an_id_is_known_however_it_is_written(context: Context, put: Put, written: str) -> None:
    put(sale(), sale("536366", "17850.0"), sale("536367", " 17850"))
    load(context)
    erased(context, written)
    assert query(context.engine, "select customer_id from bronze.retail_transactions") == [(None,)] * 3


@pytest.mark.parametrize("other", ["1785", "117850", "178500", "17850.5", "17850A", "1785_", "%", "17_50"])
def test_who_has_part_of_his_id_stays(context: Context, put: Put, other: str) -> None:
    put(sale(customer=other), sale("536366"), f"536370,85123A,{other},France")
    load(refusing_nothing(context))
    before = gold(context.engine)
    erased(context, "17850")
    assert gold(context.engine) == [row for row in before if row[0] == other]


@pytest.mark.parametrize("wild", ["1785%", "17_50", "17850%", ".*", "1785."])
def test_an_id_with_wildcards_means_nobody_else(context: Context, put: Put, wild: str) -> None:
    put(sale(), sale("536366", wild))
    load(context)
    erased(context, wild)
    assert [row[0] for row in gold(context.engine)] == ["17850"]


@pytest.mark.parametrize("who", ["nobody", "", "  ", "1785", "%"])
def test_nobody_is_erased_who_never_was(context: Context, put: Put, who: str) -> None:
    put(sale())
    load(context)
    before = everything(context.engine)
    assert erase(context.engine, context.settings, who, "cli") is None
    assert everything(context.engine) == before


def test_he_who_is_only_in_quarantine_can_be_erased(context: Context, put: Put) -> None:
    put(sale(quantity=-6), sale("536366", OTHER))
    load(refusing_nothing(context))
    erased(context)
    raw = query(context.engine, "select raw from silver.quarantine")
    assert raw == [("536365,85123A,LANTERN,-6,2.55,,France,2026-02-01",)]


def test_an_id_that_is_too_long_for_a_customer_can_be_erased(context: Context, put: Put) -> None:
    put(sale(customer="x" * 300), sale("536366", OTHER))
    load(refusing_nothing(context))
    erased(context, "x" * 300)
    assert mentions(context.engine, "xxx") == []


def test_erasing_again_gives_the_same_certificate(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    assert erased(context) == erased(context, "17850.0", "somebody else")


def test_no_one_is_erased_without_a_key(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    with pytest.raises(Misconfigured, match="set REGULARS_ERASURE_KEY"):
        erased(with_key(context, None))
    assert len(gold(context.engine)) == 1


def test_no_one_is_erased_under_a_second_key(context: Context, put: Put) -> None:
    put(sale(), sale("536366", OTHER))
    load(context)
    erased(context)
    with pytest.raises(Misconfigured, match="customers were erased under the key"):
        erased(with_key(context, "another key " * 4), OTHER)


def test_a_failure_leaves_him_as_he_was(context: Context, put: Put) -> None:
    fill(context, put)
    before = everything(context.engine)
    change(
        context.engine, "create function no() returns trigger language plpgsql as 'begin raise exception ''no''; end'"
    )
    change(context.engine, "create trigger no before insert on privacy.erasure execute function no()")
    with pytest.raises(Exception, match="no"):
        erased(context, WHO)
    assert everything(context.engine) == before
