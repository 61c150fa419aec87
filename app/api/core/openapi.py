"""OpenAPI document: title, tags, problems, scopes and examples, in addition to the schema of FastAPI."""

import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import FastAPI
from pydantic import BaseModel, Field, TypeAdapter
from starlette.routing import BaseRoute

from app.api.core.problems import (
    INSUFFICIENT_SCOPE,
    INTERNAL,
    MEDIA_TYPE,
    NO_DATABASE,
    NOT_JSON,
    TOO_MANY,
    UNAUTHORIZED,
    ProblemKind,
    all_kinds,
)
from app.api.core.routing import TAKES_IDENTIFIERS, Route, declared_routes
from app.api.core.schemas import OmittedIfNone
from app.api.core.scopes import scope_of

MAX_IDENTIFIER_VALUES: Final = 50
"""Largest number of values of one identifier in a query string."""
TITLE: Final = "Regulars"
SUMMARY: Final = "Customer segments with their size, revenue and recommended actions."
DESCRIPTION: Final = """
Customer segments and recommendations, computed from daily sales files.

**API key.** Send `Authorization: Bearer <key>` with every request below `/v1`. Each operation lists the required
scope. A server without keys accepts requests from its own machine only, without a key.

**Rate limits.** `RateLimit-Policy` has the limit of the key in requests per minute (`q`), `RateLimit` the remaining
requests (`r`) and the seconds until the minute ends (`t`). Above the limit, the status is 429 with `Retry-After`.

**Freshness.** Every response about customers has `as_of` (the day for which recency is computed), `data_through` (date
of the latest sale), `run_id` (the training run) and `quality` (`ok`, `warn` or `stale`, with a reason).

**Values.** Money is a decimal string with its `currency`, dates are ISO 8601, times are UTC. Fields may be added, but
are never renamed or removed.

**Schemes.** `scheme=kmeans` (the default) assigns the segment of the customer's statistical cluster, `scheme=rules` the
segment of the customer's own features, `scheme=rfm` the segment of the customer's scores 1 to 5 of recency, frequency
and monetary value, `scheme=value` the band of the customer's expected spend. Every customer has a segment in each
scheme, except in `value` without a forecast: `forecast_reason` says why there is none.

**Lists** take `limit` (100, at most 1,000) and `cursor`. Follow `next_cursor` while `has_more`. The customers of a
segment are of one run on all pages, even if another run is published meanwhile. Segments, clusters and
recommendations are lists of one page.

**Caching.** Responses have an `ETag`. Send it as `If-None-Match` to get a 304 for an unchanged response.

**Bodies** are JSON, with the header `Content-Type: application/json`.

**Problems** are RFC 9457 `application/problem+json`. Their `type` is stable, and is the path of its documentation;
`GET /problems` lists them:

| type | status | title | remedy |
|---|---|---|---|
"""
LINKED: Final = {"/v1/webhooks": "endpoint_id", "/v1/runs": "run_id"}
"""Paths whose POST creates a resource, with the name of its id: field of the response and parameter of other paths."""
TAGS: Final = {
    "customers": "Features, segment, cluster and recommendation of customers.",
    "changes": "Feed of segment changes, in commit order, for synchronising other systems.",
    "exports": "All customers as CSV, NDJSON or Parquet, streamed or written to a store.",
    "segments": "Business segments: size, revenue, customers.",
    "custom segments": "Segments of your own: conditions over customers, with preview and versions.",
    "clusters": "Statistical clusters, and the segment that follows from the medians of each.",
    "recommendations": "Recommended actions for each segment.",
    "models": "Models of training runs: data, features, number of clusters.",
    "trends": "Sales and segments over time, and cohorts of customers.",
    "quality": "Measurements of the data, and quarantined rows.",
    "files": "Ledger of all files and their states.",
    "lineage": "The data flow from the sources to exports and webhooks, and from a customer back to the files.",
    "runs": "Ingest and training runs, and the status of the pipeline.",
    "webhooks": "Notifications of events: signed, at least once, retried for three days.",
    "erasures": "Erasure of customers, and its certificates.",
    "audit": "Audit log of write requests.",
    "health": "Health checks, without authentication.",
}


class ProblemError(BaseModel):
    """One error and its location in the request."""

    detail: str
    pointer: Annotated[OmittedIfNone[str], Field(description="JSON pointer into the body.")] = None
    parameter: Annotated[OmittedIfNone[str], Field(description="Name of the query or path parameter.")] = None
    header: Annotated[OmittedIfNone[str], Field(description="Name of the request header.")] = None


class ProblemDocument(BaseModel):
    """RFC 9457 problem details; empty members are omitted."""

    type: Annotated[str, Field(description="Stable path that documents the problem.")]
    title: str
    status: int
    detail: Annotated[OmittedIfNone[str], Field(description="Error of this request.")] = None
    instance: Annotated[str, Field(description="Path of the request.")]
    errors: OmittedIfNone[list[ProblemError]] = None


def problems(*kinds: ProblemKind) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of an operation below /v1: these problems and the common ones."""
    return public_problems(*kinds, UNAUTHORIZED, INSUFFICIENT_SCOPE, TOO_MANY, NO_DATABASE, INTERNAL)


def public_problems(*kinds: ProblemKind) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of an operation with these problems only."""
    statuses = sorted({kind.status for kind in kinds})
    return {status: _response([kind for kind in kinds if kind.status == status]) for status in statuses}


def _response(kinds: list[ProblemKind]) -> dict[str, Any]:
    examples = {
        kind.name: {
            "summary": kind.title,
            "value": {"type": kind.uri, "title": kind.title, "status": kind.status, "instance": "/v1/…"},
        }
        for kind in kinds
    }
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    content = {MEDIA_TYPE: {"schema": schema, "examples": examples}}
    return {"description": "; ".join(kind.title for kind in kinds), "content": content}


class DocumentedAPI(FastAPI):
    """FastAPI with security, problems, scopes and examples of all responses in its OpenAPI document."""

    identifiers: Sequence[str] = ()
    """Names of the data contract's identifiers: query parameters of the operations that take them."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, built once."""
        if self.openapi_schema is None:
            document = super().openapi()
            schemas = document["components"]["schemas"]
            schemas.update(_definitions(ProblemDocument))
            bearer = {"type": "http", "scheme": "bearer", "description": "`regulars keys create`, or REGULARS_API_KEY."}
            document["components"]["securitySchemes"] = {"key": bearer}
            document["security"] = [{"key": []}]
            _remove_null(document)
            _describe_defaults(schemas)
            _link(document)
            _describe_webhooks(document, self.webhooks.routes)
            for route in declared_routes(self.routes):
                if route.is_documented:
                    _show_example(document, route)
                    _show_scope(document, route)
                    _show_content_type(document, route)
                if route.takes_identifiers:
                    _show_identifiers(document, route, self.identifiers)
        return self.openapi_schema or {}


def documented(**arguments: Any) -> DocumentedAPI:
    """Create the app with its title, description and tags; other arguments are passed to FastAPI."""
    table = "\n".join(f"| `{kind.uri}` | {kind.status} | {kind.title} | {kind.remedy} |" for kind in all_kinds())
    return DocumentedAPI(
        title=TITLE,
        summary=SUMMARY,
        description=(DESCRIPTION + table).strip(),
        version=version("regulars"),
        openapi_tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        openapi_url=None,  # served by app.api.admin.docs_page
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        **arguments,
    )


def _definitions(model: type[BaseModel]) -> dict[str, Any]:
    schema = TypeAdapter(model).json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), model.__name__: schema}


def _link(document: dict[str, Any]) -> None:
    """Link the response with a new id to the operations that have the id as a path parameter."""
    paths = document["paths"]
    for path, id_name in LINKED.items():
        prefix = f"{path}/{{{id_name}}}"
        names = [operation["operationId"] for at in paths if at.startswith(prefix) for operation in paths[at].values()]
        parameters = {id_name: f"$response.body#/{id_name}"}
        responses = paths[path]["post"]["responses"]
        success = next(status for status in responses if status.startswith("2"))
        responses[success]["links"] = {name: {"operationId": name, "parameters": parameters} for name in names}


def _remove_null(document: dict[str, Any]) -> None:
    """Remove null from the types of parameters: in a URL a parameter is given or omitted."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                schema = parameter["schema"]
                variants = [each for each in schema.pop("anyOf", ()) if each != {"type": "null"}]
                schema.update(variants[0] if len(variants) == 1 else {"anyOf": variants} if variants else {})


def _describe_defaults(schemas: dict[str, Any]) -> None:
    """Move defaults into descriptions, because generators for TypeScript make fields with a default required."""
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            if (default := field.pop("default", None)) is not None:
                field["description"] = f"{field.get('description', '')} By default {json.dumps(default)}.".strip()


def _describe_webhooks(document: dict[str, Any], routes: Sequence[BaseRoute]) -> None:
    """Restore nulls in the examples of events, and remove the responses added by FastAPI."""
    for model in (model for route in declared_routes(routes) for model in route.body_models):
        extra: Any = model.model_config["json_schema_extra"]
        document["components"]["schemas"][model.__name__]["examples"] = extra["examples"]
    for operations in document.get("webhooks", {}).values():
        operation = operations["post"]
        operation["security"] = []
        for status in ("200", "422"):
            operation["responses"].pop(status, None)
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)


def _show_example(document: dict[str, Any], route: Route) -> None:
    # FastAPI removes nulls from the examples of models, and pydantic sorts their fields.
    model: Any = route.response_model
    status = str(route.status_code or 200)
    if model is None:  # a stream documents its own examples
        return
    examples = model.model_config["json_schema_extra"]["examples"]
    document["components"]["schemas"][model.__name__]["examples"] = examples
    for method in route.methods:
        operation = document["paths"][route.path][method.lower()]
        response = operation["responses"][status]
        response["content"]["application/json"]["example"] = examples[0]
        if status == "200":
            response["description"] = model.__doc__


def _show_scope(document: dict[str, Any], route: Route) -> None:
    if not route.path.startswith("/v1/"):
        return
    scope = scope_of(route.endpoint)
    for method in route.methods:
        operation = document["paths"][route.path][method.lower()]
        operation["security"] = [{"key": [scope]}]
        operation["description"] += f"\n\nRequires the scope `{scope}`."


def _show_identifiers(document: dict[str, Any], route: Route, identifiers: Sequence[str]) -> None:
    values = {"type": "array", "items": {"type": "string", "minLength": 1}, "maxItems": MAX_IDENTIFIER_VALUES}
    text = "Customers with one of these values in a sale that counts. An identifier of the data contract."
    for method in route.methods:
        operation = document["paths"][route.path][method.lower()]
        del operation[TAKES_IDENTIFIERS]
        known = {parameter["name"] for parameter in operation["parameters"]}
        operation["parameters"] += [
            {"name": name, "in": "query", "required": False, "schema": {**values, "title": name}, "description": text}
            for name in identifiers
            if name not in known
        ]


def _show_content_type(document: dict[str, Any], route: Route) -> None:
    for method in route.methods if route.has_body else ():
        operation = document["paths"][route.path][method.lower()]
        responses = {**operation["responses"], str(NOT_JSON.status): _response([NOT_JSON])}
        operation["responses"] = dict(sorted(responses.items()))
