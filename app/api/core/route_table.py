"""Route table for the authentication: scope, parameters and body limit of each operation below /v1, and of metrics."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final
from urllib.parse import parse_qsl

from starlette.routing import BaseRoute
from starlette.types import Scope

from app.api.core.dependencies import storable
from app.api.core.problems import INSUFFICIENT_SCOPE, INVALID, NOT_JSON, TOO_LARGE, Problem, quoted
from app.api.core.routing import Route, declared_routes
from app.api.core.scopes import scope_of

MAX_BODY_BYTES: Final = 64 * 1024
"""Default body limit of a route."""
MAX_LOOKUP_BYTES: Final = 512 * 1024
"""Body limit of a batch lookup."""
API_PREFIX: Final = "/v1/"
METRICS_PATH: Final = "/metrics"
READ_METHODS: Final = frozenset({"GET", "HEAD"})
MAX_PARAMETERS_SHOWN: Final = 10
JSON: Final = "application/json"
CUSTOMER_ID: Final = "customer_id"
MAX_PARAMETER_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        pattern: regular expression of its path.
        methods: HTTP methods.
        path: template of its path.
        scope: required scope.
        parameters: names of its query parameters.
        repeatable: names of query parameters with several values.
        identifiers: those of them that the data contract declares; None if the operation takes no identifiers.
        max_bytes: body limit.
        has_body: whether it takes a JSON body.
    """

    pattern: re.Pattern[str]
    methods: frozenset[str]
    path: str
    scope: str
    parameters: frozenset[str]
    repeatable: frozenset[str]
    identifiers: frozenset[str] | None
    max_bytes: int
    has_body: bool

    @property
    def is_write(self) -> bool:
        """Whether the operation writes and is audited; a POST with a read scope, such as a lookup, does not."""
        return self.methods.isdisjoint(READ_METHODS) and not self.scope.endswith(":read")

    def refusal(self, scopes: frozenset[str], request: Scope) -> Problem | None:
        """Check scopes, parameters, body size and content type; return a problem, or None if the request passes."""
        if self.scope not in scopes:
            challenge = f'Bearer realm="regulars", error="insufficient_scope", scope="{self.scope}"'
            detail = f"The key lacks the scope {self.scope}."
            return Problem(INSUFFICIENT_SCOPE, detail, headers={"WWW-Authenticate": challenge})
        if request["query_string"] and (wrong := self._wrong_parameters(request["query_string"])):
            return _invalid_parameters(wrong)
        if request["method"] not in READ_METHODS and _length(request) > self.max_bytes:
            return Problem(TOO_LARGE)
        if self.has_body and (content_type := _other_content_type(request)):
            return Problem(NOT_JSON, f"The content type of the body is {content_type}; send application/json.")
        return None

    def audited_parameters(self, path: str) -> dict[str, str]:
        """Return the path parameters for the audit log, without customer ids and without unstorable characters."""
        found = self.pattern.match(path)
        values = found.groupdict() if found else {}
        return {
            name: storable(value)[:MAX_PARAMETER_CHARACTERS] for name, value in values.items() if name != CUSTOMER_ID
        }

    def _wrong_parameters(self, query: bytes) -> dict[str, str]:
        sent = Counter(name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True))
        wrong = [
            name
            for name, times in sent.items()
            if name not in self.parameters or (times > 1 and name not in self.repeatable)
        ]
        return {name: self._hint(name) for name in wrong[:MAX_PARAMETERS_SHOWN]}

    def _hint(self, name: str) -> str:
        if name in self.parameters:
            return "the parameter takes one value, and was sent more than once"
        near = get_close_matches(name[:MAX_PARAMETER_CHARACTERS], self.parameters, cutoff=0.5)
        known = ", ".join(sorted(self.parameters))
        others = f"the parameters are {known}" if known else "this operation has no parameters"
        return f"unknown parameter; {f'did you mean {near[0]}?' if near else others}{self._declared}"

    @property
    def _declared(self) -> str:
        if self.identifiers is None:
            return ""
        names = ", ".join(sorted(self.identifiers)) or "none"
        return f"; identifiers that the data contract declares: {names}"


def _invalid_parameters(wrong: Mapping[str, str]) -> Problem:
    errors = [{"detail": hint, "parameter": name[:MAX_PARAMETER_CHARACTERS]} for name, hint in wrong.items()]
    first = next(iter(wrong))
    return Problem(INVALID, f"{quoted(first)}: {wrong[first]}", errors=errors)


class RouteTable:
    """Operations of an app by path and method, in the matching order of its router."""

    def __init__(self, routes: Sequence[BaseRoute], identifiers: Collection[str] = ()) -> None:
        """Read the routes; identifiers: names that the data contract declares, for operations that take them."""
        self._below: dict[str, list[Operation]] = defaultdict(list)
        for route in declared_routes(routes):
            if is_operation_path(route.path):
                self._below[_resource(route.path)].append(_operation(route, frozenset(identifiers)))

    def find(self, path: str, method: str) -> Operation | None:
        """Return the operation of a request, None if there is none."""
        if not is_operation_path(path):
            return None
        for operation in self._below.get(_resource(path), ()):
            if method in operation.methods and operation.pattern.match(path):
                return operation
        return None

    def methods(self, path: str) -> list[str]:
        """Return the methods of a path; a fixed path takes precedence over a path with a parameter."""
        if not is_operation_path(path):
            return []
        matching = [each for each in self._below.get(_resource(path), ()) if each.pattern.match(path)]
        preferred = min(matching, key=lambda each: "{" in each.path, default=None)
        return sorted(
            {method for each in matching if preferred and each.path == preferred.path for method in each.methods}
        )


def is_operation_path(path: str) -> bool:
    """Return whether a path can be of an operation that needs a scope: below /v1, or the metrics."""
    return path.startswith(API_PREFIX) or path == METRICS_PATH


def _resource(path: str) -> str:
    return path if path == METRICS_PATH else path.split("/", 3)[2]


def _operation(route: Route, identifiers: frozenset[str]) -> Operation:
    if "{" in _resource(route.path):
        raise ValueError(f"{route.path}: the first segment below /v1/ has to be a fixed name")
    names = identifiers - route.parameters if route.takes_identifiers else frozenset()
    return Operation(
        pattern=route.pattern,
        methods=route.methods,
        path=route.path,
        scope=scope_of(route.endpoint),
        parameters=route.parameters | names,
        repeatable=route.repeatable | names,
        identifiers=names if route.takes_identifiers else None,
        max_bytes=MAX_BODY_BYTES if route.max_body_size is None else route.max_body_size,
        has_body=route.has_body,
    )


def _length(request: Scope) -> int:
    lengths = [int(value) for name, value in request["headers"] if name == b"content-length" and value.isdigit()]
    return max(lengths, default=0)


def _other_content_type(request: Scope) -> str | None:
    """Describe the content type of a body that is not declared as JSON; None for JSON and without a body."""
    headers = dict(request["headers"])
    if headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers:
        return None
    declared = headers.get(b"content-type", b"").decode("latin-1")
    media_type = declared.partition(";")[0].strip().lower()
    if media_type == JSON or (media_type.startswith("application/") and media_type.endswith("+json")):
        return None
    return quoted(declared) if declared else "missing"
