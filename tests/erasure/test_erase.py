"""Erasure: what is deleted, redacted and counted afterwards."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import event

from app.erasure.purge import purge
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.retention import delete_expired
from app.segments.model.segment_table.table import SegmentTable
from app.segments.summaries import write_summaries
from tests.erasure.erasing import erased, measured_again, mentions, totals
from tests.erasure.filling import OTHER, WHO, Put, fill, train
from tests.loading import FROM_SCRATCH, change, everything, gold, load, query, sale
from tests.segments.shop import states_of_run

FEED = "segments.customer_change"


def test_only_the_feed_entry_is_left_in_any_table(context: Context, put: Put) -> None:
    fill(context, put)
    erased(context, WHO)
    assert mentions(context.engine, WHO) == [FEED]


def test_the_forecast_is_deleted_and_subtracted_from_the_sums(context: Context, put: Put) -> None:
    fill(context, put)
    forecast = "insert into segments.customer_forecast select customer_id, 1, 10, 0.5 from segments.customer_segment"
    change(context.engine, forecast, "update segments.segment_summary set clv = 10 * customers where customers > 0")
    erased(context, WHO)
    left = "select count(*) from segments.customer_forecast where customer_id = :who"
    sums = "select clv = 10 * customers from segments.segment_summary as s join segments.current_run using (run_id)"
    assert query(context.engine, left, who=WHO) == [(0,)]
    assert {row[0] for row in query(context.engine, f"{sums} where clv is not null")} == {True}


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
            write_summaries(connection, run_id, SegmentTable.load())
    assert (len(runs), after == before, after) == (2, False, summaries(context))


def test_the_current_runs_summaries_do_not_wait_for_the_purge(context: Context, put: Put) -> None:
    fill(context, put)
    erased(context, WHO)
    counted = "select sum(customers) from segments.cluster_summary inner join segments.current_run using (run_id)"
    assert query(context.engine, counted) == [(1,)]


def test_an_erasure_runs_no_more_statements_after_more_training_runs(context: Context, put: Put) -> None:
    put(*(sale(f"53636{number}", f"{number}") for number in range(3)))
    load(context)
    executed: list[str] = []
    event.listen(context.engine, "before_cursor_execute", lambda *given: executed.append(given[2]))
    numbers = []
    for customer, more_runs in (("0", 2), ("1", 3)):
        for _ in range(more_runs):
            train(context)
        executed.clear()
        erased(context, customer)
        numbers.append(len(executed))
    assert numbers[0] == numbers[1]


def summaries(context: Context) -> list[list[str]]:
    return [everything(context.engine)[f"segments.{each}_summary"] for each in ("cluster", "segment")]


def test_before_an_erasure_every_table_names_the_customer(context: Context, put: Put) -> None:
    fill(context, put)
    assert mentions(context.engine, WHO) == [
        "bronze.sales_row",
        "gold.customer_invoice",
        "gold.customer_rfm",
        "segments.customer_change",
        "segments.customer_segment",
        "segments.customer_segment_history",
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


def test_the_money_of_an_erased_customer_has_no_customer(context: Context, put: Put) -> None:
    fill(context, put, trains=False)
    before = money(context)
    erased(context, WHO)
    after = money(context)
    assert (sum(after.values()), after["counted"] < before["counted"]) == (sum(before.values()), True)


def money(context: Context) -> dict[str, Any]:
    return dict(query(context.engine, "select outcome, sum(money) from quality.file_money group by 1"))


def test_an_erased_customer_is_no_example_of_a_warning(context: Context, put: Put) -> None:
    put(sale("536360", "Guest"), sale("536361", "NULL"))
    load(context)
    erased(context, "Guest")
    assert query(context.engine, "select examples from quality.data_warning") == [(["NULL"],)]


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
        "select run_id, scheme, sum(customers), sum(revenue) from segments.segment_summary "
        "where scheme <> 'value' group by 1, 2 order by 1, 2",
    )
    counted = [
        (run_id, scheme, len(found), sum(row[5] for row in found))
        for run_id in dict.fromkeys(row[0] for row in summed)
        for found in [states_of_run(context.engine, run_id)]
        for scheme in ("kmeans", "rfm", "rules")
    ]
    assert (len(summed), summed) == (6, counted)


def test_states_of_superseded_runs_are_erased(context: Context, put: Put) -> None:
    fill(context, put)
    (first, _) = query(context.engine, "select run_id from segments.revision order by revision")
    before = {row[0] for row in states_of_run(context.engine, *first)}
    erased(context, WHO)
    assert (before, {row[0] for row in states_of_run(context.engine, *first)}) == ({WHO, OTHER}, {OTHER})


def test_summaries_of_superseded_runs_are_stale_until_the_purge(context: Context, put: Put) -> None:
    fill(context, put)
    (first, _) = query(context.engine, "select run_id from segments.revision order by revision")
    erased(context, WHO)
    stale = "select run_id from segments.stale_summary"
    before = query(context.engine, stale)
    purge(context, Run(uuid4(), "purge"))
    assert (before, query(context.engine, stale)) == ([first], [])


def test_a_later_training_does_not_know_the_customer(context: Context, put: Put) -> None:
    fill(context, put)
    erased(context, WHO)
    train(context)
    assert (mentions(context.engine, WHO), len(gold(context.engine))) == ([FEED], 1)
