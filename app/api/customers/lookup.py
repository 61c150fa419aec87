"""Batch lookup of customers by id."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, and_, bindparam, select

from app.api.core.dependencies import SCHEMES, Reads, SchemeName
from app.api.core.freshness import FRESHNESS_EXAMPLE, Fresh
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, NO_MODEL, TOO_LARGE, UNREADABLE
from app.api.core.route_table import MAX_LOOKUP_BYTES
from app.api.core.schemas import example
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import CURRENT, segment_join
from app.api.customers.problems import UNKNOWN_CUSTOMER
from app.api.customers.profile import RFM_EXAMPLE, CustomerRow, row_columns
from app.contract.normalise import normalise_id
from app.db.param_types import sendable, storable
from app.segments.tables import segment_summary

router = APIRouter(prefix="/v1/customers", tags=["customers"])
MAX_IDS: Final = 1_000
UNKNOWN: Final = {"type": UNKNOWN_CUSTOMER.uri, "title": UNKNOWN_CUSTOMER.title}


class LookupRequest(BaseModel):
    """Ids to look up."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"customer_ids": ["12354", "99999"], "scheme": "kmeans"}]}
    )

    customer_ids: Annotated[
        list[str] | None,
        Field(
            min_length=1,
            max_length=MAX_IDS,
            description="As in the sales, in any spelling that the data contract reads as the same id; duplicates "
            "are returned once.",
        ),
    ] = None
    scheme: Annotated[SchemeName, Field(description="Segmentation scheme.")] = "kmeans"


class LookupFailure(BaseModel):
    """An id that was not found."""

    customer_id: str
    type: Annotated[Literal["/problems/unknown-customer"], Field(description="Type of the problem.")]
    title: str


class FoundCustomer(CustomerRow):
    """A customer that was found."""


class LookupResult(BaseModel):
    """Customers in the order of the request, and ids that were not found."""

    customers: list[FoundCustomer]
    failures: list[LookupFailure]


class Lookup(Fresh, LookupResult):
    """Customers in the order of the request, and ids that were not found."""

    model_config = example(
        {
            "customers": [RFM_EXAMPLE],
            "failures": [{"customer_id": "99999", **UNKNOWN}],
            **FRESHNESS_EXAMPLE,
        }
    )


def _many(scheme: SchemeName) -> Select[Any]:
    rows, s = CURRENT.rows, segment_summary.c
    known = rows.join(segment_summary, segment_join(rows, scheme))
    is_requested = and_(rows.c.run_id == CURRENT.run, rows.c.customer_id == bindparam("ids").any_())
    columns = (*row_columns(rows, scheme), s.segment, s.slug, s.tier)
    return select(CURRENT.head, *columns).select_from(CURRENT.head.outerjoin(known, is_requested))


MANY: Final = {scheme: _many(scheme) for scheme in SCHEMES}


@router.post(
    "/lookup",
    summary="Look up customers",
    max_body_size=MAX_LOOKUP_BYTES,
    responses=problems(UNREADABLE, TOO_LARGE, INVALID, NO_MODEL),
)
@requires_scope("customers:read")
async def look_up_customers(reader: Reads, body: LookupRequest) -> Lookup:
    """Look up up to 1,000 customers by id in one snapshot. Unknown ids are returned in `failures`."""
    column = reader.contract.customer
    ids = {given: normalise_id(column, storable(given)) for given in body.customer_ids}
    wanted = list(dict.fromkeys(each for each in ids.values() if each is not None))
    rows = await reader.published_rows(MANY[body.scheme], {"ids": wanted})
    extra = {"currency": reader.settings.currency, "scheme": body.scheme}
    names = (*rows[0]._fields, *extra)  # row._mapping is slower by a third of the request
    found = {row.customer_id: dict(zip(names, (*row, *extra.values()), strict=True)) for row in rows}
    found.pop(None, None)  # the row of the freshness where nobody was found
    failed = [{"customer_id": sendable(given), **UNKNOWN} for given, each in ids.items() if each not in found]
    customers = [found[each] for each in wanted if each in found]
    return Lookup.model_validate({"customers": customers, "failures": failed, **reader.fresh(rows[0])})
