"""Chromium, and a running service with generated sales."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

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


@pytest.fixture
def opening(browser: Browser) -> Iterator[Opening]:
    """Open an address in a new window; what its console says and where it sends requests is recorded."""
    with windows(browser) as opened:
        yield opened


@contextmanager
def windows(browser: Browser) -> Iterator[Opening]:
    """Open addresses, each in a new window; all are closed at the end."""
    contexts = []

    def opened(address: str, **options: Any) -> Watched:
        context = browser.new_context(**{"locale": "en-GB", "timezone_id": "UTC", **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        watched = watching(context.new_page())
        show(watched.page, address)
        return watched

    try:
        yield opened
    finally:
        for context in contexts:
            context.close()


def show(page: Page, address: str) -> None:
    """Open an address and wait until its scripts are done."""
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
