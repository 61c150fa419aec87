"""Models: training runs with the chosen number of clusters and their sizes."""

from typing import Annotated, Final

from pydantic import ConfigDict, Field

from app.api.core.pagination import PageParamsWithTotal
from app.api.segments.model_list import list_models
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.pages.paging import page_links

PAGE_SIZE: Final = 25


class ModelsQuery(PageParamsWithTotal):
    """Query string of the page."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=1000)] = PAGE_SIZE


async def show_models(request: PageRequest) -> PageContent:
    """Show a page of the models."""
    page = await list_models(request.reader, request.query(ModelsQuery))
    return PageContent("models.html", "Models", {"models": page.data, **page_links(request, page.next_cursor)}, page)


ROUTE: Final = PageRoute("/models", show_models, ("segments:read",), "Runs")
