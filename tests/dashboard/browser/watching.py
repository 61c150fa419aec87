"""Pages of a browser, with everything that they must not do recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Error, Page, Request

LOCAL: Final = {"127.0.0.1", ""}
"""Hosts that pages may ask; data: addresses have none."""
DRIVER: Final = ("GL Driver Message", "Canvas2D: Multiple readback operations", "Automatic fallback to software WebGL")
"""Warnings of a browser that draws three dimensions without a graphics card; no page causes them."""
SERIOUS: Final = {"serious", "critical", "moderate"}


@dataclass
class Watched:
    """A page of a browser.

    Attributes:
        page: the page.
        complaints: errors and warnings of the console, and uncaught exceptions.
        foreign: addresses of other hosts that were asked.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def numbers(self, selector: str, kind: str) -> list[str]:
        """The numbers below an element, as the server sent them."""
        found: list[str] = self.page.eval_on_selector_all(
            f'{selector} data[data-format="{kind}"]', "all => all.map(each => each.value)"
        )
        return found

    def figure(self, name: str) -> list[dict[str, Any]]:
        """The data that plotly has drawn, once the reader has scrolled there."""
        canvas = self.page.locator(f'[data-figure="figure-{name}"]')
        canvas.scroll_into_view_if_needed()
        canvas.and_(self.page.locator("[data-drawn]")).wait_for()
        drawn: list[dict[str, Any]] = self.page.evaluate(
            """name => { const all = document.querySelector(`[data-figure="figure-${name}"]`).data;
                         return JSON.parse(JSON.stringify(all)); }""",
            name,
        )
        return drawn

    def violations(self) -> list[str]:
        """Accessibility problems that axe finds, with the elements."""
        results = Axe().run(self.page, options={"resultTypes": ["violations"]})
        return [
            f"{found['id']}: {found['help']}: {[node['html'][:200] for node in found['nodes']]}"
            for found in results.response["violations"]
            if found["impact"] in SERIOUS
        ]

    def check(self) -> None:
        """Fail if the console complained, or a request left the machine."""
        assert self.complaints == []
        assert self.foreign == []


@contextmanager
def watching(page: Page) -> Iterator[Watched]:
    """Record what a page does."""
    watched = Watched(page)

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(each in message.text for each in DRIVER):
            watched.complaints.append(f"{message.type}: {message.text}")

    def follow(request: Request) -> None:
        if (urlsplit(request.url).hostname or "") not in LOCAL:
            watched.foreign.append(request.url)

    def fail(error: Error) -> None:
        watched.complaints.append(str(error))

    page.on("console", hear)
    page.on("pageerror", fail)
    page.on("request", follow)
    yield watched
    page.remove_listener("console", hear)
    page.remove_listener("pageerror", fail)
    page.remove_listener("request", follow)
