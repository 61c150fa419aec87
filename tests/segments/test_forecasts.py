"""Forecasts of customers: fitted in a training, written for customers whenever they are assigned."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from sqlalchemy import Engine

from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.champion import roll_back
from app.pipeline.rescore import rescore_customers
from app.pipeline.retrain import retrain
from app.segments.assign import assign
from app.segments.forecasts import NOT_FITTED, NOT_WRITTEN, days_and_reason, fit_forecast
from app.segments.model.clv.histories import Histories
from app.segments.model.clv.value import ValueModel
from app.segments.model.segment_table.table import SegmentTable
from app.segments.rfm import TrainingFeatures
from app.settings import Settings
from tests.conftest import NOW
from tests.loading import change, query
from tests.segments.shop import AS_OF, SHOP, customer, stock, train

TOMORROW, LATER = AS_OF + timedelta(days=1), AS_OF + timedelta(days=30)
FORECASTS = "select * from segments.customer_forecast order by customer_id"
REGISTERED = "select forecast from segments.model order by trained_at, run_id"
SUMS = """
    select s.slug, s.clv, (
        select sum(f.clv) from segments.customer_segment as c join segments.customer_forecast as f using (customer_id)
        where s.slug = to_jsonb(c) ->> s.scheme
    )
    from segments.segment_summary as s where s.customers > 0
"""


def buyer(number: int) -> dict[str, Any]:
    """Return a row of gold: one of 120 customers who ordered twice or more in 100 days."""
    row = customer(f"buyer {number:03}", number * 7 % 40, 2 + number % 5, 50 + number * 3.5)
    return {**row, "first_invoice_date": row["last_invoice_date"] - timedelta(days=5 + number % 55)}


BUYERS = [buyer(number) for number in range(120)]


@pytest.fixture
def shop(engine: Engine, context: Context) -> Engine:
    """Return a shop with a current run and a forecast."""
    stock(engine, *BUYERS)
    train(context)
    return engine


def stable(context: Context) -> Context:
    return Context(context.engine, context.settings.model_copy(update={"model_policy": "stable"}), clock=context.clock)


def rescored(engine: Engine, as_of: date, days: int = 90) -> None:
    context = Context(engine, Settings(as_of=as_of, forecast_days=days), clock=lambda: NOW)
    rescore_customers(context, Run(uuid4(), "rescore"), as_of)


def assigned(engine: Engine, as_of: date = TOMORROW) -> None:
    with engine.begin() as connection:
        assign(connection, as_of, SegmentTable.load(), NOW)


def of(engine: Engine, customer_id: str) -> tuple[Any, ...]:
    (row,) = (row for row in query(engine, FORECASTS) if row[0] == customer_id)
    return tuple(row)


def test_a_forecast_is_that_of_the_registered_model(shop: Engine) -> None:
    model = ValueModel.from_json(query(shop, REGISTERED)[0][0])
    row = BUYERS[7]
    days = [(AS_OF - row[name]).days for name in ("last_invoice_date", "first_invoice_date")]
    rfm = np.array([[days[0], row["frequency"], row["monetary"]]], dtype=np.float64)
    expected = model.forecast(Histories.from_rfm(rfm, np.array([days[1]], dtype=np.float64)), 90)
    _, purchases, clv, p_buys, _, next_order = of(shop, row["customer_id"])
    assert (purchases, float(clv), p_buys) == pytest.approx(
        (expected.purchases[0], expected.spend[0], expected.p_buys[0]), abs=0.006
    )
    assert next_order == AS_OF + timedelta(days=int(np.ceil(expected.next_order[0])))


def test_every_customer_has_a_forecast(shop: Engine) -> None:
    assert [row[0] for row in query(shop, FORECASTS)] == [row["customer_id"] for row in BUYERS]


def test_with_too_little_data_the_reason_is_registered(engine: Engine, context: Context) -> None:
    stock(engine, *SHOP)
    train(context)
    assert query(engine, REGISTERED)[0][0] == {
        "reason": "too little data: 51 customers ordered twice or more, 100 are needed"
    }


def test_a_rescore_writes_the_forecasts_of_a_later_day(shop: Engine) -> None:
    before = of(shop, "buyer 007")
    rescored(shop, LATER)
    assert of(shop, "buyer 007")[3] < before[3]


def test_a_rescore_takes_the_days_ahead_of_the_settings(shop: Engine) -> None:
    before = of(shop, "buyer 007")
    rescored(shop, AS_OF, days=30)
    assert of(shop, "buyer 007")[1] < before[1]


def test_an_assignment_takes_the_days_ahead_of_the_last_rescore(shop: Engine) -> None:
    rescored(shop, AS_OF, days=1)
    stock(shop, {**BUYERS[7], "monetary": 9_000})
    assigned(shop)
    assert of(shop, "buyer 007")[3] < 0.2


def test_an_assignment_writes_the_forecasts_of_changed_customers_only(shop: Engine) -> None:
    before = query(shop, FORECASTS)
    stock(shop, {**BUYERS[7], "monetary": 9_000})
    assigned(shop)
    changed = [one[0] for one, other in zip(query(shop, FORECASTS), before, strict=True) if one != other]
    assert changed == ["buyer 007"]


def test_a_customer_who_is_no_longer_segmented_loses_the_forecast(shop: Engine) -> None:
    change(shop, "delete from gold.customer_rfm where customer_id = 'buyer 007'")
    assigned(shop)
    assert "buyer 007" not in {row[0] for row in query(shop, FORECASTS)}


@pytest.mark.parametrize("as_of", [AS_OF, LATER])
def test_the_sum_of_a_segment_is_that_of_its_customers(shop: Engine, as_of: date) -> None:
    rescored(shop, as_of)
    assert [slug for slug, clv, expected in query(shop, SUMS) if clv != expected] == []


def test_a_day_has_the_sum_of_its_segments(shop: Engine) -> None:
    found = "select sum(d.clv) = sum(s.clv) from segments.segment_day as d join segments.segment_summary as s"
    assert query(shop, f"{found} using (scheme, slug, run_id)")[0][0]


def test_a_superseded_run_has_no_sums(shop: Engine, context: Context) -> None:
    train(context, TOMORROW)
    found = query(shop, "select run_id from segments.segment_summary where clv is not null group by run_id")
    assert [run_id for (run_id,) in found] == [UUID(int=1)]


def test_a_champion_without_a_forecast_gets_that_of_its_challenger(engine: Engine, context: Context) -> None:
    stock(engine, *BUYERS[:99])
    retrain(stable(context), Run(UUID(int=1), "retrain"), AS_OF)
    stock(engine, *BUYERS)
    challenger = retrain(stable(context), Run(UUID(int=2), "retrain"), TOMORROW)
    rescored(engine, TOMORROW)
    assert (challenger.outcome, len(query(engine, FORECASTS))) == ("not_published", len(BUYERS))


def test_customers_are_forecast_by_the_model_that_is_published_again(shop: Engine, context: Context) -> None:
    before = query(shop, FORECASTS)
    stock(shop, *({**row, "frequency": row["frequency"] * 3} for row in BUYERS))
    train(context, AS_OF)
    stock(shop, *BUYERS)
    roll_back(context, Run(uuid4(), "roll_back"), UUID(int=0))
    assert query(shop, FORECASTS) == before


@pytest.mark.parametrize("forecast", [None, {"purchases": {}, "money": {}}])
def test_without_forecasts_of_customers_there_is_a_reason(forecast: dict[str, Any] | None) -> None:
    assert days_and_reason(forecast) == (None, NOT_FITTED if forecast is None else NOT_WRITTEN)


def test_equal_customers_at_any_number_have_a_finite_forecast() -> None:
    """The likelihood of customers who all ordered on the same two days has its maximum at infinity."""
    same = np.tile([10.0, 2.0, 20.0], (120, 1)), np.full(120, 70.0)
    model = ValueModel.from_json(fit_forecast(TrainingFeatures(*same, np.zeros(120, dtype=np.int16)), 42))
    found = model.forecast(Histories.from_rfm(*same))
    assert np.isfinite([found.purchases, found.spend, found.p_buys]).all()


def test_a_sample_of_many_customers_is_drawn_by_the_seed() -> None:
    histories = Histories(*(np.arange(100.0) for _ in range(4)))
    assert (
        histories.sample(10, 1).x.tolist() == histories.sample(10, 1).x.tolist() != histories.sample(10, 2).x.tolist()
    )


def test_the_probability_of_being_alive_needs_a_second_order(shop: Engine) -> None:
    much_dropout = """'{"r": 1, "alpha": 30, "a": 1, "b": 3, "log_likelihood": 0}'"""
    change(shop, f"update segments.model set forecast = jsonb_set(forecast, '{{purchases}}', {much_dropout})")  # noqa: S608
    stock(shop, customer("once", 30, 1, 50), buyer(7))
    assigned(shop)
    assert [of(shop, each)[4] is None for each in ("once", "buyer 007")] == [True, False]
