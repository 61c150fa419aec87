"""Lineage of the data: from the sources to exports and webhooks."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from app.api.core.dependencies import ReaderDependency
from app.api.core.freshness import FRESHNESS, NullableFreshness
from app.api.core.openapi import problems
from app.api.core.schemas import Moment, example
from app.api.core.scopes import requires_scope
from app.api.lineage.examples import LINEAGE_EXAMPLE
from app.jobs.tables import JobName
from app.pipeline.lineage import LINEAGE

router = APIRouter(prefix="/v1/lineage", tags=["lineage"])
NodeKind = Literal["source", "bronze", "silver", "quarantine", "gold", "model", "segments", "exports", "webhooks"]
Unit = Literal["rows", "customers", "events", "endpoints"]
ROWS_OF: Final[dict[NodeKind, str]] = {
    "source": "rows of its loaded files",
    "bronze": "rows received",
    "silver": "valid rows",
    "quarantine": "invalid rows",
    "gold": "customers",
    "model": "customers of the training run",
    "segments": "customers of the current run",
    "exports": "customers in the newest export",
    "webhooks": "active endpoints",
}
"""What the number of a node counts, by kind."""
TO_GOLD: Final = "From silver to gold: rows that count towards their customer, with subtracted returns"
NODES: Final = "; ".join(f"{kind}: {counted}" for kind, counted in ROWS_OF.items())


class LineageNode(BaseModel):
    """A source, a layer, the model, the segments, the exports or the webhooks."""

    id: Annotated[str, Field(description="Key of the node in the edges.")]
    kind: NodeKind
    name: Annotated[str, Field(description="Name of the source, or the kind.")]
    rows: Annotated[int | None, Field(description=f"Number in `unit`. {NODES}. Null before the first.")]
    unit: Unit
    updated_at: Annotated[Moment | None, Field(description="Time of the last change, UTC; null before the first.")]
    run_id: Annotated[UUID | None, Field(description="Training run of model and segments; run of the newest export.")]


class LineageEdge(BaseModel):
    """A step from one node to another, with the latest run that moved rows."""

    model_config = ConfigDict(serialize_by_alias=True, populate_by_name=True)

    from_: Annotated[str, Field(alias="from", description="Id of the node that is read.")]
    to: Annotated[str, Field(description="Id of the node that is written.")]
    rows: Annotated[
        int | None, Field(description=f"Number in `unit`, of the latest run; null before the first. {TO_GOLD}.")
    ]
    unit: Unit
    at: Annotated[Moment | None, Field(description="Time of the latest run, UTC; null before the first.")]
    run_id: Annotated[UUID | None, Field(description="The latest run.")]
    job: Annotated[JobName | None, Field(description="Its job; null if the run is no longer recorded.")]


class LineageGraph(BaseModel):
    """Nodes and edges of the data flow."""

    nodes: list[LineageNode]
    edges: list[LineageEdge]


class Lineage(NullableFreshness, LineageGraph):
    """Nodes and edges from the sources to exports and webhooks."""

    model_config = example(LINEAGE_EXAMPLE)


@router.get("", summary="Get the lineage", responses=problems())
@requires_scope("quality:read")
async def get_lineage(reader: ReaderDependency) -> Lineage:
    """Get the data flow as a graph: sources, bronze, silver, quarantine, gold, model, segments, exports and webhooks.

    Nodes have the rows that they hold now, edges the rows and time of the latest run, from the ledger.
    """
    fresh = (await reader.rows(select(FRESHNESS)))[0]
    parts = await reader.rows(LINEAGE)
    nodes = [_node(row) for row in parts if row.target is None]
    edges = [{**row._mapping, "from": row.origin, "to": row.target} for row in parts if row.target is not None]  # noqa: SLF001  # _mapping is public API of SQLAlchemy
    return Lineage.model_validate({"nodes": nodes, "edges": edges, **reader.freshness_fields(fresh)})


def _node(row: Any) -> dict[str, Any]:
    kind = row.origin.partition(":")[0]
    return {**row._mapping, "id": row.origin, "kind": kind, "updated_at": row.at}  # noqa: SLF001  # _mapping is public API of SQLAlchemy
