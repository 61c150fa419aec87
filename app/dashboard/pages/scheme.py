"""Segmentation scheme of a page, by its query string; custom segments are offered where there are some."""

from typing import Annotated, Final

from pydantic import Field

from app.api.core.dependencies import SCHEMES, AnySchemeName, SchemeName
from app.api.segments.recommendations import list_recommendations
from app.dashboard.frame.addresses import DEFAULT_SCHEME
from app.dashboard.frame.page_request import PageQuery, PageRequest
from app.segments.model.schemes import CUSTOM

LEFT_OUT: Final = frozenset({"segment", "from_segment", "to_segment", "cursor"})


class SchemeQuery(PageQuery):
    """Query string of a page about one scheme."""

    scheme: Annotated[SchemeName, Field(description="Segmentation scheme.")] = DEFAULT_SCHEME


class AnySchemeQuery(PageQuery):
    """Query string of a page about one scheme, or about custom segments."""

    scheme: Annotated[AnySchemeName, Field(description="Segmentation scheme.")] = DEFAULT_SCHEME


async def any_scheme_links(request: PageRequest) -> dict[str, str]:
    """Return the address of the page in each scheme, and in custom segments if there are some."""
    return {**scheme_links(request), **({CUSTOM: _link(request, CUSTOM)} if await custom_slugs(request) else {})}


async def custom_slugs(request: PageRequest) -> list[str]:
    """Return the slugs of the custom segments, in the order in which they were saved."""
    return [each.slug for each in (await list_recommendations(request.reader, scheme=CUSTOM)).data]


def _link(request: PageRequest, scheme: str) -> str:
    return request.address(**{**dict.fromkeys(LEFT_OUT), "scheme": scheme})


def scheme_links(request: PageRequest) -> dict[str, str]:
    """Return the address of the page in each scheme; filters by segments belong to one scheme and are left out."""
    return {scheme: _link(request, scheme) for scheme in SCHEMES}
