"""Traces of requests: one span each, named by the method and the route template."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.core.routing import ROUTE, route_path
from app.api.middleware.request_metrics import METHODS, OTHER, public_route
from app.api.middleware.response_headers import STATUS
from app.monitoring.tracing import Tracing

FIRST_SERVER_ERROR: Final = 500
CARRIED: Final = frozenset({b"traceparent", b"tracestate"})


class Traces:
    """Records a span for each HTTP request, below the client's span if the request has a `traceparent`."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self.app, self._tracing = app, tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on inside a span."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        carrier = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in CARRIED}
        method = scope["method"] if scope["method"] in METHODS else OTHER
        with self._tracing.span(method, carrier, is_request=True) as span:
            try:
                await self.app(scope, receive, send)
            finally:
                route, status = scope.get(ROUTE) or public_route(route_path(scope)), scope.get(STATUS, 0)
                span.update_name(f"{method} {route}")
                span.set_attributes({"http.request.method": method, "http.route": route})
                if status:
                    span.set_attribute("http.response.status_code", status)
                if status >= FIRST_SERVER_ERROR:
                    self._tracing.fail(span, str(status))
