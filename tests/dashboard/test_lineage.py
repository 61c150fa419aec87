"""Pages about lineage: figures of the API, nodes, one customer, hostile texts."""

import re
from html import unescape
from urllib.parse import quote

import pytest
from httpx import AsyncClient
from markupsafe import escape

from tests.api.conftest import asking
from tests.api.granting import new_key
from tests.dashboard.conftest import IMAGE, SCRIPT, reading, section, until_signed_in, values

pytestmark = pytest.mark.anyio
KINDS = ("bronze", "silver", "quarantine", "gold", "model", "segments", "exports", "webhooks")


async def test_the_graph_is_that_of_the_api(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        lineage = (await client.get("/v1/lineage")).json()
    page = (await reader.get("/lineage")).text
    svg = page[page.index("<svg") : page.index("</svg>")]
    nodes = [str(node["rows"]) for node in lineage["nodes"] if node["rows"] is not None]
    moved = [str(edge["rows"]) for edge in lineage["edges"] if edge["rows"] is not None]
    assert re.findall(r'<tspan data-value="(\d+)"', svg) == [*nodes, *moved]
    assert svg.count("<rect") == len(lineage["nodes"])
    assert svg.count('marker-end="url(#arrow)"') == len(lineage["edges"])
    assert values(section(page, "nodes"), "integer") == nodes
    assert values(section(page, "edges"), "integer") == moved


async def test_a_click_on_a_node_leads_to_it(reader: AsyncClient) -> None:
    page = (await reader.get("/lineage")).text
    paths = re.findall(r'<a href="(/lineage\?node=[^"#]+)', page[page.index("<svg") : page.index("</svg>")])
    assert len(paths) == len(KINDS) + 1
    for path in paths:
        assert 'aria-labelledby="chosen-heading"' in (await reader.get(unescape(path))).text


@pytest.mark.parametrize("kind", KINDS)
async def test_a_node_has_its_contract_and_latest_run(reader: AsyncClient, shop: str, kind: str) -> None:
    async with asking(shop) as client:
        lineage = (await client.get("/v1/lineage")).json()
        contract = (await client.get("/v1/contract")).json()
    part = section((await reader.get("/lineage", params={"node": kind})).text, "chosen-heading")
    (node,) = [each for each in lineage["nodes"] if each["id"] == kind]
    assert node["rows"] is None or f'value="{node["rows"]}"' in part
    runs = {edge["run_id"] for edge in lineage["edges"] if edge["to"] == kind and edge["job"] and edge["at"]}
    assert bool(runs) == ("<h3>Latest run</h3>" in part)
    assert not runs or any(f'href="/runs/{run}"' in part for run in runs)
    is_read_by_contract = kind in {"bronze", "silver", "quarantine", "gold"}
    assert (contract["sha256"] in part) == is_read_by_contract
    if kind == "silver":
        assert all(escape(each["sentence"]) in part for each in contract["expectations"])


async def test_an_unknown_node_is_a_page_with_the_nodes(reader: AsyncClient) -> None:
    answer = await reader.get("/lineage", params={"node": IMAGE})
    assert answer.status_code == 422
    assert "choose one of" in answer.text
    assert IMAGE not in answer.text


async def test_the_customer_page_leads_to_their_lineage(reader: AsyncClient, shop: str) -> None:
    assert 'href="/lineage/customers/R01"' in (await reader.get("/customers/R01")).text
    async with asking(shop) as client:
        lineage = (await client.get("/v1/lineage/customers/R01")).json()
        segment = (await client.get("/v1/customers/R01")).json()["segment"]
    page = (await reader.get("/lineage/customers/R01")).text
    files = section(page, "files")
    assert values(files, "money") == [row["amount"] for row in lineage["data"]]
    assert all(row["sha256"] in files for row in lineage["data"])
    assert lineage["model"]["sha256"] in page
    assert f"<dd>{segment}</dd>" in section(page, "answer")


async def test_files_of_a_customer_are_paged(reader: AsyncClient) -> None:
    page = (await reader.get("/lineage/customers/R01?limit=3")).text
    found = re.search(r'rel="next" href="(/lineage/customers/R01[^"]+)"', page)
    assert found is not None
    assert (await reader.get(unescape(found[1]))).status_code == 200


async def test_an_unknown_customer_is_a_page_with_the_search(reader: AsyncClient) -> None:
    answer = await reader.get("/lineage/customers/nobody")
    assert answer.status_code == 404
    assert 'name="find"' in answer.text


async def test_the_lineage_of_a_customer_needs_only_its_scope(own_shop: str) -> None:
    async with reading(own_shop, key=None) as reader:
        await until_signed_in(reader, new_key(own_shop, ["customers:read"]).key)
        page = await reader.get("/lineage/customers/R01")
        assert (await reader.get("/lineage")).status_code == 403
    assert page.status_code == 200
    assert 'href="/quality' not in page.text
    assert 'href="/runs' not in page.text


async def test_an_empty_database_has_a_graph(database_url: str) -> None:
    async with reading(database_url) as reader:
        assert "nothing yet" in (await reader.get("/lineage")).text


async def test_texts_of_the_sales_are_never_html(hostile: str) -> None:
    paths = ("/lineage", *(f"/lineage/customers/{quote(name, safe='')}" for name in (IMAGE, SCRIPT)))
    async with reading(hostile) as reader:
        for path in paths:
            answer = await reader.get(f"http://regulars{path}")
            assert answer.status_code == 200
            assert IMAGE not in answer.text
            assert SCRIPT not in answer.text
