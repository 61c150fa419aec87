"""Compatibility with the released API, docs/openapi.json."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings
from tests.api.breaking import breaking

RELEASED = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
SEGMENT = "/v1/customers/{customer_id}/segment"
LOOKUP = "/v1/customers/lookup"


def test_the_api_is_compatible_with_the_released_one() -> None:
    """A deliberate break is a new major version: then run `python .ci/write_openapi.py`."""
    assert breaking(RELEASED, create_app(Settings()).openapi()) == []


def changed(change: Callable[[Any], object]) -> list[str]:
    document = deepcopy(RELEASED)
    change(document)
    return breaking(RELEASED, document)


def parameters(document: Any) -> Any:
    return document["paths"]["/v1/changes"]["get"]["parameters"]


def schema(document: Any, name: str) -> Any:
    return document["components"]["schemas"][name]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda new: new["paths"].pop(SEGMENT), "is gone"),
        (lambda new: new["paths"][SEGMENT]["get"].update(operationId="find"), "is called find"),
        (lambda new: parameters(new).pop(0), "takes no after any more"),
        (lambda new: parameters(new)[0].update(required=True), "needs after"),
        (lambda new: parameters(new).append({"in": "query", "name": "x", "required": True, "schema": {}}), "needs x"),
        (lambda new: parameters(new)[1].update(schema={"type": "string"}), "may be no integer"),
        (lambda new: parameters(new)[1]["schema"].update(maximum=10), "limit maximum is 10"),
        (lambda new: parameters(new)[2]["schema"].update(enum=["rules"]), "may not be custom, kmeans"),
        (
            lambda new: schema(new, "VerifyRequest").update(required=["certificate", "customer_id"]),
            "customer_id must be there",
        ),
        (lambda new: schema(new, "VerifyRequest")["properties"].pop("customer_id"), "customer_id is not taken"),
        (lambda new: schema(new, "CustomerSegment")["required"].remove("tier"), "tier must be there"),
        (
            lambda new: schema(new, "CustomerSegment")["properties"].update(tier={"type": "integer"}),
            "may be no integer",
        ),
        (lambda new: new["paths"][SEGMENT]["get"]["responses"].pop("404"), "never answers 404"),
        (lambda new: new["paths"][SEGMENT]["get"]["responses"]["200"].update(content={}), "is no application/json"),
    ],
)
def test_a_breaking_change_is_found(change: Callable[[Any], object], said: str) -> None:
    assert said in "; ".join(changed(change))


@pytest.mark.parametrize(
    "change",
    [
        lambda new: new["paths"].update({"/v1/more": {}}),
        lambda new: parameters(new).append({"in": "query", "name": "x", "schema": {"type": "string"}}),
        lambda new: parameters(new)[1]["schema"].update(maximum=100_000),
        lambda new: schema(new, "CustomerSegment")["properties"].update(more={"type": "integer"}),
        lambda new: schema(new, "LookupRequest")["properties"].update(more={"type": "integer"}),
        lambda new: new["paths"][SEGMENT]["get"].update(description="Other words."),
    ],
)
def test_an_addition_is_compatible(change: Callable[[Any], object]) -> None:
    assert changed(change) == []
