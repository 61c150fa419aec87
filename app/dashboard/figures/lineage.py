"""Figure of the lineage: places of nodes and lines of edges, drawn by the template as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.api.lineage.graph import LineageEdge, LineageNode, NodeKind

PLACES: Final[Mapping[NodeKind, tuple[int, int]]] = {
    "source": (0, 1),
    "bronze": (1, 1),
    "silver": (2, 1),
    "quarantine": (2, 3),
    "gold": (3, 1),
    "model": (4, 0),
    "segments": (5, 1),
    "exports": (6, 0),
    "webhooks": (6, 2),
}
"""Column and row of each kind of node; further sources are below the first."""
COLUMN: Final = 183
ROW: Final = 84
WIDTH: Final = 124
HEIGHT: Final = 62
EDGE: Final = 8


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """A node and the top left corner of its box."""

    node: LineageNode
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    """An edge, the path of its line, and the place of its label."""

    edge: LineageEdge
    path: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """Nodes and edges with their places, and the size of the drawing."""

    nodes: list[PlacedNode]
    edges: list[PlacedEdge]
    width: int
    height: int


def draw(nodes: Sequence[LineageNode], edges: Sequence[LineageEdge]) -> Drawing:
    """Return the places of nodes and edges."""
    placed: dict[str, PlacedNode] = {}
    sources = 0
    for node in nodes:
        column, row = PLACES[node.kind]
        if node.kind == "source":
            row += sources
            sources += 1
        placed[node.id] = PlacedNode(node, EDGE + column * COLUMN, EDGE + row * ROW)
    lines = [_line(edge, placed[edge.from_], placed[edge.to]) for edge in edges]
    width = max((each.x for each in placed.values()), default=0) + WIDTH + EDGE
    height = max((each.y for each in placed.values()), default=0) + HEIGHT + EDGE
    return Drawing([*placed.values()], lines, width, height)


def _line(edge: LineageEdge, start: PlacedNode, end: PlacedNode) -> PlacedEdge:
    if start.x == end.x:  # upwards, from the quarantine back to silver
        x, bottom, top = start.x + WIDTH // 2, start.y, end.y + HEIGHT
        return PlacedEdge(edge, f"M{x} {bottom}V{top + EDGE}", x, (bottom + top) // 2)
    left, right = start.x + WIDTH, end.x - EDGE
    begin, stop = start.y + HEIGHT // 2, end.y + HEIGHT // 2
    middle = (left + right) // 2
    return PlacedEdge(
        edge,
        f"M{left} {begin}C{middle} {begin} {middle} {stop} {right} {stop}",
        middle + EDGE // 2,
        _above(begin, stop),
    )


def _above(begin: int, stop: int) -> int:
    return (begin + stop) // 2 - 6
