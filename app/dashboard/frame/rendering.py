"""Rendering of templates: Jinja2 with autoescape, formats, navigation."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.api.core.grant import Grant
from app.dashboard.frame import formats
from app.dashboard.frame.addresses import address, customer_lineage_path, customer_path, run_path
from app.dashboard.frame.assets import Assets
from app.dashboard.frame.page import PAGE_POLICY, NavigationEntry, PageContent, Redirect, Section
from app.segments.model.schemes import CUSTOM_SEGMENTS, DECLARED

PAGE_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers send forms with `Origin: null`
    "Vary": "Accept, Cookie",
}


@cache
def templates() -> Environment:
    """Return the templates with their filters and functions; each is compiled once per process."""
    environment = Environment(
        loader=PackageLoader("app.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = ("integer", "decimal", "percent", "change", "money", "amounts", "day", "moment", "embedded")
    environment.filters.update({name: getattr(formats, name) for name in names})
    paths = (customer_path, customer_lineage_path, run_path)
    environment.globals.update({each.__name__: each for each in paths}, all_schemes=(*DECLARED, CUSTOM_SEGMENTS))
    return environment


class Renderer:
    """Renderer of pages.

    Attributes:
        assets: static files that pages link.
    """

    def __init__(self, assets: Assets, navigation: Sequence[NavigationEntry]) -> None:
        self.assets, self._navigation = assets, navigation

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
        html = templates().get_template(page.template).render(values)
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
            "url": partial(address, root),
        }
