"""Erasure of webhook events, deliveries and their responses."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.retrain import retrain
from tests.erasure.erasing import erased, mentions
from tests.loading import change, load, query, sale
from tests.receiver import receiving
from tests.webhooks.sending import deliver, endpoint

Put = Callable[..., Path]
WHO = "1785000042"


@pytest.fixture
def delivered(context: Context, put: Put) -> Context:
    """Return a shop whose events, webhook answers and rejected files name the customer."""
    with receiving() as receiver:
        endpoint(context.engine, receiver.url)
        put(sale(customer=WHO), sale("536366", "A", quantity=9))
        put(content=f"{sale(customer=WHO)}\n".encode(), day="2026-02-02")
        load(context)
        change(context.engine, "update pipeline.freshness set gate_reason = null")
        retrain(context, Run(uuid4(), "retrain"), context.settings.today)
        deliver(context.engine)
    change(context.engine, "update webhooks.webhook_delivery set response_body = 'thanks for 1785000042'")
    return context


def test_events_and_answers_are_cleared(delivered: Context) -> None:
    assert {"webhooks.webhook_event", "webhooks.webhook_delivery"} <= set(mentions(delivered.engine, WHO))
    erased(delivered, WHO)
    assert mentions(delivered.engine, WHO) == ["segments.customer_change"]


def test_events_about_other_customers_stay(delivered: Context) -> None:
    erased(delivered, WHO)
    assert query(delivered.engine, "select distinct customer_id from webhooks.webhook_event order by 1") == [
        ("A",),
        (None,),
    ]
