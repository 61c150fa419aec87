"""Pages: what a handler returns, and the routes that lead to handlers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from app.access.scopes import ScopeName
from app.dashboard.frame.page_request import PageRequest

Section = Literal["Overview", "Segments", "Clusters", "Customers", "Movement", "Trends", "Quality", "Lineage", "Runs"]
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content security policy of pages: nothing inline, nothing of another host."""


@dataclass(frozen=True, slots=True)
class PageContent:
    """A page to render.

    Attributes:
        template: name of the template.
        title: title of the page, also of the window.
        values: variables of the template.
        answer: an answer of the API with the fields of Freshness, for the freshness line; None without one.
        status: HTTP status.
        headers: additional headers.
    """

    template: str
    title: str
    values: Mapping[str, Any] = field(default_factory=dict)
    answer: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect to another page with status 303.

    Attributes:
        path: path and query of the page, without the root path of a proxy.
        headers: additional headers.
    """

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[PageRequest], Awaitable[PageContent | Redirect]]


@dataclass(frozen=True, slots=True)
class PageRoute:
    """A page: GET of a path.

    Attributes:
        path: path template of Starlette.
        show: handler.
        scopes: scopes that the reader needs, all of them.
        section: entry of the navigation that is marked; None for none.
        policy: content security policy.
    """

    path: str
    show: Handler
    scopes: tuple[ScopeName, ...]
    section: Section | None = None
    policy: str = PAGE_POLICY


@dataclass(frozen=True, slots=True)
class ActionRoute:
    """A form of a page: POST to a path, audited under the path of the operation that it calls.

    Attributes:
        path: path template of Starlette.
        act: handler; it redirects to a page.
        scopes: scopes that the reader needs, all of them.
    """

    path: str
    act: Handler
    scopes: tuple[ScopeName, ...]


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """An entry of the navigation.

    Attributes:
        section: its text.
        path: path of its page.
        scopes: scopes that the reader needs; the entry is not shown without them.
    """

    section: Section
    path: str
    scopes: tuple[ScopeName, ...]
