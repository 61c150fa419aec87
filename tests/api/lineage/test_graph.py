"""Graph of the data's way."""

from collections.abc import Iterator
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import Engine

from app.db.engine import make_engine
from tests.api.conftest import asking, assign_again, change
from tests.loading import query

pytestmark = pytest.mark.anyio
KINDS = ["source", "bronze", "silver", "quarantine", "gold", "model", "segments", "exports", "webhooks"]


@pytest.fixture
def tables(shop: str) -> Iterator[Engine]:
    """The tables of the shop."""
    engine = make_engine(shop)
    yield engine
    engine.dispose()


async def graph(client: AsyncClient) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    """Nodes by id, edges by both ends."""
    found = (await client.get("/v1/lineage")).json()
    return {each["id"]: each for each in found["nodes"]}, {(each["from"], each["to"]): each for each in found["edges"]}


async def test_every_edge_joins_two_nodes(client: AsyncClient) -> None:
    nodes, edges = await graph(client)
    assert [each["kind"] for each in nodes.values()] == KINDS
    assert {end for edge in edges for end in edge} == nodes.keys()


async def test_nodes_have_the_rows_of_the_tables(client: AsyncClient, tables: Engine) -> None:
    nodes, _ = await graph(client)
    counted = {
        "bronze": "bronze.sales_row",
        "silver": "silver.sales_row",
        "quarantine": "silver.quarantine",
        "gold": "gold.customer_rfm",
        "segments": "segments.customer_segment",
    }
    rows = {kind: query(tables, f"select count(*) from {table}")[0][0] for kind, table in counted.items()}  # noqa: S608
    assert {kind: nodes[kind]["rows"] for kind in counted} == rows
    assert nodes["model"]["rows"] == 59
    (source,) = (node for node in nodes.values() if node["kind"] == "source")
    assert source["rows"] == rows["bronze"] == rows["silver"] + rows["quarantine"]


async def test_edges_have_the_latest_run(client: AsyncClient, tables: Engine) -> None:
    nodes, edges = await graph(client)
    runs = dict(query(tables, "select job, cast(run_id as text) from pipeline.job_run"))
    source = next(iter(nodes))
    for edge in ((source, "bronze"), ("bronze", "silver"), ("bronze", "quarantine"), ("silver", "gold")):
        assert (edges[edge]["run_id"], edges[edge]["job"]) == (runs["ingest"], "ingest")
    for edge in (("gold", "model"), ("model", "segments")):
        assert (edges[edge]["run_id"], edges[edge]["job"], edges[edge]["rows"]) == (runs["retrain"], "retrain", 59)
    assert edges["bronze", "silver"]["rows"] + edges["bronze", "quarantine"]["rows"] == edges[source, "bronze"]["rows"]


async def test_the_edge_to_gold_has_the_rows_that_count(own_shop: str) -> None:
    change(own_shop, "update quality.file_money set outcome = 'not_counted' where file_id = 1")
    async with asking(own_shop) as client:
        _, edges = await graph(client)
        (file,) = (await client.get("/v1/files?file_id=1")).json()["data"]
    assert edges["silver", "gold"]["rows"] == edges["bronze", "silver"]["rows"] - file["rows_loaded"]


async def test_what_never_happened_has_no_time(client: AsyncClient) -> None:
    nodes, edges = await graph(client)
    for edge in (("quarantine", "silver"), ("segments", "exports")):
        assert [edges[edge][name] for name in ("rows", "at", "run_id", "job")] == [None] * 4
    assert (nodes["exports"]["rows"], nodes["webhooks"]["rows"]) == (None, 0)


async def test_a_later_load_of_one_file_has_its_rows(own_shop: str) -> None:
    later = "id = (select max(id) from pipeline.source_file)"
    run = "update pipeline.source_file set run_id = '00000000-0000-0000-0000-000000000007', "
    change(own_shop, f"{run} loaded_at = now(), received_at = now() where {later}")
    async with asking(own_shop) as client:
        nodes, edges = await graph(client)
        (file,) = [each for each in (await client.get("/v1/files")).json()["data"] if each["file_id"] == 4]
        assert edges["bronze", "silver"]["rows"] == file["rows_loaded"]
        assert edges[next(iter(nodes)), "bronze"]["rows"] == file["rows_read"] < nodes["bronze"]["rows"]


async def test_customers_assigned_by_the_latest_load_are_counted(own_shop: str) -> None:
    change(own_shop, "update gold.customer_rfm set monetary = monetary + 1 where customer_id in ('R01', 'R02')")
    change(own_shop, "update pipeline.job_run set started_at = now() where job = 'ingest'")
    assign_again(own_shop)
    change(own_shop, "update pipeline.job_run set finished_at = now() where job = 'ingest'")
    async with asking(own_shop) as client:
        _, edges = await graph(client)
        assert edges["gold", "segments"]["rows"] == 2


async def test_an_active_endpoint_is_counted(own_shop: str) -> None:
    async with asking(own_shop, webhook_allow_private="0.0.0.0/0") as client:
        before, _ = await graph(client)
        change(
            own_shop,
            "insert into webhooks.webhook_endpoint (endpoint_id, url, events, scheme, batch) "
            "values (gen_random_uuid(), 'https://shop.example/', array['run.completed'], 'kmeans', false)",
        )
        after, _ = await graph(client)
        assert (before["webhooks"]["rows"], after["webhooks"]["rows"]) == (0, 1)


async def test_before_the_first_load_there_are_nodes_without_rows(empty: AsyncClient) -> None:
    nodes, edges = await graph(empty)
    assert [each["kind"] for each in nodes.values()] == KINDS[1:]
    assert {each["at"] for each in edges.values()} == {None}
