"""Readers of the dashboard, on copies of the published database of the API's tests, and one with hostile texts."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from httpx import AsyncClient

from app.db.engine import make_engine
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.ingest import ingest
from app.pipeline.retrain import retrain
from app.settings import Settings
from app.source.folder import FolderSource
from tests.api.conftest import (
    AS_OF,
    KEY,
    anyio_backend,
    asking,
    challenged,
    change,
    custom_shop,
    empty,
    moved_shop,
    own_shop,
    published,
    sales,
    shop,
)
from tests.api.sales import write_sales
from tests.conftest import HEADER, NOW
from tests.loading import only
from tests.postgres import fresh_database

__all__ = [
    "anyio_backend",
    "challenged",
    "custom_shop",
    "empty",
    "moved_shop",
    "own_shop",
    "published",
    "sales",
    "shop",
]
HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
FORM = {**HTML, "Origin": "http://regulars", "Content-Type": "application/x-www-form-urlencoded"}
IMAGE = "<img src=x onerror=alert(1)>"
SCRIPT = "</script><script>alert(2)</script>"


@asynccontextmanager
async def reading(url: str, *, key: str | None = KEY, **given: Any) -> AsyncIterator[AsyncClient]:
    """A browser without scripts; with a key it is signed in."""
    async with asking(url, key=None, **given) as client:
        client.headers.update(HTML)
        if key is not None:
            answer = await sign_in(client, key)
            assert answer.status_code == 303, answer.text
        yield client


async def sign_in(client: AsyncClient, key: str, **given: Any) -> Any:
    """Submit the form of the sign-in page."""
    form = {"key": key, "next": given.pop("next", "/")}
    return await client.post("/sign-in", data=form, headers={**FORM, **given})


def values(html: str, kind: str) -> list[str]:
    """The numbers of a page, as they are before a browser formats them."""
    return re.findall(rf'<data value="([^"]*)" data-format="{kind}"', html)


def section(html: str, heading: str) -> str:
    """The section of a page that the heading with an id labels."""
    start = html.index(f'aria-labelledby="{heading}"')
    return html[start : html.index("</section>", start)]


async def until_signed_in(reader: AsyncClient, key: str) -> None:
    """Sign in with a key that the server may not have read yet."""
    with anyio.fail_after(20):
        while (await sign_in(reader, key)).status_code != 303:
            await anyio.lowlevel.checkpoint()


@pytest.fixture
async def reader(shop: str) -> AsyncIterator[AsyncClient]:
    async with reading(shop) as client:
        yield client


def write_hostile_sales(folder: Path) -> None:
    """Sales of which ids, countries, descriptions, a file's name and a quarantined row are HTML."""
    write_sales(folder)
    day = "2026-02-26"
    path = folder / day / f"{day}_{IMAGE}.csv"
    path.parent.mkdir()
    rows = [f"77{n:04},22411,{IMAGE},5,30.5,{name},{SCRIPT},{day}" for n, name in enumerate((IMAGE, SCRIPT))]
    quarantined = f"770099,22411,{SCRIPT},{IMAGE},30.5,{IMAGE},{SCRIPT},{day}"
    path.write_text("\n".join([HEADER, *rows, quarantined, ""]), encoding="utf-8")


@pytest.fixture(scope="session")
def hostile(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a published database with hostile texts."""
    folder = tmp_path_factory.mktemp("hostile")
    write_hostile_sales(folder)
    with fresh_database(postgres) as url:
        engine = make_engine(url)
        context = Context(engine, Settings(as_of=AS_OF), clock=lambda: NOW)
        with running(engine, "ingest") as run:
            ingest(context, only(context, FolderSource(folder)), run)
        with running(engine, "retrain") as run:
            retrain(context, run, AS_OF)
        engine.dispose()
        change(url, "update pipeline.job_run set error = :text", text=f"{IMAGE}{SCRIPT}")
        change(url, "update pipeline.run_step set message = :text", text=f"{IMAGE}{SCRIPT}")
        yield url


def figure(html: str, name: str) -> list[dict[str, Any]]:
    """The traces of a figure of a page."""
    (found,) = re.findall(rf'<script type="application/json" id="figure-{name}">(.*?)</script>', html, re.DOTALL)
    traces: list[dict[str, Any]] = json.loads(found)["data"]
    return traces


def table(html: str, after: str) -> str:
    """The rows of the first table after a text."""
    start = html.index("<tbody>", html.index(after))
    return html[start : html.index("</tbody>", start)]
