"""Moves between segments; those since the training run of an earlier day are cached until customers are updated."""

from collections.abc import Iterable

from app.api.core.dependencies import SchemeName
from app.api.customers.list import CustomerQuery, read_customers
from app.api.segments.transition_schemas import Transition, TransitionMatrix, TransitionsQuery
from app.api.segments.transitions import get_transitions
from app.dashboard.frame.page_request import PageRequest


async def recent_moves(request: PageRequest, scheme: SchemeName) -> TransitionMatrix:
    """Return the transitions of `GET /v1/transitions` without days.

    The comparison of 100,000 customers takes longer than a page may: the last result of each scheme is kept until
    another run is published, or customers are updated.
    """
    customers = await read_customers(request.reader, CustomerQuery(scheme=scheme, limit=1), "customers")
    version = (customers["run_id"], customers["as_of"], customers["updated_through"])
    kept = request.memory.get(f"moves {scheme}")
    if kept is not None and kept[0] == version:
        matrix: TransitionMatrix = kept[1]
        return matrix
    matrix = await get_transitions(request.slots, request.reader, request.writer, TransitionsQuery(scheme=scheme))
    if matrix.run_id == version[0]:
        request.memory[f"moves {scheme}"] = (version, matrix)
    return matrix


def moves_of(cells: Iterable[Transition]) -> list[Transition]:
    """Return the transitions from one segment to another; not those of new customers, or to no segment."""
    return [cell for cell in cells if cell.from_slug and cell.to_slug and cell.from_slug != cell.to_slug]
