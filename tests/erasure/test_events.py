"""What webhooks were told, and answered, goes with the customer."""

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
def told(context: Context, put: Put) -> Context:
    """A published customer, an endpoint that was told of him and said so, and a refused file whose header he is."""
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


def test_bodies_and_answers_are_gone(told: Context) -> None:
    assert {"webhooks.webhook_event", "webhooks.webhook_delivery"} <= set(mentions(told.engine, WHO))
    erased(told, WHO)
    assert mentions(told.engine, WHO) == ["segments.customer_change"]


def test_what_others_were_told_of_stays(told: Context) -> None:
    erased(told, WHO)
    assert query(told.engine, "select distinct customer_id from webhooks.webhook_event order by 1") == [("A",), (None,)]
