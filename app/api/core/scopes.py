"""Scopes of operations: declared at each route, checked by `middleware.auth` before the body of a request is read."""

from collections.abc import Callable
from typing import Any, TypeVar

from app.access.scopes import ADMIN, ScopeName

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def requires_scope(scope: ScopeName) -> Callable[[Endpoint], Endpoint]:
    """Decorate an endpoint with the scope of its operation; placed below the decorator of its route."""

    def declare(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["scope"] = scope
        return endpoint

    return declare


def scope_of(endpoint: Callable[..., Any]) -> ScopeName:
    """Return the required scope of an operation, by default admin."""
    declared: ScopeName = getattr(endpoint, "scope", ADMIN)
    return declared
