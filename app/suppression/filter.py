"""Suppression list: re-delivered rows of erased customers are loaded without the customer id."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from sqlalchemy import Connection, select, text

from app.contract.id_rules import FIRST_RULES
from app.contract.open import open_contract
from app.db.sql import named
from app.errors import Misconfigured
from app.settings import Settings
from app.suppression.identifiers import Notations
from app.suppression.key import Key
from app.suppression.lock import lock_shared
from app.suppression.tables import erasure

e = erasure.c
FIRST: Final = Notations.from_rules(FIRST_RULES)
CUSTOMER_IDS: Final = text("""
    select distinct customer_id
    from bronze.sales_row
    where file_id = :file_id and customer_id is not null
""")
UNSPLIT_LINES: Final = text("""
    select line_no, rescued_data #>> '{}' as raw
    from bronze.sales_row
    where file_id = :file_id and jsonb_typeof(rescued_data) = 'string'
""")
EXTRA_VALUES: Final = text("""
    select distinct value
    from bronze.sales_row
    cross join lateral jsonb_each_text(case jsonb_typeof(rescued_data) when 'object' then rescued_data end)
    where file_id = :file_id
""")


@dataclass(frozen=True, slots=True)
class SuppressionFilter:
    """Filter for the ids of erased customers.

    Attributes:
        notations: rules by which a text is read as an id.
        hashes: keyed hashes of the erased ids.
        spellings: keyed hashes of the spellings of ids that were erased under other rules. Any spelling is suppressed:
            which of them the rules of today read as the erased id is not known from its hash.
        key: erasure key; None if no customer was erased.
    """

    notations: Notations
    hashes: frozenset[str] = frozenset()
    spellings: frozenset[str | None] = frozenset()
    key: Key | None = None

    @classmethod
    def read(cls, connection: Connection, settings: Settings) -> Self:
        """Read the suppression list, and lock out erasures until the transaction ends; call it before other locks.

        Raises Misconfigured if the erasure key of the settings is not the key of earlier erasures.
        """
        lock_shared(connection)
        notations = declared_notations(settings)
        rows = connection.execute(select(e.customer_hash, e.key_fingerprint, e.id_rules, e.spelling_hash)).all()
        if not rows:
            return cls(notations)
        key = check_key(settings, {row.key_fingerprint for row in rows})
        others = (row for row in rows if row.id_rules != notations.rules)
        return cls(
            notations, frozenset(row.customer_hash for row in rows), frozenset(row.spelling_hash for row in others), key
        )

    def clear(self, connection: Connection, file_id: int) -> None:
        """Clear the data of suppressed customers in a file's bronze rows; call it before the file is cleaned.

        Computes one hash per distinct id of the file; returns immediately if no customer was erased.
        """
        if not self.hashes:
            return
        file = {"file_id": file_id}
        found = {
            "customer_ids": self._suppressed(connection.execute(CUSTOMER_IDS, file).scalars()),
            "lines": [row.line_no for row in connection.execute(UNSPLIT_LINES, file) if self._ids_in(row.raw)],
            "extras": self._suppressed(connection.execute(EXTRA_VALUES, file).scalars()),
        }
        if any(found.values()):
            connection.execute(named(__package__, "clear_received"), {**file, **found})

    def clear_again(self, connection: Connection, file_id: int) -> None:
        """Clear a file that was received before the rules of ids changed; call it before it is cleaned again."""
        if self.spellings:
            self.clear(connection, file_id)

    def redact(self, message: str) -> str:
        """Redact suppressed ids in a message about a file."""
        return self.notations.redact(message, self._ids_in(message)) if self.hashes else message

    def _suppressed(self, written: Iterable[str]) -> list[str]:
        return [each for each in written if self._is_erased(each)]

    def _ids_in(self, line: str) -> set[str]:
        return {each for each in self.notations.candidates(line) if self._is_erased(each)}

    def _is_erased(self, written: str) -> bool:
        if self.key is None:
            return False
        found = self.notations.normalise(written)
        if found is not None and self.key.hash(found) in self.hashes:
            return True
        return bool(self.spellings) and self._is_spelling(self.key, written)

    def _is_spelling(self, key: Key, written: str) -> bool:
        # Erasures before contracts existed have no hash of their spellings.
        first = FIRST.normalise(written) if None in self.spellings else None
        is_first = first is not None and key.hash(first) in self.hashes
        return is_first or key.hash_common_form(written) in self.spellings


def declared_notations(settings: Settings) -> Notations:
    """Return the notations of ids by the contract of the settings; raises InvalidContract."""
    return Notations(open_contract(settings.contract).customer)


def count_erased(connection: Connection, settings: Settings) -> int:
    """Return the number of erased customers; raises Misconfigured if earlier erasures used another key."""
    return len(SuppressionFilter.read(connection, settings).hashes)


def check_key(settings: Settings, fingerprints: Iterable[str]) -> Key | None:
    """Return the erasure key; raises Misconfigured if it is missing, or earlier erasures used another."""
    key = Key.read(settings)
    missing = sorted(each for each in fingerprints if key is None or each != key.fingerprint)
    if missing:
        found = "none is set" if key is None else f"key {key.fingerprint} is set"
        raise Misconfigured(
            f"customers were erased under the key {missing[0]}, but {found}; set REGULARS_ERASURE_KEY to the key of "
            "these erasures: without it the next file with these customers would restore them"
        )
    return key
