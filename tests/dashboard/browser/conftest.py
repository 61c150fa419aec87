"""Chromium, and a running service with generated sales."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from app.main import create_app
from app.prepare.demo import generate_demo
from app.settings import Settings
from tests.dashboard.browser.two_trainings import load_and_train_twice
from tests.dashboard.browser.watching import Watched, watching
from tests.postgres import fresh_database
from tests.s3 import free_ports

TODAY: Final = date(2026, 3, 1)
PATIENCE: Final = 180_000
"""Milliseconds within which a page is shown on a busy machine."""
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ALONE: Final = (
    *("--disable-background-networking", "--disable-component-update", "--no-default-browser-check"),
    *("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-gpu", "--disable-dev-shm-usage"),
)
"""Options of a browser that asks no other host."""
SCREEN: Final[ViewportSize] = {"width": 1280, "height": 720}
"""Size of a window, if a test asks for no other."""
ColourScheme = Literal["light", "dark", "null"]
Opening = Callable[..., Watched]


def executable() -> str | None:
    """The browser of the machine: the one that REGULARS_TEST_BROWSER names, or Debian's."""
    return os.environ.get("REGULARS_TEST_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser; it ends with the module, because its loop would disturb other tests."""
    found = executable()
    if found is None:
        pytest.skip(f"no browser is found ({', '.join(NAMES)}); install one: apt-get install chromium")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        launched = playwright.chromium.launch(executable_path=found, args=list(ALONE))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def generated(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a database with generated sales, and two trainings."""
    folder = tmp_path_factory.mktemp("generated")
    generate_demo(folder, TODAY, customers=500, days=40)
    with trained_twice(postgres, folder, TODAY) as url:
        yield url


@contextmanager
def trained_twice(postgres: str, folder: Path, today: date) -> Iterator[str]:
    """URL of a database with the sales of a folder; the last days are loaded between the two trainings."""
    with fresh_database(postgres) as url:
        load_and_train_twice(url, folder, today)
        yield url


@contextmanager
def serving(url: str, **given: Any) -> Iterator[str]:
    """Address of a server on this machine, in a thread."""
    (port,) = free_ports(1)
    app = create_app(Settings(**{"as_of": TODAY, "database_url": url, **given}))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, ws="none", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    address = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
            assert client.get(f"{address}/health/live").status_code == 200
        yield address
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def site(generated: str) -> Iterator[str]:
    """Address of a server without keys."""
    with serving(generated) as address:
        yield address


@pytest.fixture(scope="module")
def client(site: str) -> Iterator[httpx.Client]:
    """Client of the same server's API."""
    with httpx.Client(base_url=site, timeout=PATIENCE / 1000) as found:
        yield found


@pytest.fixture(scope="module")
def profiles(browser: Browser) -> "Profiles":
    """The profiles of a module; they end with the browser."""
    return Profiles(browser)


@pytest.fixture
def opening(profiles: "Profiles") -> Iterator[Opening]:
    """Open an address in a new window; what its console says and where it sends requests is recorded."""
    with profiles.windows() as opened:
        yield opened


class Profiles:
    """Windows by the locale and time zone of their browser context, used again by later tests.

    A window that has drawn a figure keeps the compiled scripts; a new one compiles plotly for a second.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[tuple[str, str], list[Page]] = {}

    @contextmanager
    def windows(self) -> Iterator[Opening]:
        """Open addresses, each in a window of its own; at the end the windows have stored nothing."""
        with ExitStack() as opened:
            yield lambda address, **options: opened.enter_context(self._window(address, **options))

    @contextmanager
    def _window(
        self,
        address: str,
        locale: str = "en-GB",
        timezone_id: str = "UTC",
        viewport: ViewportSize = SCREEN,
        color_scheme: ColourScheme = "null",
    ) -> Iterator[Watched]:
        free = self._free.setdefault((locale, timezone_id), [])
        page = free.pop() if free else self._new_page(locale, timezone_id)
        page.set_viewport_size(viewport)
        page.emulate_media(media="null", color_scheme=color_scheme)
        page.mouse.move(0, 0)
        with watching(page) as watched:
            show(page, address)
            yield watched
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
        page.context.clear_cookies()
        free.append(page)

    def _new_page(self, locale: str, timezone_id: str) -> Page:
        context = self._browser.new_context(locale=locale, timezone_id=timezone_id)
        context.set_default_timeout(PATIENCE)
        return context.new_page()


def show(page: Page, address: str) -> None:
    """Open an address and wait until its scripts are done."""
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
