"""Pictures of the dashboard with the sales of the demonstration, for README.md and docs/dashboard.md.

Each picture shows one page as a browser draws it. Dates are fixed, so that a page that did not change keeps its
picture. Run it after a page was changed:

    python -m tests.acceptance.screenshots [--picture overview]
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

import httpx
from playwright.sync_api import Browser, sync_playwright

from app.db.embedded import embedded_postgres
from app.db.engine import make_engine
from app.db.migrate import migrate
from app.prepare.demo import generate_demo
from tests.api.conftest import change
from tests.conftest import NOW
from tests.dashboard.browser.conftest import ALONE, TODAY, executable, serving, show
from tests.dashboard.browser.two_trainings import load_and_train_twice

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "screenshots"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a page.

    Attributes:
        name: name of the file, without its suffix.
        path: address of the page; `{customer_id}` and `{slug}` are those of the customer with the highest revenue.
        theme: colours.
        width, height: size of the window in pixels.
    """

    name: str
    path: str
    theme: Literal["light", "dark"] = "light"
    width: int = 1280
    height: int = 860


PICTURES: Final = (
    Picture("overview", "/", height=1040),
    Picture("segments", "/segments", height=1110),
    Picture("segment", "/segments/{slug}", height=1000),
    Picture("clusters", "/clusters", height=1140),
    Picture("customer", "/customers/{customer_id}", height=1060),
    Picture("movement", "/movement", height=960),
    Picture("trends", "/trends", height=940),
    Picture("quality", "/quality", height=1230),
    Picture("lineage", "/lineage"),
    Picture("overview-dark", "/", theme="dark", height=1040),
    Picture("phone", "/segments", width=390, height=844),
)


def largest_customer(address: str) -> dict[str, str]:
    """Return id and segment of the customer with the highest revenue."""
    query: dict[str, str | int] = {"sort": "-monetary", "limit": 1}
    (row,) = httpx.get(f"{address}/v1/customers", params=query, timeout=60).json()["data"]
    return {"customer_id": row["customer_id"], "slug": row["slug"]}


def take(browser: Browser, address: str, picture: Picture, folder: Path) -> Path:
    """Write the picture of a page; return its file."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.theme,
        locale="en-GB",
        timezone_id="UTC",
        reduced_motion="reduce",
    )
    context.set_default_timeout(300_000)
    page = context.new_page()
    show(page, address + picture.path.format(**largest_customer(address)))
    file = folder / f"{picture.name}.png"
    page.screenshot(path=file, animations="disabled")
    context.close()
    return file


@contextmanager
def demonstration() -> Iterator[str]:
    """Serve the sales of the demonstration from a new database; yield the address."""
    with TemporaryDirectory() as name, embedded_postgres(Path(name, "data")) as url:
        engine = make_engine(url)
        migrate(engine)
        engine.dispose()
        sales = Path(name, "sales")
        generate_demo(sales, TODAY)
        load_and_train_twice(url, sales, TODAY)
        change(url, "update gold.customer_rfm set updated_at = :now", now=NOW)
        with serving(url) as address:
            yield address


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    names = [picture.name for picture in PICTURES]
    parser.add_argument("--picture", action="append", choices=names, help="only this picture; can be repeated")
    chosen = parser.parse_args().picture or names
    with demonstration() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(ALONE))
        for picture in PICTURES:
            if picture.name in chosen:
                file = take(browser, address, picture, FOLDER)
                print(f"{file.name}: {file.stat().st_size:,} bytes")  # noqa: T201  # output of a command
        browser.close()


if __name__ == "__main__":
    main()
