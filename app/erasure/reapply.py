"""Re-apply erasures after a backup was restored, from the certificates issued since the backup."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from app.contract.id_rules import FIRST_RULES
from app.db.engine import translate_db_errors
from app.db.sql import named
from app.erasure.certificate import is_genuine, read_certificate
from app.erasure.erase import Erased, certify, prepare, remove_customer, same_customer
from app.errors import InvalidSelection
from app.settings import Settings
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
    key = Key.required(settings)
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
        ids = _by_hash(connection, key, restored)
        erasures = [_erase(connection, key, document, ids.get(digest)) for digest, document in restored.items()]
    with engine.connect() as connection:
        return [read_certificate(connection, key, erasure_id) for erasure_id in erasures]


def _erase(connection: Connection, key: Key, document: Mapping[str, Any], identifiers: Identifiers | None) -> UUID:
    ids = [] if identifiers is None else same_customer(connection, identifiers.notations, identifiers.customer_id)
    erased = Erased(
        erasure_id=UUID(document["erasure_id"]),
        customer_hash=document["customer_hash"],
        requested_by=document["requested_by"],
        id_rules=_rules(document),
        spelling_hash=document.get("spelling_hash"),
    )
    certify(connection, key, erased, remove_customer(connection, ids))
    return erased.erasure_id


def _by_hash(connection: Connection, key: Key, documents: Mapping[str, Mapping[str, Any]]) -> dict[str, Identifiers]:
    found: dict[str, Identifiers] = {}
    rules = sorted({_rules(document) for document in documents.values()})
    for row in connection.execute(named(__package__, "find_ids")) if documents else ():
        for notations in map(Notations.from_rules, rules):
            for each in notations.candidates(row.written) if row.is_text else [notations.normalise(row.written)]:
                if each is not None and (digest := key.hash(each)) in documents:
                    found[digest] = notations.identifiers(each)
    return found


def _rules(document: Mapping[str, Any]) -> str:
    return str(document.get("id_rules", FIRST_RULES))
