"""Value bands of customers: assigned by expected spend and edges that stay until they are refitted."""

from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from sqlalchemy import Engine

from app.errors import ModelConflict
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.champion import roll_back
from app.pipeline.refit_value import refit_value
from app.segments.model.segment_table.table import SegmentTable
from app.segments.model.value_bands import BANDS
from app.segments.revisions import newest_revision
from app.segments.transitions import Comparison, count_transitions
from tests.loading import change, query
from tests.segments.shop import AS_OF, SHOP, stock, train
from tests.segments.test_forecasts import BUYERS, LATER, TOMORROW, assigned, rescored

EDGES = "select edges_id, revision, as_of, days, edges, customers, cause from segments.value_edges order by edges_id"
BANDS_OF = "select customer_id, value from segments.customer_segment order by customer_id"
SPEND = """
    select s.customer_id, f.clv, s.value from segments.customer_segment as s
    inner join segments.customer_forecast as f using (customer_id)
"""
MOVES = "select value_cause from segments.customer_change where change_id > :after and value_cause is not null"
NEWEST = "select coalesce(max(change_id), 0) from segments.customer_change"
RICHER = [{**row, "monetary": row["monetary"] * 10} for row in BUYERS]


@pytest.fixture
def shop(engine: Engine, context: Context) -> Engine:
    """Return a shop with a current run, a forecast and value bands."""
    stock(engine, *BUYERS)
    train(context)
    return engine


def refitted(context: Context, as_of: date = AS_OF) -> list[str]:
    """Refit the bands; return the causes of the changes."""
    ((after,),) = query(context.engine, NEWEST)
    refit_value(context, Run(uuid4(), "refit_value"), as_of)
    return [cause for (cause,) in query(context.engine, MOVES, after=after)]


def expected_bands(engine: Engine) -> dict[str, str]:
    edges = [float(edge) for edge in query(engine, EDGES)[-1][4]]
    bands = {each: np.searchsorted(edges, float(clv), side="right") for each, clv, _ in query(engine, SPEND)}
    return {each: f"value-{BANDS - len(edges) + band:02}" for each, band in bands.items()}


def test_the_first_publication_with_a_forecast_measures_the_edges(shop: Engine) -> None:
    ((_, revision, as_of, days, edges, customers, cause),) = query(shop, EDGES)
    assert (revision, as_of, days, customers, cause) == (1, AS_OF, 90, len(BUYERS), "first")
    assert (len(edges), edges) == (BANDS - 1, sorted(set(edges)))


def test_a_customer_is_in_the_band_of_their_expected_spend(shop: Engine) -> None:
    assert dict(query(shop, BANDS_OF)) == expected_bands(shop)


def test_edges_stay_after_a_training_with_other_sales(shop: Engine, context: Context) -> None:
    before = query(shop, EDGES)
    stock(shop, *RICHER)
    train(context, TOMORROW)
    assert query(shop, EDGES) == before
    assert dict(query(shop, BANDS_OF)) == expected_bands(shop)


def test_a_customer_who_buys_is_in_a_higher_band_after_an_assignment(shop: Engine) -> None:
    ((lowest, before),) = query(shop, "select customer_id, value from segments.customer_segment order by value limit 1")
    (row,) = (row for row in BUYERS if row["customer_id"] == lowest)
    stock(shop, {**row, "last_invoice_date": AS_OF, "frequency": row["frequency"] + 1, "monetary": 9_000})
    assigned(shop)
    assert dict(query(shop, BANDS_OF))[lowest] > before
    assert dict(query(shop, BANDS_OF)) == expected_bands(shop)


def test_a_move_by_the_customers_own_numbers_has_the_cause_customer(shop: Engine) -> None:
    ((after,),) = query(shop, NEWEST)
    rescored(shop, LATER)
    assert {cause for (cause,) in query(shop, MOVES, after=after)} == {"customer"}


def test_a_move_by_another_forecast_has_the_cause_model(shop: Engine, context: Context) -> None:
    other = "jsonb_set(forecast, '{money,v}', to_jsonb(cast(forecast #>> '{money,v}' as float8) * 4))"
    change(shop, f"update segments.model set forecast = {other}")  # noqa: S608
    rescored(shop, AS_OF)
    ((after,),) = query(shop, NEWEST)
    train(context, AS_OF)
    assert {cause for (cause,) in query(shop, MOVES, after=after)} == {"model"}


def test_a_refit_measures_other_edges(shop: Engine, context: Context) -> None:
    stock(shop, *RICHER)
    refitted(context)
    first, second = query(shop, EDGES)
    assert second[4] > first[4]
    assert (second[6], dict(query(shop, BANDS_OF))) == ("refit", expected_bands(shop))


def test_changes_by_a_refit_have_the_cause_model(shop: Engine, context: Context) -> None:
    stock(shop, *RICHER)
    rescored(shop, AS_OF)
    assert Counter(refitted(context)).keys() == {"model"}


def test_a_refit_without_other_sales_changes_no_band(shop: Engine, context: Context) -> None:
    assert refitted(context) == []


def test_transitions_over_a_refit_have_the_cause_model(shop: Engine, context: Context) -> None:
    stock(shop, *RICHER)
    rescored(shop, AS_OF)
    with shop.connect() as connection:
        before = newest_revision(connection)
    refitted(context, TOMORROW)
    with shop.connect() as connection:
        after = newest_revision(connection)
        assert before is not None
        assert after is not None
        cells = count_transitions(connection, Comparison(before, after, "value"), SegmentTable.load())
    assert "model" in {cause for cell in cells for cause in cell.causes}


def test_other_days_ahead_need_other_edges(shop: Engine) -> None:
    rescored(shop, AS_OF, days=30)
    assert [row[6] for row in query(shop, EDGES)] == ["first", "horizon"]
    assert dict(query(shop, BANDS_OF)) == expected_bands(shop)


def test_a_rescore_for_the_same_days_keeps_the_edges(shop: Engine) -> None:
    rescored(shop, LATER)
    assert len(query(shop, EDGES)) == 1


def test_a_roll_back_keeps_the_edges(shop: Engine, context: Context) -> None:
    train(context, TOMORROW)
    roll_back(context, Run(uuid4(), "roll_back"), UUID(int=0))
    assert len(query(shop, EDGES)) == 1
    assert dict(query(shop, BANDS_OF)) == expected_bands(shop)


def test_with_too_little_data_no_customer_has_a_band(engine: Engine, context: Context) -> None:
    stock(engine, *SHOP)
    train(context)
    assert {value for _, value in query(engine, BANDS_OF)} == {None}


def test_a_refit_without_a_forecast_is_refused(engine: Engine, context: Context) -> None:
    stock(engine, *SHOP)
    train(context)
    with pytest.raises(ModelConflict, match="too little data: 51 customers"):
        refitted(context)


def test_a_refit_before_a_model_is_published_is_refused(context: Context) -> None:
    with pytest.raises(ModelConflict, match="train first"):
        refitted(context)


def test_a_refit_says_the_edges_before_and_after(shop: Engine, context: Context) -> None:
    stock(shop, *RICHER)
    found = refit_value(context, Run(uuid4(), "refit_value"), AS_OF)
    assert [list(edges or ()) for edges in (found.before, found.after)] == [row[4] for row in query(shop, EDGES)]


def test_customers_without_a_forecast_of_the_next_model_leave_their_bands(shop: Engine, context: Context) -> None:
    ((after,),) = query(shop, NEWEST)
    change(shop, "delete from gold.customer_rfm where customer_id > 'buyer 098'")
    train(context, AS_OF)
    left: Any = {value for _, value in query(shop, BANDS_OF)}
    assert (left, {cause for (cause,) in query(shop, MOVES, after=after)}) == ({None}, {"model", "gone"})
