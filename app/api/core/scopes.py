"""Scopes of operations: declared at each route, checked by the guard before the body of a request is read."""

from collections.abc import Callable
from typing import Any, TypeVar

from app.access.scopes import ADMIN, ScopeName

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def requires_scope(scope: ScopeName) -> Callable[[Endpoint], Endpoint]:
    """Declare the scope of an operation; to be placed below the decorator of its route."""

    def declare(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["scope"] = scope
        return endpoint

    return declare


def scope_of(endpoint: Callable[..., Any]) -> ScopeName:
    """Return the scope that an operation needs, admin where none is declared."""
    declared: ScopeName = getattr(endpoint, "scope", ADMIN)
    return declared
