"""Events that are sent are those of the reference."""

from datetime import timedelta
from typing import Any, get_args

import pytest

from app.api.webhooks import events
from app.db.engine import make_engine
from app.webhooks.outbox import emit_check_failed, emit_check_recovered, emit_quality_failed
from tests.api.conftest import AS_OF, asking, change, train_again
from tests.loading import query

pytestmark = pytest.mark.anyio
ALL = ["customer.segment.entered", "customer.segment.exited", "run.completed", "quality.failed", "quality.recovered"]


async def emitted(url: str) -> dict[str, list[dict[str, Any]]]:
    """The events of a training run that moves customers, a rejected file, the gate and a test, by type."""
    async with asking(url, webhook_allow_private="127.0.0.0/8") as client:
        for batch in (False, True):
            body = {"url": "http://127.0.0.1:9000/", "events": ALL, "scheme": "rules", "batch": batch}
            made = (await client.post("/v1/webhooks", json=body)).json()
        change(url, "update gold.customer_rfm set frequency = 9, monetary = 9999 where customer_id like 'O0%'")
        change(url, "delete from gold.customer_rfm where customer_id = 'R01'")
        train_again(url, AS_OF + timedelta(days=1))
        await client.post(f"/v1/webhooks/{made['endpoint_id']}/test")
    engine = make_engine(url)
    with engine.begin() as connection:
        emit_quality_failed(connection, "too many quarantined rows", source_file="s3://sales/1.csv")
        emit_quality_failed(connection, "too many quarantined rows", data_through=AS_OF)
        emit_check_failed(connection, "volume", "412 rows", source="sales", day=AS_OF)
        emit_check_recovered(connection, "volume", "1,412 rows", source="sales", day=AS_OF)
    rows = query(engine, "select type, created_at, data from webhooks.webhook_event")
    engine.dispose()
    found: dict[str, list[dict[str, Any]]] = {}
    for name, created_at, data in rows:
        found.setdefault(name, []).append({"type": name, "timestamp": created_at, "data": data})
    return found


async def test_events_are_those_of_the_reference(own_shop: str) -> None:
    found = await emitted(own_shop)
    models = {get_args(model.model_fields["type"].annotation)[0]: model for model in events.EVENTS}
    assert found.keys() == models.keys()
    for name, examples in found.items():
        for event in examples:
            shown = models[name].model_validate(event).model_dump(mode="json")
            assert shown["data"].keys() == event["data"].keys()
