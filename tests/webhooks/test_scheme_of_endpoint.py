"""Changes of one scheme for the endpoints that are subscribed to it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.jobs.context import Context
from app.webhooks.tables import ENTERED
from tests.loading import load, query, sale
from tests.segments.shop import stock, train
from tests.segments.test_forecasts import BUYERS
from tests.webhooks.sending import endpoint

EVENTS = "select data ->> 'scheme', data -> 'changes' from webhooks.webhook_event where type like 'customer.%'"


@pytest.mark.parametrize(("batch", "changes"), [(False, [None, None]), (True, [2])])
def test_an_endpoint_of_a_scheme_gets_its_changes_only(
    context: Context, put: Callable[..., Path], batch: bool, changes: list[int | None]
) -> None:
    endpoint(context.engine, "https://crm.example/", events=[ENTERED], scheme="rfm", batch=batch)
    put(sale(customer="A"), sale("536366", "B"))
    load(context)
    train(context)
    assert query(context.engine, EVENTS) == [("rfm", each) for each in changes]


def test_an_endpoint_of_value_bands_gets_the_bands(context: Context) -> None:
    endpoint(context.engine, "https://crm.example/", events=[ENTERED], scheme="value", batch=True)
    stock(context.engine, *BUYERS)
    train(context)
    assert query(context.engine, EVENTS) == [("value", len(BUYERS))]
