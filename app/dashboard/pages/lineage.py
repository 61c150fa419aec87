"""Lineage: the graph from the sources to exports and webhooks, and one of its nodes."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from app.api.core.problems import INVALID, Problem
from app.api.lineage.graph import ROWS_OF, Lineage, LineageEdge, LineageNode, NodeKind, get_lineage
from app.api.quality.contract import get_contract
from app.api.runs.problems import UNKNOWN_RUN
from app.api.runs.routes import get_run
from app.api.runs.schemas import RunSummary
from app.dashboard.figures.lineage import HEIGHT, WIDTH, draw
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageQuery, PageRequest

READ_BY_CONTRACT: Final[frozenset[NodeKind]] = frozenset({"source", "bronze", "silver", "quarantine", "gold"})


class LineageQuery(PageQuery):
    """Query string of the page."""

    node: Annotated[str | None, Field(max_length=500, description="Id of the node that is described.")] = None


async def show_lineage(request: PageRequest) -> PageContent:
    """Show the graph, and the chosen node with its contract and its latest run."""
    query = request.query(LineageQuery)
    lineage = await get_lineage(request.reader)
    chosen = _chosen(lineage, query.node)
    values = {
        "lineage": lineage,
        "drawing": draw(lineage.nodes, lineage.edges),
        "box": (WIDTH, HEIGHT),
        "names": {node.id: node.name for node in lineage.nodes},
        "chosen": await _described(request, lineage, chosen) if chosen else None,
    }
    return PageContent("lineage.html", "Lineage", values, lineage)


def _chosen(lineage: Lineage, node_id: str | None) -> LineageNode | None:
    if node_id is None:
        return None
    for node in lineage.nodes:
        if node.id == node_id:
            return node
    detail = f"the lineage has no node {node_id!r}; choose one of {', '.join(node.id for node in lineage.nodes)}"
    raise Problem(INVALID, f"node: {detail}", errors=[{"detail": detail, "parameter": "node"}])


async def _described(request: PageRequest, lineage: Lineage, node: LineageNode) -> dict[str, Any]:
    read = [edge for edge in lineage.edges if edge.to == node.id]
    written = [edge for edge in lineage.edges if edge.from_ == node.id]
    return {
        "node": node,
        "counts": ROWS_OF[node.kind],
        "read": read,
        "written": written,
        "run": await _latest_run(request, read or written),
        "contract": await get_contract(request.reader) if node.kind in READ_BY_CONTRACT else None,
    }


async def _latest_run(request: PageRequest, edges: Sequence[LineageEdge]) -> RunSummary | None:
    ended = [edge for edge in edges if edge.run_id and edge.job and edge.at]
    latest = max(ended, key=lambda edge: str(edge.at), default=None)
    if latest is None or latest.run_id is None:
        return None
    try:
        return await get_run(request.reader, latest.run_id)
    except Problem as problem:  # removed after its retention, between two reads
        if problem.kind is not UNKNOWN_RUN:
            raise
        return None


ROUTE: Final = PageRoute("/lineage", show_lineage, ("quality:read",), "Lineage")
