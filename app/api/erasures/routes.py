"""Erasures of customers and their certificates."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime, TypeAdapter
from starlette.concurrency import run_in_threadpool

from app.api.core.dependencies import ReaderDependency, WriterDependency
from app.api.core.grant import GRANT
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page
from app.api.core.path_converters import WHOLE_CUSTOMER_ID
from app.api.core.problems import INVALID, INVALID_CURSOR, TOO_LARGE, UNREADABLE, Problem, as_sentence
from app.api.core.route_table import MAX_LOOKUP_BYTES
from app.api.core.scopes import requires_scope
from app.api.customers.customer_id import CustomerId
from app.api.customers.problems import UNKNOWN_CUSTOMER, unknown_customer
from app.api.erasures.problems import ERASURE_NOT_CONFIGURED, UNKNOWN_ERASURE
from app.api.erasures.schemas import ErasureCertificate, ErasureList, ErasureVerdict, VerifyRequest
from app.contract.id_rules import FIRST_RULES
from app.erasure.certificate import CERTIFICATES, certificate, is_genuine
from app.erasure.erase import erase
from app.errors import Misconfigured
from app.suppression.identifiers import Notations
from app.suppression.key import Key
from app.suppression.tables import erasure

router = APIRouter(prefix="/v1", tags=["erasures"])
ErasureId = Annotated[UUID, Path(description="As in the certificate or the list.")]
NEWEST_FIRST: Final = Keyset(("erased_at", "erasure_id"), TypeAdapter(tuple[AwareDatetime, UUID]), is_descending=True)


@router.delete(
    f"/customers/{WHOLE_CUSTOMER_ID}",
    summary="Erase a customer",
    responses=problems(UNKNOWN_CUSTOMER, ERASURE_NOT_CONFIGURED, INVALID),
)
@requires_scope("customers:erase")
async def erase_customer(
    request: Request, reader: ReaderDependency, writer: WriterDependency, customer_id: CustomerId
) -> ErasureCertificate:
    """Erase a customer from every table, from the history and from pending webhook events, in one transaction.

    The sales are kept without the id, so that revenue and quality do not change. Only a keyed hash of the id is stored,
    to remove the id from files that are loaded later. The change feed has an entry of the kind `erased` with the id for
    the configured time (30 days by default). The worker deletes exports that may contain the customer: poll the
    certificate until its state is `complete`. Delete the customer from the files in your bucket, and from the copies
    of receivers of webhooks and exports, yourself.

    For a customer erased before, the existing certificate is returned. The request waits for running loads.
    """
    with _configured():
        found = await run_in_threadpool(erase, writer, reader.settings, customer_id, request.scope[GRANT].key_id)
    if found is None:
        raise unknown_customer(customer_id)
    return ErasureCertificate.model_validate(found)


@router.get("/erasures", summary="List erasure certificates", responses=problems(INVALID_CURSOR, INVALID))
@requires_scope("customers:erase")
async def list_erasures(reader: ReaderDependency, query: Annotated[PageParamsWithTotal, Query()]) -> ErasureList:
    """List the certificates of all erasures, newest first. Store them with your backups: after a restore, use them to
    erase the customers again.
    """
    page = await read_page(reader, CERTIFICATES, NEWEST_FIRST, query, "erasures")
    with _configured():
        key = Key.read(reader.settings)
    return ErasureList.model_validate({**page, "data": [certificate(row, key) for row in page["data"]]})


@router.get(
    "/erasures/{erasure_id}", summary="Get an erasure certificate", responses=problems(UNKNOWN_ERASURE, INVALID)
)
@requires_scope("customers:erase")
async def get_erasure(reader: ReaderDependency, erasure_id: ErasureId) -> ErasureCertificate:
    """Get the certificate of an erasure: deleted rows, deleted exports and state."""
    found = await reader.rows(CERTIFICATES.where(erasure.c.erasure_id == erasure_id))
    if not found:
        raise Problem(UNKNOWN_ERASURE, f"The erasure {erasure_id} does not exist; list the erasures.")
    with _configured():
        key = Key.read(reader.settings)
    row: dict[str, Any] = dict(found[0]._mapping)  # noqa: SLF001  # _mapping is public API of SQLAlchemy
    return ErasureCertificate.model_validate(certificate(row, key))


@router.post(
    "/certificates/verify",
    summary="Verify an erasure certificate",
    max_body_size=MAX_LOOKUP_BYTES,
    responses=problems(UNREADABLE, ERASURE_NOT_CONFIGURED, TOO_LARGE, INVALID),
)
@requires_scope("customers:erase")
async def verify_erasure(reader: ReaderDependency, body: VerifyRequest) -> ErasureVerdict:
    """Verify that a certificate was signed by this service and is unmodified, and belongs to `customer_id` if given."""
    with _configured():
        key = Key.required(reader.settings)
    genuine, is_of = is_genuine(body.certificate, key), None
    if genuine and body.customer_id is not None:
        notations = Notations.from_rules(body.certificate.get("id_rules", FIRST_RULES))
        is_of = body.certificate["customer_hash"] == key.hash(notations.normalise(body.customer_id) or "")
    return ErasureVerdict(is_genuine=genuine, is_of_customer=is_of)


@contextmanager
def _configured() -> Iterator[None]:
    try:
        yield
    except Misconfigured as error:
        raise Problem(ERASURE_NOT_CONFIGURED, as_sentence(error)) from None
