"""Hostile requests of the dashboard: addresses, origins, forms and texts for plotly."""

import re

import pytest
from httpx import AsyncClient

from app.dashboard.figures.figure import plain
from app.dashboard.frame.authentication import local_path
from tests.api.conftest import KEY
from tests.dashboard.conftest import FORM, IMAGE, reading

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "target",
    ["//[", "http://[", "http://[x]/", "//[x]/", "/a\\b", "/a\x00", "/a\u2028b", "", "/sign-out", "/sign-out?x"],
)
async def test_a_target_that_is_no_path_is_the_overview(target: str) -> None:
    assert local_path(target) == "/"


@pytest.mark.parametrize("target", ["/segments?scheme=rules", "/customers/%5B", "/[", "/a:b"])
async def test_a_path_is_a_target(target: str) -> None:
    assert local_path(target) == target


@pytest.mark.parametrize("origin", ["http://[", "http://[x]", "http://regulars@evil.example", "http://regulars:80"])
async def test_a_malformed_origin_is_another_site(shop: str, origin: str) -> None:
    async with reading(shop, key=None) as reader:
        answer = await reader.post("/sign-in", data={"key": KEY}, headers={**FORM, "Origin": origin})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/sign-in", "/runs/start", "/quality/quarantine/replay"])
async def test_a_form_with_too_many_fields_is_refused(reader: AsyncClient, path: str) -> None:
    body = "&".join(f"field{number}=1" for number in range(1_001))
    answer = await reader.post(path, content=body.encode(), headers=FORM)
    assert (answer.status_code, "more than 1,000 fields" in answer.text) == (413, True)


@pytest.mark.parametrize("body", [b"job=%00", b"\x00=\x00", b"job=\xff", b"job=%ed%a0%80", b"job=%zz"])
async def test_a_form_with_strange_bytes_is_refused(reader: AsyncClient, body: bytes) -> None:
    answer = await reader.post("/runs/start", content=body, headers=FORM)
    assert answer.status_code == 422


async def test_no_link_leads_to_another_server(reader: AsyncClient) -> None:
    page = (await reader.get("http://regulars//evil.example/page?filter=1")).text
    assert re.findall(r'href="(?!/[^/])(?!/"|#)[^"]*"', page) == []


async def test_a_long_address_leads_to_the_sign_in(shop: str) -> None:
    async with reading(shop, key=None) as reader:
        asked = await reader.get("/customers", params={"country": "a" * 6_000})
        assert (await reader.get(asked.headers["Location"])).status_code == 200


@pytest.mark.parametrize("value", ["%00", "%", "%zz", "%ff%fe", "%ed%a0%80", "9" * 400, "1e400", "%F0%9F%98%80"])
@pytest.mark.parametrize(
    "path", ["/customers?country=", "/customers?recency_min=", "/movement?to_segment=", "/trends?from="]
)
async def test_strange_filters_are_pages(reader: AsyncClient, path: str, value: str) -> None:
    answer = await reader.get(f"http://regulars{path}{value}")
    assert answer.status_code in {200, 422}
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", ["/customers/%00", "/lineage/customers/%00", "/segments/%ff", "/customers/%zz"])
async def test_strange_ids_are_pages(reader: AsyncClient, path: str) -> None:
    answer = await reader.get(f"http://regulars{path}")
    assert (answer.status_code in {404, 422}, answer.headers["Content-Type"]) == (True, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (IMAGE, "&lt;img src=x onerror=alert(1)&gt;"),
        ("<b>", "&lt;b&gt;"),
        ('<a href="javascript:alert(1)">', '&lt;a href="javascript:alert(1)"&gt;'),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
    ],
)
async def test_labels_of_figures_are_no_tags(text: str, shown: str) -> None:
    assert plain(text) == shown
