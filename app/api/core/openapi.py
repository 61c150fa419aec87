"""The reference as a product: what FastAPI cannot know is written into the document here, once."""

from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import FastAPI
from pydantic import BaseModel, Field, TypeAdapter

from app.api.core.problems import (
    INSUFFICIENT_SCOPE,
    INTERNAL,
    MEDIA_TYPE,
    NO_DATABASE,
    NOT_JSON,
    TOO_MANY,
    UNAUTHORIZED,
    Kind,
    all_kinds,
)
from app.api.core.routing import Route, declared_routes
from app.api.core.scopes import scope_of

TITLE: Final = "Regulars"
SUMMARY: Final = "Who your customers are, which segment they belong to, and what to do about it."
DESCRIPTION: Final = """
Daily sales in, customer segments and recommendations out.

**Key.** Send `Authorization: Bearer <key>` with everything below `/v1`. Each operation names the scope that the key
needs. A server that has no key answers its own machine only, and asks for none.

**Limits.** `RateLimit-Policy` says how many requests a minute (`q`) the key may send, `RateLimit` how many are left
(`r`) and in how many seconds the minute ends (`t`). Beyond it: 429, and `Retry-After`.

**Freshness.** `as_of`, `data_through`, `run_id` and `quality` stand beside every answer about customers: of which
day it is, how far the sales go, which training it comes from, and whether it can be relied on (`ok`, `warn`, `stale`
with a reason).

**Values.** Money is a decimal string with the `currency` beside it, dates are ISO 8601, times UTC. Fields may be
added, never renamed.

**Schemes.** `scheme=kmeans` (the default) gives a customer the name of the statistical cluster; `scheme=rules` goes
by the customer's own numbers. The same customers, two segments each.

**Lists** take `limit` (100, at most 1,000) and `cursor`. Follow `next_cursor` while `has_more`. The customers of a
segment stay those of one run to the last page, whatever is trained meanwhile. Segments, clusters and recommendations
are few and come whole.

**Revalidation.** Answers carry an `ETag`; sent back as `If-None-Match`, what still holds costs a 304.

**Problems** are RFC 9457 `application/problem+json`; `type` is stable and leads to what it means:

| type | status | meaning | what to do |
|---|---|---|---|
"""
LINKED: Final = {"/v1/webhooks": "endpoint_id", "/v1/runs": "run_id"}
TAGS: Final = {
    "customers": "A customer's features, segment, cluster and recommendation.",
    "changes": "Who came, moved or went, one after the other: what a CRM follows.",
    "exports": "Everybody at once: CSV, NDJSON or Parquet, as a stream or written to a store.",
    "segments": "The business groups: how many, how much they are worth, who is in them.",
    "clusters": "The statistical groups that segments are named after.",
    "recommendations": "What to do about each segment.",
    "models": "What the segmentation was trained on, with what, and why this number of clusters.",
    "quality": "What is measured about the data, and the rows that were kept out.",
    "files": "The ledger: every file that was seen, and what became of it.",
    "runs": "Ingests and trainings: ask for one, and see how it goes.",
    "webhooks": "Be told what happens: signed, at least once, retried for three days.",
    "erasures": "Customers who asked to be forgotten, and certificates that they were.",
    "audit": "Who wrote what, for the operator.",
    "health": "For whoever watches the service; needs no key.",
}


class ProblemError(BaseModel):
    """One thing that is wrong, and its place."""

    detail: str
    pointer: Annotated[str | None, Field(description="JSON pointer into the body.")] = None
    parameter: Annotated[str | None, Field(description="Name of the query or path parameter.")] = None
    header: Annotated[str | None, Field(description="Name of the request header.")] = None


class ProblemDocument(BaseModel):
    """RFC 9457 problem details; members that say nothing are left out."""

    type: Annotated[str, Field(description="Stable; leads to what it means.")]
    title: str
    status: int
    detail: Annotated[str | None, Field(description="What is wrong with this request.")] = None
    instance: Annotated[str, Field(description="Path of the request.")]
    errors: list[ProblemError] = []


def problems(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation that needs the key and the database, and has these problems of its own."""
    return public_problems(*kinds, UNAUTHORIZED, INSUFFICIENT_SCOPE, TOO_MANY, NO_DATABASE, INTERNAL)


def public_problems(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation that has only these problems."""
    statuses = sorted({kind.status for kind in kinds})
    return {status: _response([kind for kind in kinds if kind.status == status]) for status in statuses}


def _response(kinds: list[Kind]) -> dict[str, Any]:
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
    """FastAPI whose document names the key, the problems, and an example of every answer."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, worked out once."""
        if self.openapi_schema is None:
            document = super().openapi()
            schemas = document["components"]["schemas"]
            schemas.update(_definitions(ProblemDocument))
            bearer = {"type": "http", "scheme": "bearer", "description": "`regulars keys create`, or REGULARS_API_KEY."}
            document["components"]["securitySchemes"] = {"key": bearer}
            document["security"] = [{"key": []}]
            _leave_null_out(document)
            _link(document)
            for route in declared_routes(self.routes):
                if route.is_documented:
                    _show_example(document, route)
                    _show_scope(document, route)
                    _show_content_type(document, route)
        return self.openapi_schema or {}


def documented(**given: Any) -> DocumentedAPI:
    """The app with its title, description and tags; what is given goes to FastAPI."""
    table = "\n".join(f"| `{kind.uri}` | {kind.status} | {kind.title} | {kind.remedy} |" for kind in all_kinds())
    return DocumentedAPI(
        title=TITLE,
        summary=SUMMARY,
        description=(DESCRIPTION + table).strip(),
        version=version("regulars"),
        openapi_tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        generate_unique_id_function=lambda route: route.name,
        openapi_url=None,  # served by app.api.admin.docs_page
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        **given,
    )


def _definitions(model: type[BaseModel]) -> dict[str, Any]:
    schema = TypeAdapter(model).json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), model.__name__: schema}


def _link(document: dict[str, Any]) -> None:
    """Where an answer leads: its id is a parameter of every operation below its address."""
    paths = document["paths"]
    for path, name in LINKED.items():
        below = [each for at in paths if at.startswith(f"{path}/{{{name}}}") for each in paths[at].values()]
        named = {"parameters": {name: f"$response.body#/{name}"}}
        responses = paths[path]["post"]["responses"]
        made = next(status for status in responses if status.startswith("2"))
        responses[made]["links"] = {
            each["operationId"]: {"operationId": each["operationId"], **named} for each in below
        }


def _leave_null_out(document: dict[str, Any]) -> None:
    """A parameter is given or left out: nothing in an address is null."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                schema = parameter["schema"]
                variants = [each for each in schema.pop("anyOf", ()) if each != {"type": "null"}]
                schema.update(variants[0] if len(variants) == 1 else {"anyOf": variants} if variants else {})


def _show_example(document: dict[str, Any], route: Route) -> None:
    # FastAPI leaves null out of the examples of models, and pydantic sorts their names.
    model, status = route.response_model, str(route.status_code or 200)
    if model is None:  # a stream has examples of its own
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
        operation["description"] += f"\n\nNeeds the scope `{scope}`."


def _show_content_type(document: dict[str, Any], route: Route) -> None:
    for method in route.methods if route.has_body else ():
        operation = document["paths"][route.path][method.lower()]
        responses = {**operation["responses"], str(NOT_JSON.status): _response([NOT_JSON])}
        operation["responses"] = dict(sorted(responses.items()))
