"""Models: training runs, comparison with the champion, value bands, and the buttons that change them."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.core.pagination import PageParamsWithTotal
from app.api.segments.model_actions import discard_model, promote_model, roll_back_to_model
from app.api.segments.model_list import list_models
from app.api.segments.value_edges import list_value_edges, refit_value_edges
from app.dashboard.frame.page import ActionRoute, PageContent, PageRoute, Redirect
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.pages.paging import page_links
from app.dashboard.pages.quarantine import responder, to_run
from app.segments.largest_band import LARGEST_BAND, describe_largest

PAGE_SIZE: Final = 25
SHOWN_EDGES: Final = 2
"""Fits of the value bands that are shown: the one in use, and the one before."""


class ModelsQuery(PageParamsWithTotal):
    """Query string of the page."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=1000)] = PAGE_SIZE


async def show_models(request: PageRequest) -> PageContent:
    """Show a page of the models."""
    page = await list_models(request.reader, request.query(ModelsQuery))
    edges = await list_value_edges(request.reader, PageParamsWithTotal(limit=SHOWN_EDGES))
    largest = [describe_largest(band) for band in await request.reader.rows(LARGEST_BAND)]
    values = {
        "models": page.data,
        "value_edges": edges.data,
        "largest_band": largest,
        **page_links(request, page.next_cursor),
    }
    return PageContent("models.html", "Models", values, page)


async def promote(request: PageRequest) -> Redirect:
    """Queue the promotion of a challenger, and go to its run."""
    run_id = UUID(request.param("run_id"))
    return to_run(await promote_model(request.http, request.writer, responder(request), run_id))


async def discard(request: PageRequest) -> Redirect:
    """Discard a challenger, and show the models."""
    await discard_model(request.reader, request.writer, UUID(request.param("run_id")))
    return Redirect("/models")


async def roll_back(request: PageRequest) -> Redirect:
    """Queue the publication of an earlier champion, and go to its run."""
    run_id = UUID(request.param("run_id"))
    return to_run(await roll_back_to_model(request.http, request.writer, responder(request), run_id))


async def refit_value(request: PageRequest) -> Redirect:
    """Queue a refit of the value bands, and go to its run."""
    return to_run(await refit_value_edges(request.http, request.writer, responder(request)))


ROUTE: Final = PageRoute("/models", show_models, ("segments:read",), "Runs")
PROMOTE: Final = ActionRoute("/models/{run_id:uuid}/promote", promote, ("models:write",))
DISCARD: Final = ActionRoute("/models/{run_id:uuid}/discard", discard, ("models:write",))
ROLL_BACK: Final = ActionRoute("/models/{run_id:uuid}/roll-back", roll_back, ("models:write",))
REFIT_VALUE: Final = ActionRoute("/models/refit-value", refit_value, ("models:write",))
