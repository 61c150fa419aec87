"""Pages of lists: links to the next and the first one, and all rows of a short list."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from app.api.core.dependencies import Reader
from app.api.core.pagination import PageParams
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.frame.rendering import address

MAX_ROWS: Final = 1_000
MAX_PAGES: Final = 10
Params = TypeVar("Params", bound=PageParams)


def page_links(request: PageRequest, next_cursor: str | None) -> dict[str, str | None]:
    """Return the addresses of the next page and, after the first, of the first page; None where there is none."""
    return {
        "next_page": _address(request, next_cursor) if next_cursor else None,
        "first_page": _address(request, None) if "cursor" in request.filters else None,
    }


async def all_rows(read: Callable[[Reader, Params], Awaitable[Any]], reader: Reader, query: Params) -> list[Any]:
    """Return the rows of all pages of a list of the API, at most 10,000.

    Args:
        read: operation of the API that lists the rows.
        reader: reader of the database.
        query: filters of the list.
    """
    found: list[Any] = []
    cursor = None
    for _ in range(MAX_PAGES):
        page = await read(reader, query.model_copy(update={"limit": MAX_ROWS, "cursor": cursor}))
        found += page.data
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def _address(request: PageRequest, cursor: str | None) -> str:
    kept: dict[str, Any] = {name: values for name, values in request.filters.items() if name != "cursor"}
    return address(request.http.scope.get("root_path", ""), request.path, **kept, cursor=cursor)
