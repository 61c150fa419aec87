"""Erasure: what is deleted, redacted and counted afterwards."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from app.erasure.erase import ErasureTimings, erase
from app.erasure.purge import purge
from app.errors import DatabaseUnavailable, Misconfigured
from app.jobs.context import Context
from app.jobs.runs import Run, running
from app.pipeline.retention import delete_expired
from app.pipeline.retrain import retrain
from app.segments.summaries import write_summaries
from app.suppression.lock import lock_shared
from tests.conftest import HEADER
from tests.erasure.erasing import erased, measured_again, mentions, totals, with_key
from tests.loading import FROM_SCRATCH, change, everything, gold, load, query, sale
from tests.pipeline.replaying import refusing_nothing

Put = Callable[..., Path]
WHO = "1785000042"
OTHER = "1785000099"
FEED = "segments.customer_change"
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
    """Load sales of two customers, a correction, a cancellation and quarantined rows; train twice."""
    theirs, header = cell(who), f"{HEADER},Till,Buyer"
    rows = [
        sale(customer=theirs),
        sale("536366", OTHER),
        sale("C36367", theirs),
        sale("536368", cell(f" {who}"), quantity=-6),
    ]
    put(*rows, sale("536369", theirs, day="yesterday"), f"536370,85123A,{theirs},France")
    extras = [f"{sale('536371', theirs)},till 1,Mr {theirs}", f"{sale('536372', OTHER)},till 2,{theirs}"]
    put(content="\n".join([header, *extras, ""]).encode(), day="2026-02-02")
    put(sale("536373", theirs, day="2026-02-03"), day="2026-02-03")
    context = refusing_nothing(context)
    load(context)
    if trains:
        train(context)
    put(sale("536374", theirs, day="2026-02-03"), sale("536375", OTHER, day="2026-02-03"), day="2026-02-03")
    load(context)
    if trains:
        train(context)


def train(context: Context) -> None:
    change(context.engine, "update pipeline.freshness set gate_reason = null")
    retrain(context, Run(uuid4(), "retrain"), context.settings.today)


def test_only_the_feed_entry_is_left_in_any_table(context: Context, put: Put) -> None:
    fill(context, put)
    erased(context, WHO)
    assert mentions(context.engine, WHO) == [FEED]


def test_the_feed_has_an_entry_of_the_erasure(context: Context, put: Put) -> None:
    fill(context, put)
    erased(context, WHO)
    entries = (
        "select kind, kmeans_cause, rules_cause, kmeans_after from segments.customer_change where customer_id = :who"
    )
    assert query(context.engine, entries, who=WHO) == [("erased", "erased", "erased", None)]


def test_a_customer_who_was_never_in_the_feed_gets_no_entry(context: Context, put: Put) -> None:
    fill(context, put, trains=False)
    erased(context, WHO)
    assert query(context.engine, "select from segments.customer_change") == []


def test_the_feed_entry_is_redacted_after_its_retention_period(context: Context, put: Put) -> None:
    fill(context, put)
    erased(context, WHO)
    change(context.engine, "update segments.customer_change set changed_at = timestamptz '2026-01-29 12:00Z'")
    assert delete_expired(context, Run(uuid4(), "retain"))["erased_ids"] == 1
    assert mentions(context.engine, WHO) == []
    kinds = "select distinct kind from segments.customer_change where customer_id is null"
    assert ("erased",) in query(context.engine, kinds)


def test_the_feed_entry_is_kept_during_its_retention_period(context: Context, put: Put) -> None:
    fill(context, put)
    erased(context, WHO)
    change(context.engine, "update segments.customer_change set changed_at = timestamptz '2026-01-31 12:00Z'")
    assert delete_expired(context, Run(uuid4(), "retain"))["erased_ids"] == 0


def test_the_certificate_names_the_feed_entry(context: Context, put: Put) -> None:
    fill(context, put)
    assert "REGULARS_ERASED_ID_RETENTION_DAYS" in erased(context, WHO)["statement"]


def test_summaries_are_those_of_the_remaining_customers(context: Context, put: Put) -> None:
    fill(context, put)
    before = summaries(context)
    erased(context, WHO)
    purge(context, Run(uuid4(), "purge"))
    after = summaries(context)
    runs = query(context.engine, "select run_id from segments.model")
    with context.engine.begin() as connection:
        for (run_id,) in runs:
            write_summaries(connection, run_id)
    assert (len(runs), after == before, after) == (2, False, summaries(context))


def test_the_current_runs_summaries_do_not_wait_for_the_purge(context: Context, put: Put) -> None:
    fill(context, put)
    erased(context, WHO)
    counted = "select sum(customers) from segments.cluster_summary inner join segments.current_run using (run_id)"
    assert query(context.engine, counted) == [(1,)]


def summaries(context: Context) -> list[list[str]]:
    return [everything(context.engine)[f"segments.{each}_summary"] for each in ("cluster", "segment")]


@pytest.mark.parametrize("who", STRANGE)
def test_an_id_with_special_characters_is_left_in_no_table(context: Context, put: Put, who: str) -> None:
    who = f"{who}~{WHO}~{who}"
    fill(context, put, who, trains=False)
    erased(context, who)
    assert mentions(context.engine, WHO) == []


@pytest.mark.parametrize("word", ["Invoice", "row", "5"])
def test_a_word_in_an_error_message_is_not_a_customer(context: Context, put: Put, word: str) -> None:
    fill(context, put)
    put(content=f"nonsense\n{word}\n".encode(), day="2026-02-04")
    load(context)
    before = everything(context.engine)
    assert erase(context.engine, context.settings, word, "cli") is None
    assert everything(context.engine) == before


def test_before_an_erasure_every_table_names_the_customer(context: Context, put: Put) -> None:
    fill(context, put)
    assert mentions(context.engine, WHO) == [
        "bronze.sales_row",
        "gold.customer_invoice",
        "gold.customer_rfm",
        "segments.customer_change",
        "segments.customer_segment",
        "silver.quarantine",
        "silver.sales_row",
    ]


def test_other_customers_are_unchanged(context: Context, put: Put) -> None:
    fill(context, put)
    before = [row for row in gold(context.engine) if row[0] == OTHER]
    erased(context, WHO)
    assert gold(context.engine) == before != []
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)


def test_counts_and_revenue_are_unchanged(context: Context, put: Put) -> None:
    fill(context, put, trains=False)
    before = totals(context.engine)
    erased(context, WHO)
    assert totals(context.engine) == before


def test_measuring_again_changes_nothing(context: Context, put: Put) -> None:
    fill(context, put, trains=False)
    erased(context, WHO)
    assert measured_again(context)


def test_measurements_of_deleted_bronze_are_unchanged(context: Context, put: Put) -> None:
    fill(context, put, trains=False)
    kept = context.settings.model_copy(update={"bronze_retention_days": 1})
    delete_expired(
        replace(context, settings=kept, clock=lambda: context.clock().replace(year=2027)), Run(uuid4(), "retain")
    )
    bronze = "select rows, null_customers from quality.file_profile where layer = 'bronze' order by file_id"
    before = query(context.engine, bronze)
    erased(context, WHO)
    assert (mentions(context.engine, WHO), query(context.engine, bronze)) == ([], before)


def test_summaries_add_up_to_the_remaining_customers(context: Context, put: Put) -> None:
    fill(context, put)
    erased(context, WHO)
    purge(context, Run(uuid4(), "purge"))
    summed = query(
        context.engine,
        "select run_id, scheme, sum(customers), sum(revenue) from segments.segment_summary group by 1, 2 order by 1, 2",
    )
    states = "select run_id, count(*), sum(monetary) from segments.customer_segment group by run_id order by run_id"
    counted = query(context.engine, states)
    assert [row[2:] for row in summed if row[1] == "rules"] == [row[1:] for row in counted] != []


def test_a_later_training_does_not_know_the_customer(context: Context, put: Put) -> None:
    fill(context, put)
    erased(context, WHO)
    train(context)
    assert (mentions(context.engine, WHO), len(gold(context.engine))) == ([FEED], 1)


def test_the_id_is_redacted_in_messages_that_quote_a_row(context: Context, put: Put) -> None:
    put(sale(customer=WHO))
    load(context)
    put(sale(customer=WHO), day="2026-02-02", content=f"{sale(customer=WHO)}\n".encode())
    load(context)
    assert mentions(context.engine, WHO)[-2:] == ["pipeline.source_file", "silver.sales_row"]
    erased(context, WHO)
    assert mentions(context.engine, WHO) == []


def test_a_number_in_a_step_that_quotes_no_row_is_not_redacted(context: Context, put: Put) -> None:
    put(sale(customer="5"))
    load(context)
    with running(context.engine, "ingest") as run:
        run.step("loaded 5 of 5 files")
    erased(context, "5")
    assert query(context.engine, "select message from pipeline.run_step") == [("loaded 5 of 5 files",)]


@pytest.mark.parametrize("written", ["17850", "17850.0", " 17850 ", "17850.000"])
def test_an_id_is_found_in_every_notation(context: Context, put: Put, written: str) -> None:
    put(sale(), sale("536366", "17850.0"), sale("536367", " 17850"))
    load(context)
    erased(context, written)
    assert query(context.engine, "select customer_id from bronze.retail_transactions") == [(None,)] * 3


@pytest.mark.parametrize("other", ["1785", "117850", "178500", "17850.5", "17850A", "1785_", "%", "17_50"])
def test_a_customer_with_a_similar_id_is_unchanged(context: Context, put: Put, other: str) -> None:
    put(sale(customer=other), sale("536366"), f"536370,85123A,{other},France")
    load(refusing_nothing(context))
    before = gold(context.engine)
    erased(context, "17850")
    assert gold(context.engine) == [row for row in before if row[0] == other]


@pytest.mark.parametrize("wild", ["1785%", "17_50", "17850%", ".*", "1785."])
def test_wildcards_in_an_id_match_no_other_customer(context: Context, put: Put, wild: str) -> None:
    put(sale(), sale("536366", wild))
    load(context)
    erased(context, wild)
    assert [row[0] for row in gold(context.engine)] == ["17850"]


@pytest.mark.parametrize("who", ["nobody", "", "  ", "1785", "%"])
def test_an_unknown_id_changes_nothing(context: Context, put: Put, who: str) -> None:
    put(sale())
    load(context)
    before = everything(context.engine)
    assert erase(context.engine, context.settings, who, "cli") is None
    assert everything(context.engine) == before


def test_a_customer_who_is_only_in_quarantine_is_erased(context: Context, put: Put) -> None:
    put(sale(quantity=-6), sale("536366", OTHER))
    load(refusing_nothing(context))
    erased(context)
    raw = query(context.engine, "select raw from silver.quarantine")
    assert raw == [("536365,85123A,LANTERN,-6,2.55,,France,2026-02-01",)]


def test_an_id_longer_than_the_contract_allows_is_erased(context: Context, put: Put) -> None:
    put(sale(customer="x" * 300), sale("536366", OTHER))
    load(refusing_nothing(context))
    erased(context, "x" * 300)
    assert mentions(context.engine, "xxx") == []


def test_a_second_erasure_returns_the_same_certificate(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    assert erased(context) == erased(context, "17850.0", "key-2")


def test_without_a_key_no_customer_is_erased(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    with pytest.raises(Misconfigured, match="set REGULARS_ERASURE_KEY"):
        erased(with_key(context, None))
    assert len(gold(context.engine)) == 1


def test_under_a_second_key_no_customer_is_erased(context: Context, put: Put) -> None:
    put(sale(), sale("536366", OTHER))
    load(context)
    erased(context)
    with pytest.raises(Misconfigured, match="customers were erased under the key"):
        erased(with_key(context, "another key " * 4), OTHER)


def test_an_erasure_fails_when_a_load_takes_too_long(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    with context.engine.begin() as loading:
        lock_shared(loading)
        with pytest.raises(DatabaseUnavailable):
            erase(context.engine, context.settings, "17850", "cli", ErasureTimings(lock_timeout_ms=50))
    assert len(gold(context.engine)) == 1


def test_a_failed_erasure_changes_nothing(context: Context, put: Put) -> None:
    fill(context, put)
    before = everything(context.engine)
    change(
        context.engine, "create function no() returns trigger language plpgsql as 'begin raise exception ''no''; end'"
    )
    change(context.engine, "create trigger no before insert on privacy.erasure execute function no()")
    with pytest.raises(Exception, match="no"):
        erased(context, WHO)
    assert everything(context.engine) == before
