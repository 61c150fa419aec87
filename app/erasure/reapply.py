"""Re-apply erasures after a backup was restored, from the certificates issued since the backup."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from app.db.engine import translate_db_errors
from app.db.sql import named
from app.erasure.certificate import is_genuine, read_certificate
from app.erasure.erase import certify, prepare, remove_customer
from app.errors import InvalidSelection
from app.settings import Settings
from app.suppression.filter import declared_notations
from app.suppression.identifiers import Identifiers, Notations
from app.suppression.key import Key
from app.suppression.tables import erasure

e = erasure.c


@translate_db_errors()
def erase_again(engine: Engine, settings: Settings, documents: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Erase the customers of these certificates in one transaction; return the new certificates.

    Certificates of customers who are still erased are skipped. Customers without rows are added to the suppression list
    too, so that no file restores them. Raises InvalidSelection for a certificate that is not genuine, Misconfigured if
    the erasure key is missing or another one.
    """
    key, notations = Key.required(settings), declared_notations(settings)
    for document in documents:
        if not is_genuine(document, key):
            raise InvalidSelection(
                f"certificate {document.get('erasure_id')} is not genuine or was signed with another key; give "
                "certificates as GET /v1/erasures returned them, and set REGULARS_ERASURE_KEY to the key of that time"
            )
    with engine.begin() as connection:
        prepare(connection, settings)
        known = set(connection.execute(select(e.customer_hash)).scalars())
        hashed = {document["customer_hash"]: document for document in documents}
        restored = {digest: document for digest, document in hashed.items() if digest not in known}
        ids = _by_hash(connection, key, notations, set(restored))
        erasures = [_erase(connection, key, document, ids.get(digest)) for digest, document in restored.items()]
    with engine.connect() as connection:
        return [read_certificate(connection, key, erasure_id) for erasure_id in erasures]


def _erase(connection: Connection, key: Key, document: Mapping[str, Any], identifiers: Identifiers | None) -> UUID:
    removed = {} if identifiers is None else remove_customer(connection, identifiers)
    erasure_id = UUID(document["erasure_id"])
    certify(connection, key, erasure_id, document["customer_hash"], document["requested_by"], removed)
    return erasure_id


def _by_hash(connection: Connection, key: Key, notations: Notations, hashes: set[str]) -> dict[str, Identifiers]:
    found: dict[str, Identifiers] = {}
    for row in connection.execute(named(__package__, "find_ids")) if hashes else ():
        for each in notations.candidates(row.written) if row.is_text else [notations.normalise(row.written)]:
            if each is not None and (digest := key.hash(each)) in hashes:
                found[digest] = notations.identifiers(each)
    return found
