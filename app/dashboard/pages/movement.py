"""Movement: flows between segments from one day to another by cause, and the list of moves."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from app.api.segments.transition_schemas import MoveCause, MovesQuery, Transition, TransitionMatrix, TransitionsQuery
from app.api.segments.transitions import get_transitions, list_moves
from app.dashboard.figures.movement import CAUSES, Flow, matrix, sankey
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.pages.paging import page_links
from app.dashboard.pages.recent_moves import moves_of, recent_moves
from app.dashboard.pages.scheme import SchemeQuery, scheme_links
from app.db.param_types import Day
from app.segments.filters import SegmentNames

PAGE_SIZE: Final = 50


class MovementQuery(SchemeQuery):
    """Two days to compare, causes of the flows, and segments of the moves."""

    since: Annotated[Day | None, Field(alias="from")] = None
    until: Annotated[Day | None, Field(alias="to")] = None
    cause: Annotated[list[MoveCause], Field(default_factory=list, max_length=3)]
    from_segment: SegmentNames | None = None
    to_segment: SegmentNames | None = None
    limit: Annotated[int, Field(ge=1, le=1_000, description="Moves on a page.")] = PAGE_SIZE
    cursor: str | None = None


async def show_movement(request: PageRequest) -> PageContent:
    """Show the flows between two published states, by default the training run of an earlier day, and now."""
    query = request.query(MovementQuery)
    compared = await _compared(request, query)
    is_same = (compared.before.run_id, compared.before.day) == (compared.after.run_id, compared.after.day)
    flows = [flow for cell in compared.data for flow in _flows(cell, query.cause)]
    moves = (
        None if is_same else await list_moves(request.slots, request.reader, request.writer, _moves(query, compared))
    )
    cells = _cells(compared.data, query.cause)
    names = _names(cells)
    values = {
        "scheme": query.scheme,
        "scheme_links": scheme_links(request),
        "query": query,
        **_days(query, compared),
        "compared": compared,
        "is_same": is_same,
        "causes": {name: CAUSES[name] for name in get_args(MoveCause)},
        "cause_names": CAUSES,
        "totals": {name: sum(getattr(cell.causes, name) for cell in compared.data) for name in get_args(MoveCause)},
        "flows": sorted(flows, key=lambda flow: -flow.customers),
        "sankey": sankey(flows) if flows else None,
        "names": names,
        "cells": cells,
        "matrix": matrix(names, cells) if names else None,
        "from_segments": _ends(compared.data, "from"),
        "to_segments": _ends(compared.data, "to"),
        "moves": moves.data if moves else [],
        "total": _total(compared.data, query),
        **page_links(request, moves.next_cursor if moves else None, "#moves"),
    }
    return PageContent("movement.html", "Movement", values, compared)


async def _compared(request: PageRequest, query: MovementQuery) -> TransitionMatrix:
    if query.since is None and query.until is None:
        return await recent_moves(request, query.scheme)
    days = TransitionsQuery(from_=query.since, to=query.until, scheme=query.scheme)
    return await get_transitions(request.slots, request.reader, request.writer, days)


def _days(query: MovementQuery, compared: TransitionMatrix) -> dict[str, date | None]:
    """Return the days of the form; None if the compared states are not those of two days."""
    before, after = compared.before, compared.after
    if query.since is None and query.until is None and before.day is None:
        return {"since": None, "until": None}
    return {"since": query.since or before.last_day, "until": query.until or after.last_day}


def _moves(query: MovementQuery, compared: TransitionMatrix) -> MovesQuery:
    """Return the query of the moves between the same states, also if another run is published meanwhile."""
    return MovesQuery(
        from_=compared.before.day,
        to=compared.after.day,
        from_run=None if compared.before.day else compared.before.run_id,
        to_run=None if compared.after.day else compared.after.run_id,
        scheme=query.scheme,
        from_segment=query.from_segment,
        to_segment=query.to_segment,
        limit=query.limit,
        cursor=query.cursor,
    )


def _flows(cell: Transition, causes: Sequence[str]) -> list[Flow]:
    """Return the flows of a pair of segments, one for each cause; none for customers who stayed."""
    if cell.from_slug == cell.to_slug:
        return []
    before, after = cell.from_segment or CAUSES["entered"], cell.to_segment or CAUSES["gone"]
    if cell.from_slug is None or cell.to_slug is None:
        cause = "entered" if cell.from_slug is None else "gone"
        return [] if causes else [Flow(before, after, cause, cell.customers)]
    counts = {name: getattr(cell.causes, name) for name in causes or get_args(MoveCause)}
    return [Flow(before, after, name, count) for name, count in counts.items() if count]


def _cells(cells: Sequence[Transition], causes: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return the customers by segment before and after, both with a name; with causes, those of the causes only."""
    found = {}
    for cell in cells:
        if cell.from_segment and cell.to_segment:
            is_move = cell.from_slug != cell.to_slug
            count = sum(getattr(cell.causes, name) for name in causes) if causes and is_move else cell.customers
            found[cell.from_segment, cell.to_segment] = count
    return found


def _names(found: dict[tuple[str, str], int]) -> list[str]:
    sums: dict[str, int] = {}
    for pair, customers in found.items():
        for name in pair:
            sums[name] = sums.get(name, 0) + customers
    return sorted(sums, key=lambda name: (-sums[name], name))


def _ends(cells: Sequence[Transition], end: Literal["from", "to"]) -> list[tuple[str, str]]:
    """Return slug and name of the segments out of which, or into which, customers moved."""
    found = {getattr(cell, f"{end}_slug"): getattr(cell, f"{end}_segment") for cell in moves_of(cells)}
    return sorted(found.items(), key=lambda pair: str(pair[1]))


def _total(cells: Sequence[Transition], query: MovementQuery) -> int:
    return sum(
        cell.customers
        for cell in moves_of(cells)
        if (not query.from_segment or {cell.from_slug, cell.from_segment} & set(query.from_segment))
        and (not query.to_segment or {cell.to_slug, cell.to_segment} & set(query.to_segment))
    )


ROUTE: Final = PageRoute("/movement", show_movement, ("customers:read",), "Movement")
