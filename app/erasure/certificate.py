"""Erasure certificates: removed rows and times, with a signature that can be verified."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, func, select

from app.exports.tables import export_object
from app.suppression.key import Key
from app.suppression.tables import erasure

e, o = erasure.c, export_object.c
PENDING: Final = "pending"
COMPLETE: Final = "complete"
CLEARED: Final = frozenset(
    {
        *("bronze.sales_row", "silver.sales_row", "silver.quarantine"),
        # names of the views, in certificates of version 0.1.0
        *("bronze.retail_transactions", "silver.retail_transactions"),
        *("segments.customer_change", "messages"),
    }
)
STATEMENT: Final = (
    "At erased_at the customer whose id has the keyed hash customer_hash was removed from every table of this service, "
    "from its history and from its outbox. Sales stay counted, without the customer id. The change feed reports the "
    "erasure with the id for REGULARS_ERASED_ID_RETENTION_DAYS days (30 unless set), so that systems that follow it "
    "delete the customer too; then the id is redacted there. Otherwise only this hash is stored: files that name the "
    "customer again are loaded without the customer id."
)
OBJECTS: Final = (
    select(
        func.jsonb_agg(
            func.jsonb_build_object(
                *("export_id", o.export_id, "location", func.concat(func.rtrim(o.target, "/"), "/", o.key)),
                *("deleted_at", o.deleted_at),
            )
        )
    )
    .where(o.export_id == func.any(e.exports))
    .scalar_subquery()
)
CERTIFICATES: Final = select(*(each for each in e if each.name != "exports"), OBJECTS.label("exports"))
"""One row per certificate, with its exports."""


def read_certificate(connection: Connection, key: Key, erasure_id: UUID) -> dict[str, Any]:
    """Return the current certificate of an erasure."""
    found = connection.execute(CERTIFICATES.where(e.erasure_id == erasure_id)).mappings().one()
    return certificate(dict(found), key)


def certificate(row: Mapping[str, Any], key: Key | None) -> dict[str, Any]:
    """Build a certificate as JSON; its signature is null if the hash was made with another key."""
    document = {
        "erasure_id": str(row["erasure_id"]),
        "customer_hash": row["customer_hash"],
        "key_fingerprint": row["key_fingerprint"],
        "erased_at": _moment(row["erased_at"]),
        "requested_by": row["requested_by"],
        "state": PENDING if row["completed_at"] is None else COMPLETE,
        "completed_at": _moment(row["completed_at"]),
        "removed": [_removed(*each) for each in sorted(row["removed"].items())],
        "exports": [_export(each) for each in row["exports"] or []],
        "statement": STATEMENT,
        "id_rules": row["id_rules"],
        "spelling_hash": row["spelling_hash"],
    }
    is_ours = key is not None and key.fingerprint == row["key_fingerprint"]
    return {**document, "signature": key.sign(canonical(document)) if key is not None and is_ours else None}


def is_genuine(document: Mapping[str, Any], key: Key) -> bool:
    """Return whether a certificate was signed with the key and is unmodified."""
    signed = {name: value for name, value in document.items() if name != "signature"}
    signature = document.get("signature")
    return isinstance(signature, str) and signature.isascii() and key.is_signed(canonical(signed), signature)


def canonical(document: Mapping[str, Any]) -> str:
    """Return the signed text of a document: JSON with sorted names, without spaces."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def _removed(table: str, rows: int) -> dict[str, Any]:
    return {"table": table, "action": "emptied" if table in CLEARED else "deleted", "rows": rows}


def _export(found: Mapping[str, Any]) -> dict[str, Any]:
    deleted_at = found["deleted_at"] and _moment(datetime.fromisoformat(found["deleted_at"]))
    return {"export_id": found["export_id"], "location": found["location"], "deleted_at": deleted_at}


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
