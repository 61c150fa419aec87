"""Declared routes of an app; the only module that uses internals of Starlette and FastAPI.

The authentication has to use exactly the path that the router matches, and the scope, parameters and body limit that
each route declares. Starlette and FastAPI have no public API for this. `starlette._utils.get_route_path` is the
function that their routers call; a copy of it could differ after an upgrade, so that requests could bypass
it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args, get_origin

from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import BaseModel
from starlette._utils import get_route_path
from starlette.routing import BaseRoute
from starlette.types import Scope

ROUTE: Final = "regulars.route"
"""Key of the template of a request's path in the ASGI scope, for metrics and traces; missing for unknown paths."""
TAKES_IDENTIFIERS: Final = "x-identifiers"
"""Key of `openapi_extra` of an operation whose query parameters include the identifiers of the data contract."""


@dataclass(frozen=True, slots=True)
class Route:
    """One declared route.

    Attributes:
        path: template, `/v1/runs/{run_id}`.
        pattern: regular expression of its paths.
        methods: HTTP methods.
        endpoint: function that handles requests.
        parameters: names of its query parameters.
        repeatable: names of query parameters with several values.
        takes_identifiers: whether the identifiers of the data contract are query parameters too.
        body_models: models of its body.
        max_body_size: bytes, None for the default.
        has_body: whether it takes a JSON body.
        response_model: model of the response, None if it is streamed.
        status_code: status of the response, None for 200.
        is_documented: whether it is in the OpenAPI document.
    """

    path: str
    pattern: re.Pattern[str]
    methods: frozenset[str]
    endpoint: Callable[..., Any]
    parameters: frozenset[str]
    repeatable: frozenset[str]
    takes_identifiers: bool
    body_models: tuple[type[BaseModel], ...]
    max_body_size: int | None
    has_body: bool
    response_model: Any
    status_code: int | None
    is_documented: bool


def route_path(scope: Scope) -> str:
    """Return the path of a request as matched by routers, without the root path of a proxy."""
    return get_route_path(scope)


def declared_routes(routes: Sequence[BaseRoute]) -> Iterator[Route]:
    """Yield the API routes of an app, of included routers too, in matching order."""
    for context in iter_route_contexts(routes):
        if isinstance(getattr(context, "dependant", None), Dependant) and context.endpoint is not None:
            yield _route(context, context.endpoint)


def _route(context: RouteContext, endpoint: Callable[..., Any]) -> Route:
    parameters = list(_parameters(context.dependant))
    bodies = (field.field_info.annotation for field in context.dependant.body_params)
    return Route(
        path=context.path_format or "",
        pattern=context.path_regex,
        methods=frozenset(context.methods or ()),
        endpoint=endpoint,
        parameters=frozenset(name for name, _ in parameters),
        repeatable=frozenset(name for name, annotation in parameters if _takes_several(annotation)),
        takes_identifiers=TAKES_IDENTIFIERS in (context.openapi_extra or {}),
        body_models=tuple(each for each in bodies if isinstance(each, type) and issubclass(each, BaseModel)),
        max_body_size=context.max_body_size,
        has_body=context.body_field is not None,
        response_model=context.response_model,
        status_code=context.status_code,
        is_documented=context.include_in_schema,
    )


def _parameters(dependant: Dependant) -> Iterator[tuple[str, Any]]:
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from ((each.alias or name, each.annotation) for name, each in kind.model_fields.items())
        else:
            yield field.alias, kind
    for each in dependant.dependencies:
        yield from _parameters(each)


def _takes_several(annotation: Any) -> bool:
    """Return whether an annotation is a list or an optional list."""
    return get_origin(annotation) is list or any(_takes_several(each) for each in get_args(annotation))
