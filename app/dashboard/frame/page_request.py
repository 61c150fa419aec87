"""Requests of pages: query string, form, scopes, and access to the operations of the API."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from app.access.scopes import ScopeName
from app.api.core.concurrency import Slots
from app.api.core.dependencies import Reader, storable
from app.api.core.grant import GRANT, Grant
from app.api.core.problems import INVALID, TOO_LARGE, Problem
from app.api.core.route_table import MAX_BODY_BYTES
from app.api.core.segment_lookup import SegmentLookup
from app.dashboard.frame.addresses import address, sent_path
from app.dashboard.frame.plain_messages import plain_message

FORM: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 1_000
ORDER: Final = "order"
"""Parameter of every page with the orders of its tables, which a script applies."""
Query = TypeVar("Query", bound=BaseModel)


class PageQuery(BaseModel):
    """State of a page in its query string; unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class PageRequest:
    """A request of a page, by a reader with some scopes.

    Attributes:
        grant: scopes of the reader.
        http: the request; blank parameters, which forms send for empty fields, are removed from its query string.
    """

    def __init__(self, request: Request, grant: Grant, params: Mapping[str, Any]) -> None:
        self.grant, self._params = grant, params
        kept = [(name, value) for name, value in request.query_params.multi_items() if value.strip()]
        scope = {**request.scope, "query_string": urlencode(kept).encode(), GRANT: grant}
        self.http = Request(scope, request.receive)

    @property
    def reader(self) -> Reader:
        """Reader, the first argument of most operations."""
        found: Reader = self.http.app.state.reader
        return found

    @property
    def writer(self) -> Any:
        """Synchronous engine, an argument of operations that write or compare."""
        return self.http.app.state.writer

    @property
    def slots(self) -> Slots:
        """Limits of concurrent slow operations, an argument of operations that compare."""
        found: Slots = self.http.app.state.slots
        return found

    @property
    def lookup(self) -> SegmentLookup:
        """Lookup of single customers."""
        found: SegmentLookup = self.http.app.state.segment_lookup
        return found

    @property
    def memory(self) -> dict[str, Any]:
        """Results that the app keeps between requests, by name; each with the version of its data."""
        state = self.http.app.state
        if not hasattr(state, "dashboard_memory"):
            state.dashboard_memory = {}
        found: dict[str, Any] = state.dashboard_memory
        return found

    @property
    def path(self) -> str:
        """Path of the page, without the root path of a proxy."""
        path: str = self.http.scope["path"]
        return path.removeprefix(self.http.scope.get("root_path", ""))

    @cached_property
    def filters(self) -> dict[str, list[str]]:
        """Values of the query string by name, as they were sent, to fill in forms."""
        params = self.http.query_params
        return {name: params.getlist(name) for name in params}

    def address(self, /, **changes: Any) -> str:
        """Return the address of the page with its filters, of which some change; None removes one."""
        root = self.http.scope.get("root_path", "")
        return address(root, sent_path(self.http).removeprefix(root), **{**self.filters, **changes})

    def param(self, name: str) -> str:
        """Return a parameter of the path."""
        return storable(str(self._params[name]))

    def may(self, scope: ScopeName) -> bool:
        """Return whether the reader has a scope."""
        return scope in self.grant.scopes

    def query(self, model: type[Query], *, ignored: frozenset[str] = frozenset()) -> Query:
        """Validate the query string; raises Problem with the errors of each parameter.

        Args:
            model: model of the parameters; a field that takes a list takes a repeated parameter.
            ignored: names of parameters that the model does not have.
        """
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        given: dict[str, Any] = {}
        for name, values in self.filters.items():
            if name not in ignored and (name != ORDER or name in fields):
                is_list = name in fields and "list[" in str(fields[name].annotation)
                given[name] = values if is_list else _only(name, values)
        return _validated(model, given)

    async def form(self, model: type[Query]) -> Query:
        """Read and validate the fields of a submitted form; raises Problem."""
        if self.http.headers.get("Content-Type", "").partition(";")[0].strip().lower() != FORM:
            raise Problem(INVALID, "The form was not sent by a browser.")
        body = bytearray()
        async for chunk in self.http.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise Problem(TOO_LARGE)
        try:
            pairs = parse_qsl(body.decode("utf-8", "replace"), max_num_fields=MAX_FIELDS)
        except ValueError:
            raise Problem(TOO_LARGE, f"The form has more than {MAX_FIELDS:,} fields.") from None
        return _validated(model, {name: value for name, value in pairs if value.strip()})


def _only(name: str, values: list[str]) -> str:
    if len(values) > 1:
        detail = "the parameter takes one value, and was sent more than once"
        raise Problem(INVALID, f"{name}: {detail}", errors=[{"detail": detail, "parameter": name}])
    return values[0]


def _validated(model: type[Query], given: Mapping[str, Any]) -> Query:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        errors = [
            {"detail": plain_message(found), "parameter": ".".join(map(str, found["loc"][:1]))}
            for found in error.errors()
        ]
        first = errors[0]
        raise Problem(INVALID, f"{first['parameter']}: {first['detail']}", errors=errors) from None
