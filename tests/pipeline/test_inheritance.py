"""A duplicate takes over the rows of the file that it duplicates when that file is superseded."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app.jobs.context import Context
from tests import contracts
from tests.loading import load, query, sale

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
