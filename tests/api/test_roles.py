"""Least-privilege role of the API, as docs/operations.md sets it up: every operation works."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import make_url

from app.access import api_keys
from app.db.engine import make_engine
from app.exports.export import export
from app.exports.request import ExportRequest
from app.jobs.context import Context
from app.jobs.runs import running
from app.main import create_app
from app.pipeline.report import report
from app.settings import Settings
from tests.api.conftest import AS_OF, asking, challenge, train_again
from tests.contracts import written
from tests.loading import query

pytestmark = pytest.mark.anyio
DOCS = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
GRANTS = [
    block for block in re.findall(r"^```sql\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL) if "regulars_api" in block
]
ERASURE_KEY = "a-key-for-tests-of-erasures-0123456789"
PASSWORD = "secret"  # noqa: S105  # of a role that lives as long as a test
WEBHOOK = {"url": "http://127.0.0.1:9999/", "events": ["run.completed", "customer.segment.exited"]}
CUSTOM = {"name": "Big", "condition": "monetary > 10"}


@dataclass(frozen=True)
class Request:
    """A request, the status of its response, and the fields of the response that later requests use."""

    operation: str
    query: str = ""
    body: Any = None
    status: int = 200
    saves: Mapping[str, str] = field(default_factory=dict)


REQUESTS = (
    Request("GET /health/live"),
    Request("GET /health/ready"),
    Request("GET /v1/status"),
    Request("GET /v1/customers", "?limit=1"),
    Request("GET /v1/customers", "?email=nobody@shop.example"),
    Request("GET /v1/customers/{customer_id}"),
    Request("GET /v1/customers/{customer_id}/segment"),
    Request("GET /v1/customers/{customer_id}/history"),
    Request("GET /v1/customers/{customer_id}/explanation"),
    Request("GET /v1/customers/{customer_id}/orders"),
    Request("GET /v1/customers/sample", "?size=10"),
    Request("POST /v1/customers/lookup", body={"customer_ids": ["R01", "unknown"]}),
    Request("POST /v1/customers/lookup", body={"by": "email", "values": ["nobody@shop.example"]}),
    Request("POST /v1/score", body={"recency": 1, "frequency": 2, "monetary": "3.00"}),
    Request("GET /v1/unsegmented-customers"),
    Request("GET /v1/changes", "?after=1"),
    Request("GET /v1/transitions"),
    Request("GET /v1/transitions/moves"),
    Request("GET /v1/segments"),
    Request("GET /v1/segments/{slug}"),
    Request("GET /v1/segments/{slug}/customers"),
    Request("GET /v1/segments/{slug}/distribution"),
    Request("GET /v1/custom-segment-columns"),
    Request("POST /v1/custom-segments/preview", body={"condition": "monetary > 10 and recency_score > 1"}),
    Request("POST /v1/custom-segments", body=CUSTOM, status=201, saves={"slug": "slug"}),
    Request("GET /v1/custom-segments"),
    Request("GET /v1/custom-segments/{slug}"),
    Request("PUT /v1/custom-segments/{slug}", body={"condition": "monetary > 20"}),
    Request("DELETE /v1/custom-segments/{slug}"),
    Request("GET /v1/clusters", saves={"cluster": "data.0.cluster"}),
    Request("GET /v1/clusters/{cluster}/distribution"),
    Request("GET /v1/clusters/history"),
    Request("GET /v1/recommendations"),
    Request("GET /v1/models", saves={"run_id": "data.2.run_id"}),
    Request("POST /v1/models/{run_id}/roll-back", status=202),
    Request("GET /v1/models", "?limit=1", saves={"run_id": "data.0.run_id"}),
    Request("GET /v1/models/current"),
    Request("GET /v1/value-edges"),
    Request("POST /v1/value-edges", status=409),
    Request("GET /v1/models/{model}/report"),
    Request("GET /v1/models/{run_id}"),
    Request("POST /v1/models/{run_id}/promote", status=202),
    Request("POST /v1/models/{run_id}/discard"),
    Request("GET /v1/trends/segments"),
    Request("GET /v1/lineage"),
    Request("GET /v1/lineage/customers/{customer_id}"),
    Request("GET /v1/trends/sales"),
    Request("GET /v1/trends/countries"),
    Request("GET /v1/cohorts"),
    Request("GET /v1/contract"),
    Request("GET /v1/quality/checks"),
    Request("GET /v1/quality/check-results"),
    Request("GET /v1/quality/bronze-daily"),
    Request("GET /v1/quality/layer-comparison"),
    Request("GET /v1/quality/daily-counts"),
    Request("GET /v1/quality/daily-expectations"),
    Request("GET /v1/quality/expectations"),
    Request("GET /v1/quality/quarantine"),
    Request("GET /v1/quality/money"),
    Request("GET /v1/quality/warnings"),
    Request("GET /v1/files"),
    Request("GET /v1/exports/customers"),
    Request("GET /v1/exports", saves={"export_id": "data.0.export_id"}),
    Request("GET /v1/exports/{export_id}"),
    Request("POST /v1/webhooks", body=WEBHOOK, status=201, saves={"endpoint_id": "endpoint_id"}),
    Request("GET /v1/webhooks"),
    Request("GET /v1/webhooks/{endpoint_id}"),
    Request("PATCH /v1/webhooks/{endpoint_id}", body={"batch": False, "state": "active"}),
    Request("POST /v1/webhooks/{endpoint_id}/rotate-secret"),
    Request("POST /v1/webhooks/{endpoint_id}/test", status=202, saves={"delivery_id": "delivery_id"}),
    Request("GET /v1/webhooks/{endpoint_id}/deliveries"),
    Request("GET /v1/webhooks/{endpoint_id}/deliveries/{delivery_id}"),
    Request("POST /v1/webhooks/{endpoint_id}/deliveries/{delivery_id}/redeliver", status=202),
    Request("POST /v1/exports", body={"format": "csv"}, status=202),
    Request("POST /v1/quality/quarantine/replay", body={"all": True}, status=202),
    Request("POST /v1/quality/quarantine/discard", body={"all": True}, status=202),
    Request("POST /v1/runs", body={"job": "retrain"}, status=202, saves={"run_id": "run_id"}),
    Request("GET /v1/runs"),
    Request("GET /v1/runs/{run_id}"),
    Request("POST /v1/runs/{run_id}/cancel", status=202),
    Request("DELETE /v1/customers/{customer_id}", saves={"erasure_id": "erasure_id"}),
    Request("GET /v1/erasures", saves={"certificate": "data.0"}),
    Request("GET /v1/erasures/{erasure_id}"),
    Request("POST /v1/certificates/verify", body="certificate"),
    Request("DELETE /v1/webhooks/{endpoint_id}"),
    Request("GET /v1/audit"),
)
UNDOCUMENTED = (Request("GET /metrics"),)
"""Operations that are not in the OpenAPI document, because their responses are not JSON."""


@pytest.fixture
def least_privilege(own_shop: str, tmp_path: Path) -> Iterator[str]:
    """URL of a published database for the role of the docs, which has an export, a report and a limited key."""
    role, engine = f"api_{uuid4().hex[:12]}", make_engine(own_shop)
    with running(engine, "export") as run:
        settings = Settings(as_of=AS_OF, export_target=str(tmp_path))
        export(Context(engine, settings), run, ExportRequest(format="csv"))
    train_again(own_shop)
    challenge(own_shop)
    with running(engine, "report") as run:
        report(Context(engine, settings), run)
    with engine.begin() as connection:
        for block in GRANTS:
            connection.exec_driver_sql(block.replace("regulars_api", role).replace("…", PASSWORD))
    yield make_url(own_shop).set(username=role, password=PASSWORD).render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"drop owned by {role}; drop role {role}")
    engine.dispose()


def test_every_operation_is_in_the_table() -> None:
    paths = create_app(Settings(api_key="a-key")).openapi()["paths"]
    operations = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    assert sorted(operations) == sorted({request.operation for request in REQUESTS})


async def test_every_operation_works(least_privilege: str, own_shop: str, tmp_path: Path, caplog: Any) -> None:
    engine = make_engine(own_shop)
    key = api_keys.create(engine, "least", ["admin"], 1_000)
    contract = written(tmp_path, columns={"email": {"customProperties": [{"property": "identifier", "value": True}]}})
    given: dict[str, Any] = {
        "export_target": str(tmp_path),
        "contract": contract,
        "erasure_key": ERASURE_KEY,
        "webhook_allow_private": "127.0.0.0/8",
    }
    async with asking(least_privilege, key=key.key, api_key=None, **given) as client:
        refused = await responses(client)
        metrics = (await client.get("/metrics")).text
    used = query(engine, "select last_used_at is not null, exists (select from access.audit_entry) from access.api_key")
    engine.dispose()
    assert refused == []
    assert "regulars_database_up 1.0\n" in metrics
    assert used == [(True, True)]
    assert "permission denied" not in caplog.text


async def responses(client: AsyncClient) -> list[str]:
    """Send every request; the responses that have another status than the expected one."""
    values: dict[str, Any] = {"customer_id": "R01", "slug": "hibernating", "model": "current", "export_id": ""}
    refused = []
    for request in (*REQUESTS, *UNDOCUMENTED):
        method, _, path = request.operation.partition(" ")
        body = {"certificate": values["certificate"]} if request.body == "certificate" else request.body
        headers = {"Idempotency-Key": request.operation} if method == "POST" else {}
        response = await client.request(method, path.format(**values) + request.query, json=body, headers=headers)
        if response.status_code != request.status:
            refused.append(f"{request.operation}: {response.status_code} {response.text}")
        values |= {name: found(response, where) for name, where in request.saves.items()}
    return refused


def found(response: Response, where: str) -> Any:
    value = response.json()
    for name in where.split("."):
        value = value[int(name)] if isinstance(value, list) else value.get(name, "")
    return value
