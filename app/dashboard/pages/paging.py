"""Pages of lists: links to the next and the first one, and all rows of a short list."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from app.api.core.dependencies import Reader
from app.api.core.pagination import PageParams
from app.dashboard.frame.page_request import PageRequest

MAX_ROWS: Final = 1_000
MAX_PAGES: Final = 10
Params = TypeVar("Params", bound=PageParams)


def page_links(request: PageRequest, next_cursor: str | None, fragment: str = "") -> dict[str, str | None]:
    """Return the addresses of the next page and, after the first, of the first page; None where there is none.

    fragment: place of the list in the page, such as `#moves`.
    """
    return {
        "next_page": request.address(cursor=next_cursor) + fragment if next_cursor else None,
        "first_page": request.address(cursor=None) + fragment if "cursor" in request.filters else None,
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
