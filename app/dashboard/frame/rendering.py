"""Rendering of templates: Jinja2 with autoescape, addresses, formats, navigation."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.api.core.grant import Grant
from app.dashboard.frame import formats
from app.dashboard.frame.assets import Assets
from app.dashboard.frame.page import PAGE_POLICY, NavigationEntry, PageContent, Redirect, Section

PAGE_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers send forms with `Origin: null`
    "Vary": "Accept, Cookie",
}


def address(root: str, path: str, **query: Any) -> str:
    """Return a URL of this server: a path below the root path of a proxy, and a query string without empty values."""
    # An inline `if` of a template without `else` is Undefined.
    kept = {name: value for name, value in query.items() if not isinstance(value, Undefined)}
    given = {name.rstrip("_"): value for name, value in kept.items() if value not in (None, "", [])}
    return f"{root}{quote(path, safe='/%')}" + (f"?{urlencode(given, doseq=True)}" if given else "")


def segment_of_path(text: str) -> str:
    """Return a text as one segment of a path, such as the id of a customer."""
    return quote(text, safe="")


class Renderer:
    """Renderer of pages.

    Attributes:
        assets: static files that pages link.
    """

    def __init__(self, assets: Assets, navigation: Sequence[NavigationEntry]) -> None:
        self.assets, self._navigation = assets, navigation
        self._environment = Environment(
            loader=PackageLoader("app.dashboard"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        names = ("integer", "decimal", "percent", "change", "money", "day", "moment", "embedded")
        self._environment.filters.update({name: getattr(formats, name) for name in names})
        self._environment.filters["segment_of_path"] = segment_of_path

    def page(
        self,
        request: Request,
        page: PageContent,
        grant: Grant | None = None,
        section: Section | None = None,
        policy: str = PAGE_POLICY,
    ) -> Response:
        """Render a page; without a grant it has no navigation."""
        root = request.scope.get("root_path", "")
        values = {
            **self._common(grant, root),
            "title": page.title,
            "section": section,
            "fresh": page.answer,
            **page.values,
        }
        html = self._environment.get_template(page.template).render(values)
        headers = {**PAGE_HEADERS, "Content-Security-Policy": policy, **page.headers}
        return HTMLResponse(html, page.status, headers)

    def redirect(self, request: Request, redirect: Redirect) -> Response:
        """Redirect to a page of this server."""
        target = request.scope.get("root_path", "") + redirect.path
        return RedirectResponse(target, 303, {"Cache-Control": "no-store", **redirect.headers})

    def entries(self, grant: Grant) -> list[NavigationEntry]:
        """Return the entries of the navigation whose pages a reader may see."""
        return [each for each in self._navigation if grant.scopes.issuperset(each.scopes)]

    def _common(self, grant: Grant | None, root: str) -> Mapping[str, Any]:
        scopes = grant.scopes if grant else frozenset()
        return {
            "navigation": self.entries(grant) if grant else [],
            "is_signed_in": grant is not None and bool(grant.secret_sha256),
            "scopes": scopes,
            "inserted_styles": self.assets.inserted_styles,
            "asset": lambda name: root + self.assets.addresses[name],
            "url": lambda path, **query: address(root, path, **query),
        }
