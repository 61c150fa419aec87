"""Causes of changes of custom segments whose condition uses results of the model."""

import pytest
from sqlalchemy import Engine

from app.jobs.context import Context
from tests.loading import change, query
from tests.segments.custom.saving import save
from tests.segments.shop import AS_OF, stock, train
from tests.segments.test_forecasts import BUYERS, TOMORROW, rescored
from tests.segments.test_value_bands import RICHER, refitted

CAUSES = "select distinct custom_cause from segments.customer_change where custom_cause is not null"


@pytest.fixture
def shop(engine: Engine, context: Context) -> Engine:
    """Return a shop with segments by bands and by money, and customers who spend more than the bands were made for."""
    stock(engine, *BUYERS)
    save(engine, "Upper bands", "value >= 'value-07'")
    save(engine, "Big", "monetary > 400")
    train(context)
    stock(engine, *RICHER)
    rescored(engine, AS_OF)
    change(engine, "delete from segments.customer_change")
    return engine


def causes(engine: Engine) -> set[str]:
    return {cause for (cause,) in query(engine, CAUSES)}


def test_a_refit_of_value_bands_is_a_cause_beside_the_customer(shop: Engine, context: Context) -> None:
    refitted(context)
    assert causes(shop) == {"both"}


def test_edges_for_other_days_ahead_are_a_cause_beside_the_customer(shop: Engine) -> None:
    rescored(shop, AS_OF, days=30)
    assert causes(shop) == {"both"}


def test_a_publication_is_a_cause_beside_the_customer_for_results_of_the_model(shop: Engine, context: Context) -> None:
    other = "jsonb_set(forecast, '{money,v}', to_jsonb(cast(forecast #>> '{money,v}' as float8) * 4))"
    change(shop, f"update segments.model set forecast = {other}")  # noqa: S608
    rescored(shop, AS_OF)
    change(shop, "delete from segments.customer_change")
    train(context, AS_OF)
    assert causes(shop) == {"both"}


def test_a_rescore_moves_customers_by_their_own_numbers(shop: Engine) -> None:
    stock(shop, *BUYERS)
    rescored(shop, TOMORROW)
    assert causes(shop) == {"customer"}
