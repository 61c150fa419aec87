"""Who was erased and is sent again: his sales are loaded without him."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from sqlalchemy import Connection, select, text

from app.db.sql import named
from app.errors import Misconfigured
from app.settings import Settings
from app.suppression.identifiers import candidates, normalised, without
from app.suppression.key import Key
from app.suppression.lock import lock_shared
from app.suppression.tables import erasure

e = erasure.c
IDS: Final = text("""
    select distinct customer_id
    from bronze.retail_transactions
    where file_id = :file_id and customer_id is not null
""")
UNSPLIT: Final = text("""
    select line_no, rescued_data #>> '{}' as raw
    from bronze.retail_transactions
    where file_id = :file_id and jsonb_typeof(rescued_data) = 'string'
""")
EXTRAS: Final = text("""
    select distinct value
    from bronze.retail_transactions
    cross join lateral jsonb_each_text(case jsonb_typeof(rescued_data) when 'object' then rescued_data end)
    where file_id = :file_id
""")


@dataclass(frozen=True, slots=True)
class SuppressionFilter:
    """Those who were erased, by their hashes; key is None where nobody was."""

    hashes: frozenset[str] = frozenset()
    key: Key | None = None

    @classmethod
    def read(cls, connection: Connection, settings: Settings) -> Self:
        """Everybody who was erased until now; nobody is from here to the end of the transaction, so call it first.

        Raises Misconfigured where the key by which they are known is not the one of the settings.
        """
        lock_shared(connection)
        rows = connection.execute(select(e.customer_hash, e.key_fingerprint)).all()
        if not rows:
            return cls()
        key = check_key(settings, {row.key_fingerprint for row in rows})
        return cls(frozenset(row.customer_hash for row in rows), key)

    def keep_out(self, connection: Connection, file_id: int) -> None:
        """Empty what a file in bronze says of them; call it before the file is cleaned.

        Costs a hash for each of the file's different ids, and nothing before anybody was erased.
        """
        if not self.hashes:
            return
        of = {"file_id": file_id}
        found = {
            "customer_ids": self._theirs(connection.execute(IDS, of).scalars()),
            "lines": [row.line_no for row in connection.execute(UNSPLIT, of) if self._named_in(row.raw)],
            "extras": self._theirs(connection.execute(EXTRAS, of).scalars()),
        }
        if any(found.values()):
            connection.execute(named(__package__, "clear_received"), {**of, **found})

    def scrub(self, message: str) -> str:
        """A message about a file without their ids."""
        return without(message, self._named_in(message)) if self.hashes else message

    def _theirs(self, written: Iterable[str]) -> list[str]:
        return [each for each in written if (found := normalised(each)) is not None and self._is_erased(found)]

    def _named_in(self, line: str) -> set[str]:
        return {each for each in candidates(line) if self._is_erased(each)}

    def _is_erased(self, customer_id: str) -> bool:
        return self.key is not None and self.key.hash(customer_id) in self.hashes


def count_erased(connection: Connection, settings: Settings) -> int:
    """How many were erased; raises Misconfigured where the key by which they are known is not that of the settings."""
    return len(SuppressionFilter.read(connection, settings).hashes)


def check_key(settings: Settings, fingerprints: Iterable[str]) -> Key | None:
    """The key of the settings; raises Misconfigured where customers were erased under another, or there is none."""
    key = Key.read(settings)
    lost = sorted(each for each in fingerprints if key is None or each != key.fingerprint)
    if lost:
        has = "there is none" if key is None else f"that is set is {key.fingerprint}"
        raise Misconfigured(
            f"customers were erased under the key {lost[0]}, and the key {has}; set REGULARS_ERASURE_KEY to that key: "
            "without it they would come back with the next file that names them"
        )
    return key
