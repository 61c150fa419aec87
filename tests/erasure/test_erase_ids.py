"""Erasure: which rows belong to an id."""

import pytest

from app.erasure.erase import erase
from app.jobs.context import Context
from app.jobs.runs import running
from tests.erasure.erasing import erased, mentions
from tests.erasure.filling import OTHER, WHO, Put, fill
from tests.loading import everything, gold, load, query, sale
from tests.pipeline.replaying import rejecting_nothing

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
    load(rejecting_nothing(context))
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
    load(rejecting_nothing(context))
    erased(context)
    raw = query(context.engine, "select raw from silver.quarantine")
    assert raw == [("536365,85123A,LANTERN,-6,2.55,,France,2026-02-01",)]


def test_an_id_longer_than_the_contract_allows_is_erased(context: Context, put: Put) -> None:
    put(sale(customer="x" * 300), sale("536366", OTHER))
    load(rejecting_nothing(context))
    erased(context, "x" * 300)
    assert mentions(context.engine, "xxx") == []
