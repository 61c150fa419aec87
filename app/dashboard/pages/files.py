"""Files: the ledger, by state."""

from typing import Annotated, Final, get_args

from pydantic import ConfigDict, Field

from app.api.quality.files import FileFilters, FileSort, list_files
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.pages.paging import page_links
from app.pipeline.tables import ACTIVE, FileState

PAGE_SIZE: Final = 50


class FilesQuery(FileFilters):
    """Filters of the API, with pages of fewer rows, the newest files first."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=1000)] = PAGE_SIZE
    sort: FileSort = "-file_id"


async def show_files(request: PageRequest) -> PageContent:
    """Show a page of the files that match the filters."""
    query = request.query(FilesQuery).model_copy(update={"include": ["total"]})
    page = await list_files(request.reader, query)
    values = {
        "query": query,
        "files": page.data,
        "total": page.total,
        "states": get_args(FileState),
        "active": ACTIVE,
        "is_filtered": bool(request.filters.keys() - {"sort", "limit", "cursor"}),
        **page_links(request, page.next_cursor),
    }
    return PageContent("files.html", "Files", values, page)


ROUTE: Final = PageRoute("/quality/files", show_files, ("quality:read",), "Quality")
