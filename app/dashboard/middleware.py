"""ASGI middleware that serves the dashboard and passes every other request on to the API."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from re import Pattern
from typing import Any, Final

from starlette.convertors import Convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.core.grant import Grant
from app.api.core.problems import INSUFFICIENT_SCOPE, NOT_ALLOWED, NOT_FOUND, UNAUTHORIZED, Problem
from app.api.core.route_table import MAX_BODY_BYTES, Operation, is_operation_path
from app.api.core.routing import ROUTE, route_path
from app.api.middleware.audit_log import AuditedRequest
from app.api.middleware.auth import Access, is_public
from app.dashboard.frame import assets
from app.dashboard.frame.assets import packaged_assets
from app.dashboard.frame.authentication import SIGN_IN, SIGN_OUT, Authentication, sign_in_first
from app.dashboard.frame.error_pages import page_of, problem_of
from app.dashboard.frame.negotiation import prefers_html
from app.dashboard.frame.page import ActionRoute, PageContent, PageRoute, Redirect
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.frame.rendering import Renderer
from app.dashboard.frame.same_origin import check_same_origin
from app.dashboard.routes import ACTIONS, NAVIGATION, PAGES
from app.errors import DatabaseUnusable, Retriable
from app.settings import Settings

HOME: Final = "/"
SignHandler = Callable[[Request], Awaitable[PageContent | Redirect]]


@dataclass(frozen=True, slots=True)
class CompiledRoute:
    """A route with the regular expression of its paths.

    Attributes:
        pattern: regular expression.
        convertors: convertors of its parameters.
        route: the route.
    """

    pattern: Pattern[str]
    convertors: Mapping[str, Convertor[Any]]
    route: PageRoute | ActionRoute

    @classmethod
    def of(cls, route: PageRoute | ActionRoute) -> "CompiledRoute":
        """Compile the path of a route."""
        pattern, _, convertors = compile_path(route.path)
        return cls(pattern, convertors, route)

    @property
    def method(self) -> str:
        """HTTP method."""
        return "GET" if isinstance(self.route, PageRoute) else "POST"

    @property
    def operation(self) -> Operation:
        """Operation for the audit log."""
        nothing: frozenset[str] = frozenset()
        return Operation(
            pattern=self.pattern,
            methods=frozenset({self.method}),
            path=self.route.path,
            scope=self.route.scopes[0],
            parameters=nothing,
            repeatable=nothing,
            identifiers=None,
            max_bytes=MAX_BODY_BYTES,
            has_body=False,
        )

    def parameters(self, path: str) -> dict[str, Any]:
        """Return the parameters of a matching path."""
        found = self.pattern.fullmatch(path)
        values = found.groupdict() if found else {}
        return {name: self.convertors[name].convert(value) for name, value in values.items()}


class Dashboard:
    """Serves pages, forms, sign-in and static files.

    Paths that are neither its own nor the API's get a page for browsers; other clients get the API's answer.
    """

    def __init__(self, app: ASGIApp, access: Access, settings: Settings) -> None:
        self.app, self._access = app, access
        self._assets = packaged_assets()
        self._renderer = Renderer(self._assets, NAVIGATION)
        self._authentication = Authentication(access, settings)
        routes: list[PageRoute | ActionRoute] = [*PAGES, *ACTIONS]
        self._routes = [CompiledRoute.of(route) for route in routes]
        self._asset_path, *_ = compile_path(assets.PATH)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request of the dashboard; pass any other on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, path = Request(scope, receive), route_path(scope)
        app = await self._response(request, path) or self.app
        await app(scope, receive, send)

    async def _response(self, request: Request, path: str) -> ASGIApp | None:
        """Return the response to a request, None if it is not the dashboard's."""
        is_for_people = prefers_html(request.headers.get("Accept", ""))
        if found := self._asset_path.fullmatch(path):
            request.scope[ROUTE] = assets.PATH
            return await self._asset(request, found.groupdict())
        if path in {SIGN_IN, SIGN_OUT}:
            request.scope[ROUTE] = path
            return await self._sign(request, path)
        if path == HOME and not is_for_people:
            return None
        if matching := [each for each in self._routes if each.pattern.fullmatch(path)]:
            request.scope[ROUTE] = matching[0].route.path
            return await self._route(request, path, matching)
        if is_for_people and not is_operation_path(path) and not is_public(path):
            return self._problem(request, Problem(NOT_FOUND), await self._known_grant(request))
        return None

    async def _known_grant(self, request: Request) -> Grant | None:
        """Return the grant of a reader who is signed in, for the navigation of an error page; None otherwise."""
        try:
            return await self._authentication.grant(request)
        except (Problem, Retriable, DatabaseUnusable):
            return None

    async def _asset(self, request: Request, parameters: Mapping[str, str]) -> Response:
        try:
            return await self._assets.respond(request, **parameters)
        except Problem as problem:
            return self._problem(request, problem)

    async def _sign(self, request: Request, path: str) -> Response:
        found = self._authentication
        every: Mapping[str, Mapping[str, SignHandler]] = {
            SIGN_IN: {"GET": found.show_sign_in, "POST": found.sign_in},
            SIGN_OUT: {"POST": found.sign_out},
        }
        handlers = every[path]
        if request.method not in handlers:
            return self._problem(request, Problem(NOT_ALLOWED, headers={"Allow": ", ".join(handlers)}))
        try:
            return self._rendered(request, await handlers[request.method](request))
        except Exception as error:  # noqa: BLE001  # answered with a page, and logged
            return self._problem(request, problem_of(request, error))

    async def _route(self, request: Request, path: str, matching: Sequence[CompiledRoute]) -> ASGIApp:
        found = next((each for each in matching if each.method == request.method), None)
        if found is None:
            allowed = ", ".join(sorted({each.method for each in matching}))
            return self._problem(request, Problem(NOT_ALLOWED, headers={"Allow": allowed}))
        grant = None
        try:
            if isinstance(found.route, ActionRoute):
                check_same_origin(request)
            grant = await self._authentication.grant(request)
            response = await self._outcome(request, found, found.parameters(path), grant)
        except Exception as error:  # noqa: BLE001  # answered with a page, and logged
            response = self._problem(request, problem_of(request, error), grant, found.route)
        if isinstance(found.route, ActionRoute) and grant is not None:
            audited = AuditedRequest(grant, found.operation, path)
            return partial(self._access.audit_log.watch, response, request=audited)
        return response

    async def _outcome(
        self, request: Request, found: CompiledRoute, parameters: Mapping[str, Any], grant: Grant
    ) -> Response:
        await self._authentication.limit(request, grant)
        missing = [scope for scope in found.route.scopes if scope not in grant.scopes]
        if missing and found.route.path == HOME and (others := self._renderer.entries(grant)):
            return self._rendered(request, Redirect(others[0].path))
        if missing:
            raise Problem(INSUFFICIENT_SCOPE, f"The key lacks the scope {missing[0]}.")
        handler = found.route.show if isinstance(found.route, PageRoute) else found.route.act
        outcome = await handler(PageRequest(request, grant, parameters))
        return self._rendered(request, outcome, grant, found.route)

    def _rendered(
        self,
        request: Request,
        outcome: PageContent | Redirect,
        grant: Grant | None = None,
        route: PageRoute | ActionRoute | None = None,
    ) -> Response:
        if isinstance(outcome, Redirect):
            return self._renderer.redirect(request, outcome)
        if isinstance(route, PageRoute):
            return self._renderer.page(request, outcome, grant, route.section, route.policy)
        return self._renderer.page(request, outcome, grant)

    def _problem(
        self,
        request: Request,
        problem: Problem,
        grant: Grant | None = None,
        route: PageRoute | ActionRoute | None = None,
    ) -> Response:
        if problem.kind is UNAUTHORIZED and (redirect := sign_in_first(request)):
            return self._rendered(request, redirect)
        return self._rendered(request, page_of(request, problem), grant, route)
