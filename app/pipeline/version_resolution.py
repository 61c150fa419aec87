"""What an object version is, once its bytes are known: new, a correction, a duplicate, an old version come back."""

from collections.abc import Iterable
from dataclasses import dataclass

ACTIVE = frozenset({"loaded", "empty", "source_missing"})
ASIDE = frozenset({"duplicate", "rejected", "failed"})


@dataclass(slots=True)
class Version:
    """A row of the ledger as far as it matters here; rows: None before it was loaded for the first time."""

    file_id: int
    key: str
    state: str
    sha256: str | None
    rows: int | None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What is to become of an object version.

    serve: the file that is to be active, the version itself or the earlier one that has come back; is_received:
    whether bronze holds its rows already; known_as: the earlier row of this key with the same bytes; supersedes: the
    active file that gives up its place; duplicate_of: the active file under another key that says the same; retires:
    versions of this key that were set aside, and are history now.
    """

    serve: int | None = None
    is_received: bool = False
    known_as: int | None = None
    supersedes: int | None = None
    duplicate_of: int | None = None
    retires: tuple[int, ...] = ()


class Versions:
    """The versions of some keys, and whatever has the same bytes as one of them; kept up to date by `settled`."""

    def __init__(self, versions: Iterable[Version]) -> None:
        self._by_id = {version.file_id: version for version in versions}

    def resolve(self, file_id: int, key: str, sha256: str) -> Resolution:
        """What these bytes under this key are."""
        others = [version for version in self._by_id.values() if version.file_id != file_id]
        same_key = [version for version in others if version.key == key]
        active = next((version.file_id for version in same_key if version.state in ACTIVE), None)
        same = next((version for version in same_key if version.sha256 == sha256), None)
        known_as = same.file_id if same is not None else None
        retires = tuple(each.file_id for each in same_key if each.state in ASIDE and each is not same)
        if known_as is not None and known_as == active:
            return Resolution(known_as=known_as, retires=retires)
        twins = [each.file_id for each in others if each.sha256 == sha256 and each.state in ACTIVE and each.rows]
        if twins:
            return Resolution(known_as=known_as, supersedes=active, duplicate_of=min(twins), retires=retires)
        serve = known_as or file_id
        is_received = self._by_id[serve].rows is not None
        return Resolution(serve, is_received, known_as, supersedes=active, retires=retires)

    def apply(self, verdict: Resolution, sha256: str, rows: int) -> None:
        """A verdict was carried out, and the file that serves has so many rows."""
        for file_id in (verdict.supersedes, *verdict.retires):
            if file_id is not None:
                self._by_id[file_id].state = "superseded"
        if verdict.serve is not None:
            version = self._by_id[verdict.serve]
            version.state, version.sha256, version.rows = ("loaded" if rows else "empty"), sha256, rows
