"""Batch lookup of customers by id."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, RootModel, WrapValidator
from sqlalchemy import Row, Select, bindparam, select

from app.api.core.dependencies import SCHEMES, Reader, ReaderDependency, SchemeName
from app.api.core.forecasts import (
    FORECAST_EXAMPLE,
    FORECAST_HEAD_EXAMPLE,
    CustomerForecast,
    ForecastHead,
    forecast_fields,
)
from app.api.core.freshness import FRESHNESS_EXAMPLE, Freshness
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, NO_MODEL, TOO_LARGE, UNREADABLE
from app.api.core.route_table import MAX_LOOKUP_BYTES
from app.api.core.schemas import example
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import CURRENT, segment_join
from app.api.customers.customer_id import former_ids
from app.api.customers.identifiers import find_owners, identifier
from app.api.customers.problems import UNKNOWN_CUSTOMER, UNKNOWN_IDENTIFIER
from app.api.customers.profile import (
    CUSTOM_EXAMPLE,
    RFM_EXAMPLE,
    CustomerRow,
    CustomSegments,
    custom_segments,
    row_columns,
)
from app.contract.normalise import normalise_id
from app.db.param_types import sendable, storable
from app.segments.tables import segment_summary

router = APIRouter(prefix="/v1/customers", tags=["customers"])
MAX_IDS: Final = 1_000
UNKNOWN: Final = {"type": UNKNOWN_CUSTOMER.uri, "title": UNKNOWN_CUSTOMER.title}


class LookupRequest(BaseModel):
    """Ids to look up."""

    model_config = ConfigDict(extra="forbid")

    customer_ids: Annotated[
        list[str],
        Field(
            min_length=1,
            max_length=MAX_IDS,
            description="As in the sales, in any spelling that the data contract reads as the same id; duplicates "
            "are returned once.",
        ),
    ]
    scheme: Annotated[SchemeName, Field(description="Segmentation scheme.")] = "kmeans"


class IdentifierLookupRequest(BaseModel):
    """Values of an identifier to look up."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[str, Field(description="Name of an identifier of the data contract.", max_length=63)]
    values: Annotated[
        list[str],
        Field(
            min_length=1,
            max_length=MAX_IDS,
            description="As in the sales. A value that several customers have finds the customer of the latest sale "
            "with it; `GET /v1/customers` lists all of them.",
        ),
    ]
    scheme: Annotated[SchemeName, Field(description="Segmentation scheme.")] = "kmeans"


def _validate_one_schema(value: Any, _: Any) -> LookupRequest | IdentifierLookupRequest:
    # Only the schema that the body resembles is validated, so that errors do not list the fields of the other.
    if isinstance(value, LookupRequest | IdentifierLookupRequest):
        return value
    is_by_identifier = isinstance(value, dict) and (
        "by" in value or ("values" in value and "customer_ids" not in value)
    )
    return (IdentifierLookupRequest if is_by_identifier else LookupRequest).model_validate(value)


class AnyLookupRequest(
    RootModel[Annotated[LookupRequest | IdentifierLookupRequest, WrapValidator(_validate_one_schema)]]
):
    """Ids, or values of an identifier."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"customer_ids": ["12354", "99999"], "scheme": "kmeans"},
                {"by": "email", "values": ["max@shop.example"]},
            ]
        }
    )


class LookupMatch(BaseModel):
    """A value of an identifier, and the customer that it finds."""

    value: str
    customer_id: Annotated[str | None, Field(description="Null if no customer has the value in a sale that counts.")]


class LookupFailure(BaseModel):
    """An id that was not found."""

    customer_id: str
    type: Annotated[Literal["/problems/unknown-customer"], Field(description="Type of the problem.")]
    title: str


class FoundCustomer(CustomerForecast, CustomerRow):
    """A customer that was found."""

    scheme: SchemeName
    custom_segments: CustomSegments


class LookupResult(BaseModel):
    """Customers in the order of the request, and ids that were not found."""

    customers: list[FoundCustomer]
    matches: Annotated[
        list[LookupMatch],
        Field(description="Of a lookup by an identifier: each value with the id that it finds. Empty otherwise."),
    ]
    failures: list[LookupFailure]


class Lookup(Freshness, ForecastHead, LookupResult):
    """Customers in the order of the request, and ids that were not found."""

    model_config = example(
        {
            "customers": [{**RFM_EXAMPLE, **FORECAST_EXAMPLE, "custom_segments": [CUSTOM_EXAMPLE]}],
            "matches": [],
            "failures": [{"customer_id": "99999", **UNKNOWN}],
            **FORECAST_HEAD_EXAMPLE,
            **FRESHNESS_EXAMPLE,
        }
    )


def _many(scheme: SchemeName) -> Select[Any]:
    rows, s = CURRENT.rows, segment_summary.c
    known = rows.join(segment_summary, segment_join(CURRENT, scheme))
    is_requested = rows.c.customer_id == bindparam("ids").any_()
    columns = (*row_columns(CURRENT, scheme), s.segment, s.slug, s.tier, custom_segments(CURRENT))
    return select(CURRENT.head, CURRENT.forecast, *columns).select_from(CURRENT.head.outerjoin(known, is_requested))


MANY: Final = {scheme: _many(scheme) for scheme in SCHEMES}


@router.post(
    "/lookup",
    summary="Look up customers",
    max_body_size=MAX_LOOKUP_BYTES,
    responses=problems(UNREADABLE, UNKNOWN_IDENTIFIER, TOO_LARGE, INVALID, NO_MODEL),
)
@requires_scope("customers:read")
async def look_up_customers(reader: ReaderDependency, body: AnyLookupRequest) -> Lookup:
    """Look up up to 1,000 customers in one snapshot, by id or by an identifier of the data contract.

    Ids without a segment are returned in `failures`.
    """
    request = body.root
    matches: dict[str, str | None] = {}
    if isinstance(request, IdentifierLookupRequest):
        column = identifier(reader, request.by, pointer="#/by")
        matches = await find_owners(reader, column, dict.fromkeys(request.values))
        ids: dict[str, str | None] = {each: each for each in matches.values() if each is not None}
    else:
        customer = reader.contract.customer
        ids = {given: normalise_id(customer, storable(given)) for given in request.customer_ids}
    rows = await _read(reader, request.scheme, ids.values())
    if isinstance(request, LookupRequest):
        rows = await _read_former(reader, request.scheme, ids, rows)
    wanted = dict.fromkeys(each for each in ids.values() if each is not None)
    extra = {"currency": reader.settings.currency, "scheme": request.scheme}
    names = (*rows[0]._fields, *extra)  # row._mapping is slower by a third of the request
    found = {row.customer_id: dict(zip(names, (*row, *extra.values()), strict=True)) for row in rows}
    found.pop(None, None)  # the row of the freshness where no customer was found
    failed = [{"customer_id": sendable(given), **UNKNOWN} for given, each in ids.items() if each not in found]
    matched = [{"value": sendable(value), "customer_id": each} for value, each in matches.items()]
    customers = [found[each] for each in wanted if each in found]
    answer = {"customers": customers, "matches": matched, "failures": failed}
    head = {**forecast_fields(rows[0].forecast), **reader.freshness_fields(rows[0])}
    return Lookup.model_validate({**answer, **head})


async def _read(reader: Reader, scheme: SchemeName, ids: Iterable[str | None]) -> Sequence[Row[Any]]:
    wanted = list(dict.fromkeys(each for each in ids if each is not None))
    return await reader.published_rows(MANY[scheme], {"ids": wanted})


async def _read_former(
    reader: Reader, scheme: SchemeName, ids: dict[str, str | None], rows: Sequence[Row[Any]]
) -> Sequence[Row[Any]]:
    """Read again with the former ids of customers that were not found, in one snapshot; change `ids` to those found."""
    known = {row.customer_id for row in rows}
    unknown = [given for given, each in ids.items() if each is not None and each not in known]
    former = await former_ids(reader, map(storable, unknown)) if unknown else {}
    if not any(former.values()):
        return rows
    rows = await _read(reader, scheme, [*ids.values(), *chain.from_iterable(former.values())])
    known = {row.customer_id for row in rows}
    for given in unknown:
        ids[given] = next((each for each in (ids[given], *former[storable(given)]) if each in known), ids[given])
    return rows
