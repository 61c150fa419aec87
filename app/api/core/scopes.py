"""Which scope an operation needs: declared beside it, checked by the guard before anything of the request is read."""

from collections.abc import Callable
from typing import Any, TypeVar

from app.access.scopes import ADMIN, ScopeName

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def requires_scope(scope: ScopeName) -> Callable[[Endpoint], Endpoint]:
    """Declare the scope of the operation below; it stands under the decorator of the route, and costs nothing."""

    def declare(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["scope"] = scope
        return endpoint

    return declare


def scope_of(endpoint: Callable[..., Any]) -> ScopeName:
    """The scope that an operation needs: admin where none was declared."""
    declared: ScopeName = getattr(endpoint, "scope", ADMIN)
    return declared
