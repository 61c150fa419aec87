"""Pages over real sales in a browser, each compared with the API."""

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.dashboard.browser.conftest import PATIENCE, Opening, serving, trained_twice

DAYS: Final = 60
"""Days of real sales that are loaded, of half a year."""


@pytest.fixture(scope="module")
def site(real_sales: Path, postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server with real sales."""
    folder = tmp_path_factory.mktemp("real")
    days = sorted((real_sales / "daily_sales").iterdir())[:DAYS]
    for day in days:
        shutil.copytree(day, folder / day.name)
    today = date.fromisoformat(days[-1].name) + timedelta(days=1)
    with trained_twice(postgres, folder, today) as url, serving(url, as_of=today) as address:
        yield address


@pytest.fixture(scope="module")
def api(site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{site}/v1", timeout=PATIENCE / 1000) as found:
        yield found


def rows(api: httpx.Client, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = api.get(path, params=query)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def test_the_overview(opening: Opening, site: str, api: httpx.Client) -> None:
    segments, sales = rows(api, "/segments"), rows(api, "/trends/sales", by="month")
    watched = opening(site)
    customers, orders = watched.numbers(".tiles", "integer")
    assert (int(customers), int(orders)) == (
        sum(row["customers"] for row in segments),
        sum(row["orders"] for row in sales),
    )
    assert Decimal(watched.numbers(".tiles", "money")[0]) == sum(Decimal(row["revenue"]) for row in segments)
    watched.check()


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
def test_the_segments(opening: Opening, site: str, api: httpx.Client, scheme: str) -> None:
    watched = opening(f"{site}/segments?scheme={scheme}")
    assert watched.numbers("table[data-sortable] td:nth-child(3)", "integer") == [
        str(row["customers"]) for row in rows(api, "/segments", scheme=scheme) if row["customers"]
    ]
    watched.check()


def test_a_segment(opening: Opening, site: str, api: httpx.Client) -> None:
    row = rows(api, "/segments")[0]
    top = rows(api, "/customers", segment=row["slug"], sort="-monetary", limit=10)
    watched = opening(f"{site}/segments/{row['slug']}")
    assert watched.numbers('section[aria-labelledby="top"] tbody td:nth-child(6)', "money") == [
        each["monetary"] for each in top
    ]
    watched.check()


def test_the_clusters(opening: Opening, site: str, api: httpx.Client) -> None:
    watched = opening(f"{site}/clusters")
    shown = set(watched.numbers("main table tbody", "integer"))
    assert {str(row["customers"]) for row in rows(api, "/clusters")} <= shown
    watched.check()


def test_the_customers(opening: Opening, site: str, api: httpx.Client) -> None:
    expected = rows(api, "/customers", sort="-monetary", limit=50)
    watched = opening(f"{site}/customers?sort=-monetary")
    assert watched.numbers("tbody td:nth-child(6)", "money") == [row["monetary"] for row in expected]
    watched.check()


def test_a_customer(opening: Opening, site: str, api: httpx.Client) -> None:
    customer = rows(api, "/customers", sort="-frequency", limit=1)[0]["customer_id"]
    orders = rows(api, f"/customers/{customer}/orders", limit=10)
    watched = opening(f"{site}/customers/{customer}")
    assert watched.numbers("#orders tbody td:nth-child(3)", "money")[:10] == [order["amount"] for order in orders]
    watched.check()


def test_the_movement(opening: Opening, site: str, api: httpx.Client) -> None:
    matrix = api.get("/transitions").json()
    assert matrix["moved"] > 0
    shown = opening(f"{site}/movement").numbers("main", "integer")
    assert [str(matrix[name]) for name in ("moved", "stayed", "entered", "gone")] == shown[:4]


def test_the_trends(opening: Opening, site: str, api: httpx.Client) -> None:
    months = rows(api, "/trends/sales", by="month")
    watched = opening(f"{site}/trends")
    shown = watched.numbers("main tbody", "money")
    assert {row["revenue"] for row in months} <= set(shown)
    watched.check()


def test_the_quality(opening: Opening, site: str, api: httpx.Client) -> None:
    received = sum(row["rows"] for row in rows(api, "/quality/daily-counts", layer="bronze", limit=1000))
    watched = opening(f"{site}/quality")
    assert str(received) in watched.numbers("main", "integer")
    watched.check()


def test_the_files(opening: Opening, site: str) -> None:
    watched = opening(f"{site}/quality/files")
    assert watched.numbers("#found", "integer") == [str(DAYS)]
    watched.check()


def test_the_lineage(opening: Opening, site: str, api: httpx.Client) -> None:
    nodes = {node["id"]: node["rows"] for node in api.get("/lineage").json()["nodes"]}
    texts = " ".join(opening(f"{site}/lineage", locale="en-GB").page.locator("svg a").all_text_contents())
    assert [name for name in ("bronze", "silver", "gold") if f"{nodes[name]:,}" not in texts] == []


def test_the_models(opening: Opening, site: str, api: httpx.Client) -> None:
    watched = opening(f"{site}/models")
    counts = watched.numbers("main tbody", "integer")
    assert {str(row["customers"]) for row in rows(api, "/models")} <= set(counts)
    watched.check()
