"""Segmentation scheme of a page, by its query string."""

from typing import Annotated, Final

from pydantic import Field

from app.api.core.dependencies import SCHEMES, SchemeName
from app.dashboard.frame.addresses import DEFAULT_SCHEME
from app.dashboard.frame.page_request import PageQuery, PageRequest

LEFT_OUT: Final = frozenset({"segment", "from_segment", "to_segment", "cursor"})


class SchemeQuery(PageQuery):
    """Query string of a page about one scheme."""

    scheme: Annotated[SchemeName, Field(description="Segmentation scheme.")] = DEFAULT_SCHEME


def scheme_links(request: PageRequest) -> dict[str, str]:
    """Return the address of the page in each scheme; filters by segments belong to one scheme and are left out."""
    return {scheme: request.address(**{**dict.fromkeys(LEFT_OUT), "scheme": scheme}) for scheme in SCHEMES}
