"""What the guard knows of each operation below /v1: its scope, its parameters, and how large its body may be."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, get_args, get_origin
from urllib.parse import parse_qsl

from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import BaseModel
from starlette.routing import BaseRoute
from starlette.types import Scope

from app.api.core.dependencies import storable
from app.api.core.problems import INSUFFICIENT_SCOPE, INVALID, TOO_LARGE, Problem, quoted
from app.api.core.scopes import scope_of

LARGEST_BODY: Final = 64 * 1024
LARGEST_LOOKUP: Final = 512 * 1024
GUARDED: Final = "/v1/"
READING: Final = frozenset({"GET", "HEAD"})
MOST_SHOWN: Final = 10
CUSTOMER: Final = "customer_id"
LONGEST_PARAMETER: Final = 200


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation below /v1.

    Attributes:
        scope: scope that a key needs.
        parameters: names of the query parameters.
        repeatable: names of those that take several values.
        largest: maximum size of the body, bytes.
    """

    pattern: re.Pattern[str]
    methods: frozenset[str]
    path: str
    scope: str
    parameters: frozenset[str]
    repeatable: frozenset[str]
    largest: int

    @property
    def is_write(self) -> bool:
        """Whether it changes something: what is only asked by POST needs no more than a scope to read."""
        return self.methods.isdisjoint(READING) and not self.scope.endswith(":read")

    def refusal(self, scopes: frozenset[str], asked: Scope) -> Problem | None:
        """Why it does not answer a request of somebody with these scopes, as far as that can be told beforehand."""
        if self.scope not in scopes:
            challenge = f'Bearer realm="regulars", error="insufficient_scope", scope="{self.scope}"'
            lacks = f"The key lacks the scope {self.scope}."
            return Problem(INSUFFICIENT_SCOPE, lacks, headers={"WWW-Authenticate": challenge})
        if asked["query_string"] and (wrong := self._wrong(asked["query_string"])):
            return _not_taken(wrong)
        if asked["method"] not in READING and _length(asked) > self.largest:
            return Problem(TOO_LARGE)
        return None

    def audited(self, path: str) -> dict[str, str]:
        """The parameters in a path that are no id of a customer, as the database can hold them."""
        found = self.pattern.match(path)
        values = found.groupdict() if found else {}
        return {name: storable(value)[:LONGEST_PARAMETER] for name, value in values.items() if name != CUSTOMER}

    def _wrong(self, query: bytes) -> dict[str, str]:
        given = Counter(name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True))
        wrong = [
            name
            for name, times in given.items()
            if name not in self.parameters or (times > 1 and name not in self.repeatable)
        ]
        return {name: self._hint(name) for name in wrong[:MOST_SHOWN]}

    def _hint(self, name: str) -> str:
        if name in self.parameters:
            return "it takes one value, and is given more than once"
        near = get_close_matches(name[:LONGEST_PARAMETER], self.parameters, cutoff=0.5)
        known = ", ".join(sorted(self.parameters))
        others = f"there are {known}" if known else "this operation takes none"
        return f"there is no such parameter; {f'did you mean {near[0]}?' if near else others}"


def _not_taken(wrong: Mapping[str, str]) -> Problem:
    errors = [{"detail": hint, "parameter": name[:LONGEST_PARAMETER]} for name, hint in wrong.items()]
    first = next(iter(wrong))
    return Problem(INVALID, f"{quoted(first)}: {wrong[first]}", errors=errors)


class RouteTable:
    """The operations of an app, found as its router finds them: the first that fits path and method."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._below: dict[str, list[Operation]] = defaultdict(list)
        for context in iter_route_contexts(routes):
            if (context.path_format or "").startswith(GUARDED):
                self._below[_resource(context.path_format or "")].append(_operation(context))

    def find(self, path: str, method: str) -> Operation | None:
        """The operation that answers, None where there is none."""
        if not path.startswith(GUARDED):
            return None
        for operation in self._below.get(_resource(path), ()):
            if method in operation.methods and operation.pattern.match(path):
                return operation
        return None

    def methods(self, path: str) -> list[str]:
        """What an address takes: of a fixed address and one with an id in it that fit both, the fixed one counts."""
        if not path.startswith(GUARDED):
            return []
        fits = [each for each in self._below.get(_resource(path), ()) if each.pattern.match(path)]
        meant = min(fits, key=lambda each: "{" in each.path, default=None)
        return sorted({method for each in fits if meant and each.path == meant.path for method in each.methods})


def _resource(path: str) -> str:
    return path.split("/", 3)[2]


def _operation(context: RouteContext) -> Operation:
    template = context.path_format or ""
    if "{" in _resource(template):
        raise ValueError(f"{template}: what stands behind /v1/ is a fixed name")
    parameters = list(_parameters(context.dependant))
    return Operation(
        pattern=context.path_regex,
        methods=frozenset(context.methods or ()),
        path=template,
        scope=scope_of(context.endpoint) if context.endpoint else "admin",
        parameters=frozenset(name for name, _ in parameters),
        repeatable=frozenset(name for name, annotation in parameters if _takes_several(annotation)),
        largest=LARGEST_BODY if context.max_body_size is None else context.max_body_size,
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
    """Whether an annotation is a list, or a list or nothing."""
    return get_origin(annotation) is list or any(_takes_several(each) for each in get_args(annotation))


def _length(asked: Scope) -> int:
    lengths = [int(value) for name, value in asked["headers"] if name == b"content-length" and value.isdigit()]
    return max(lengths, default=0)
