"""Schemas of erasures."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.core.dependencies import Text
from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.schemas import Moment, Page, example, list_example
from app.erasure.certificate import STATEMENT

CERTIFICATE: Final[dict[str, Any]] = {
    "erasure_id": "7d0c5f0a-6f5e-4a8e-9a3b-2f8f1c4f6e21",
    "customer_hash": "0f1b8a0f4f6f9f0c8f5f2e1d7c6b5a493827161504f3e2d1c0bfae9d8c7b6a59",
    "key_fingerprint": "5b1f0c9d8e7a6b5c",
    "erased_at": "2026-05-01T08:12:44.127000Z",
    "requested_by": "k3v5qz7a",
    "state": "complete",
    "completed_at": "2026-05-01T08:12:46.402000Z",
    "removed": [
        {"table": "bronze.sales_row", "action": "emptied", "rows": 41},
        {"table": "gold.customer_invoice", "action": "deleted", "rows": 6},
        {"table": "gold.customer_rfm", "action": "deleted", "rows": 1},
        {"table": "segments.customer_change", "action": "emptied", "rows": 3},
        {"table": "segments.customer_segment", "action": "deleted", "rows": 1},
        {"table": "silver.sales_row", "action": "emptied", "rows": 39},
    ],
    "exports": [
        {
            "export_id": "0b8f8a3e-5c0f-4b7e-9d5a-6d2a7f1c9e55",
            "location": "s3://exports/crm/06a2e338-cf44-4528-a6b1-19c221002140/"
            "customers_2026-05-01_0b8f8a3e-5c0f-4b7e-9d5a-6d2a7f1c9e55.parquet",
            "deleted_at": "2026-05-01T08:12:44.611000Z",
        }
    ],
    "statement": STATEMENT,
    "id_rules": "trim stripDecimal",
    "spelling_hash": "9a3b2f8f1c4f6e217d0c5f0a6f5e4a8e0f1b8a0f4f6f9f0c8f5f2e1d7c6b5a49",
    "signature": "c0bfae9d8c7b6a590f1b8a0f4f6f9f0c8f5f2e1d7c6b5a493827161504f3e2d1",
}
VERDICT: Final = {"is_genuine": True, "is_of_customer": True}


class RemovedRows(BaseModel):
    """Number of erased rows of a table."""

    table: Annotated[
        str,
        Field(description="Name of the table; `messages` are error messages of files, runs and webhooks with the id."),
    ]
    action: Annotated[
        Literal["deleted", "emptied"], Field(description="emptied: the row is kept without personal data.")
    ]
    rows: int


class ErasedExport(BaseModel):
    """An exported object that may have contained the customer."""

    export_id: UUID
    location: Annotated[str, Field(description="s3://bucket/key, or the path on the worker's machine.")]
    deleted_at: Annotated[Moment | None, Field(description="Null until the worker deletes it.")]


class ErasureCertificate(BaseModel):
    """Certificate of an erasure."""

    model_config = example(CERTIFICATE)

    erasure_id: UUID
    customer_hash: Annotated[str, Field(description="HMAC-SHA-256 of the id.")]
    key_fingerprint: Annotated[
        str, Field(description="Fingerprint of the erasure key, by which the hashes and the signature are made.")
    ]
    erased_at: Moment
    requested_by: Annotated[str, Field(description="Id of the API key; `cli` for the command line.")]
    state: Annotated[
        Literal["pending", "complete"],
        Field(description="pending: the worker will delete exports and vacuum the tables."),
    ]
    completed_at: Annotated[Moment | None, Field(description="Null while pending.")]
    removed: list[RemovedRows]
    exports: list[ErasedExport]
    statement: Annotated[str, Field(description="Description of the erasure.")]
    id_rules: Annotated[str, Field(description="Rules by which the data contract read the id when it was hashed.")]
    spelling_hash: Annotated[
        str | None, Field(description="HMAC-SHA-256 of the common form of all spellings of the id.")
    ]
    signature: Annotated[
        str | None, Field(description="Signature over all other fields; null if the server has another key.")
    ]


class ErasureList(NullableFreshness, Page[ErasureCertificate]):
    """A page of certificates."""

    model_config = example(list_example(CERTIFICATE, extra=FRESHNESS_EXAMPLE))


class VerifyRequest(BaseModel):
    """A certificate to verify, and optionally its customer."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"certificate": CERTIFICATE, "customer_id": "12354"}]}
    )

    certificate: Annotated[dict[str, Any], Field(description="The complete certificate.")]
    customer_id: Annotated[Text | None, Field(description="Also verify that the certificate is of this customer.")] = (
        None
    )


class ErasureVerdict(BaseModel):
    """Result of the verification of a certificate."""

    model_config = example(VERDICT)

    is_genuine: Annotated[
        bool, Field(description="Whether the certificate was signed by this service and is unmodified.")
    ]
    is_of_customer: Annotated[
        bool | None,
        Field(
            description="Whether the certificate is of the customer; null without customer_id or if it is not genuine."
        ),
    ]
