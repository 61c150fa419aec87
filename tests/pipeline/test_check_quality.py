"""Quality checks after ingests and by the schedule, their results, and their alerts."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import SecretStr

from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.check_quality import check_quality
from app.pipeline.failing_checks import read_failing_checks
from app.settings.check_list import FilesDue, Severities
from tests.loading import change, load, query, sale
from tests.pipeline.conftest import Put

ENDPOINT = """
    insert into webhooks.webhook_endpoint (endpoint_id, url, events, scheme, batch)
    values (gen_random_uuid(), 'https://example.com', '{quality.failed,quality.recovered}', 'kmeans', false)
"""


def setting(context: Context, now: datetime | None = None, **changed: Any) -> Context:
    settings = context.settings.model_copy(update=changed)
    return replace(context, settings=settings, clock=(lambda: now) if now else context.clock)


def watching(context: Context, day: int = 3, hour: int = 10) -> Context:
    """The context on a day of February, with files due by nine, and alerts."""
    given = {"files_due": FilesDue.parse("09:00"), "alert_urls": SecretStr("json://127.0.0.1"), "as_of": None}
    return setting(context, datetime(2026, 2, day, hour, tzinfo=UTC), **given)


def check(context: Context) -> None:
    check_quality(context, Run(uuid4(), "check_quality"))


def outcomes(context: Context) -> dict[str, str]:
    found = query(context.engine, "select check_name || item, outcome from quality.check_state")
    return dict(found)


def results(context: Context, name: str) -> list[str]:
    found = "select outcome from quality.check_result where check_name = :name order by checked_at"
    return [outcome for (outcome,) in query(context.engine, found, name=name)]


def alerts(context: Context) -> list[tuple[Any, ...]]:
    return query(context.engine, "select check_name, source, kind from quality.alert order by alert_id")


def test_an_ingest_records_a_result_of_every_check(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    assert outcomes(context) == {
        "freshness": "no_data",
        "volume": "no_data",
        "revenue": "no_data",
        "blank_share": "no_data",
        "columns": "no_data",
        "customer_share": "no_data",
        "future_dates": "ok",
        "repeated_invoices": "ok",
    }


def test_an_ingest_that_changes_nothing_records_none(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    load(context)
    assert results(context, "volume") == ["no_data"]


def test_equal_results_of_the_schedule_are_not_recorded(context: Context) -> None:
    check(context)
    check(context)
    assert results(context, "freshness") == ["no_data"]


def test_a_check_that_is_off_has_no_result(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    load_again = setting(context, quality_checks=Severities.parse("volume=off"))
    check(load_again)
    assert "volume" not in outcomes(context)


def test_a_file_that_does_not_come_is_alerted_once_and_its_arrival_told(context: Context, put: Put) -> None:
    put(sale(), day="2026-02-01")
    load(watching(context, 2))
    check(watching(context, 3, hour=8))
    assert (outcomes(context)["freshness"], alerts(context)) == ("ok", [])
    check(watching(context, 3))
    check(watching(context, 4))
    assert alerts(context) == [("freshness", "sales", "failed")]
    for day in ("2026-02-02", "2026-02-03"):
        put(sale(f"53636{day[-1]}", day=day), day=day)
    load(watching(context, 4))
    assert alerts(context) == [("freshness", "sales", "failed"), ("freshness", "sales", "recovered")]
    assert results(context, "freshness") == ["ok", "fail", "fail", "ok"]


def test_a_failed_check_is_an_event_once(context: Context, put: Put) -> None:
    change(context.engine, ENDPOINT)
    put(sale(), day="2026-02-01")
    load(watching(context, 2))
    check(watching(context, 3))
    check(watching(context, 5))
    ((event,),) = query(context.engine, "select data from webhooks.webhook_event where type = 'quality.failed'")
    assert (event["check"], event["source"], event["day"]) == ("freshness", "sales", "2026-02-02")


def test_a_recovered_check_is_an_event(context: Context, put: Put) -> None:
    change(context.engine, ENDPOINT)
    put(sale(), day="2026-02-01")
    load(watching(context, 3))
    put(sale("536362", day="2026-02-02"), day="2026-02-02")
    load(watching(context, 3))
    ((event,),) = query(context.engine, "select data from webhooks.webhook_event where type = 'quality.recovered'")
    assert (event["check"], event["source"]) == ("freshness", "sales")


def test_a_check_without_data_has_not_recovered(context: Context, put: Put) -> None:
    put(sale(), day="2026-02-01")
    load(watching(context, 5))
    check(setting(watching(context, 5), files_due=FilesDue()))
    assert (outcomes(context)["freshness"], len(alerts(context))) == ("no_data", 1)
    check(watching(context, 6))
    assert len(alerts(context)) == 1


def test_a_failed_check_that_is_switched_off_has_recovered(context: Context, put: Put) -> None:
    put(sale(), day="2026-02-01")
    load(watching(context, 5))
    check(setting(watching(context, 5), quality_checks=Severities.parse("freshness=off")))
    assert [kind for *_, kind in alerts(context)] == ["failed", "recovered"]


def test_a_warning_is_no_alert(context: Context, put: Put) -> None:
    put(sale(), day="2026-02-01")
    load(setting(watching(context, 5), quality_checks=Severities.parse("freshness=warn")))
    assert (outcomes(context)["freshness"], alerts(context)) == ("warn", [])


def test_without_a_receiver_no_alert_is_queued(context: Context, put: Put) -> None:
    put(sale(), day="2026-02-01")
    load(setting(watching(context, 5), alert_urls=None))
    assert (outcomes(context)["freshness"], alerts(context)) == ("fail", [])


def test_the_volume_is_compared_with_the_weeks_before(context: Context, put: Put) -> None:
    for day in ("2026-01-04", "2026-01-11", "2026-01-18", "2026-01-25"):
        put(*(sale(f"5{n:02}1{day[-2:]}", f"{n}", day=day) for n in range(20)), day=day)
    load(context)
    put(sale("536399", day="2026-02-01"), day="2026-02-01")
    load(context)
    columns = "outcome, day, value, expected_low, expected_high"
    found = query(context.engine, f"select {columns} from quality.check_state where check_name = 'volume'")  # noqa: S608
    assert found == [("warn", date(2026, 2, 1), 1, 12, 28)]
    assert outcomes(context)["revenue"] == "warn"


def test_a_lost_column_and_blank_values_are_found(context: Context, put: Put, folder: Path) -> None:
    for day in range(1, 6):
        put(*(sale(f"5363{day}{n}", f"{n}", day=f"2026-02-0{day}") for n in range(4)), day=f"2026-02-0{day}")
    load(context)
    header, row = "Invoice,StockCode,Quantity,Price,Customer ID,InvoiceDate", "536399,85123A,6,2.55,,2026-02-06"
    put(day="2026-02-06", content=f"{header}\n{row}\n".encode())
    load(context)
    found = outcomes(context)
    assert (found["columns"], found["blank_sharecustomer_id"], found["blank_sharecountry"]) == ("fail", "warn", "warn")
    assert found["blank_sharequantity"] == "ok"


def test_an_invoice_in_two_files_is_found_until_it_is_corrected(context: Context, put: Put) -> None:
    put(sale(), day="2026-02-01")
    put(sale(), sale("536303"), day="2026-02-02")
    load(context)
    assert outcomes(context)["repeated_invoices"] == "warn"
    put(sale("536302"), day="2026-02-02")
    load(context)
    assert outcomes(context)["repeated_invoices"] == "ok"


def test_the_status_names_failing_checks(context: Context, put: Put) -> None:
    put(sale(), day="2026-02-01")
    load(watching(context, 4))
    with context.engine.connect() as connection:
        (found,) = read_failing_checks(connection)
    assert (found.check, found.source, found.outcome) == ("freshness", "sales", "fail")
    assert found.message.startswith("no file was loaded for 2026-02-02, 2026-02-03, due by 09:00")
