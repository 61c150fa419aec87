"""A duplicate takes over the rows of the file that it duplicates when that file is superseded."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app.jobs.context import Context
from tests import contracts
from tests.loading import BAD, change, load, query, sale

Put = Callable[..., Path]
ACTIVE = "select key from pipeline.source_file where state in ('loaded', 'empty', 'source_missing') order by key"


def with_dates(context: Context, date_format: str) -> Context:
    return replace(
        context, settings=context.settings.model_copy(update={"contract": contracts.with_dates(date_format)})
    )


def test_a_promoted_duplicate_is_not_validated_by_a_newer_date_format(context: Context, put: Put) -> None:
    put(sale("500001"), name="1.csv")
    put(sale("500002"), name="2.csv")
    load(context)
    put(sale("500002"), name="1.csv")
    load(context)
    put(sale("500003", day="01/02/2026"), name="2.csv")
    load(with_dates(context, "%d/%m/%Y"))
    assert [key[-5:] for (key,) in query(context.engine, ACTIVE)] == ["1.csv", "2.csv"]


MEASURED = """
    select p.layer, p.rows, p.money, (select sum(e.failed) from quality.expectation_results as e where e.file_id = f.id)
    from pipeline.source_file as f
    inner join quality.file_profile as p on p.file_id = f.id
    where f.state = 'loaded' and f.key like '%/2.csv'
    order by p.layer
"""


def test_a_promoted_duplicate_has_the_measurements_of_rows_that_expired(context: Context, put: Put) -> None:
    for name in ("1.csv", "2.csv"):
        put(sale(), sale(), BAD, name=name)
    load(context)
    change(context.engine, "delete from bronze.sales_row")
    put(sale("500002"), name="1.csv")
    load(context)
    measured = [(layer, rows, str(money), failed) for layer, rows, money, failed in query(context.engine, MEASURED)]
    assert measured == [("bronze", 3, "45.90", 1), ("silver", 2, "30.60", 1)]
