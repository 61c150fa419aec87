"""Version resolution: whether content under a key is new, a correction, a duplicate, or a former version again."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.pipeline.tables import ACTIVE, SET_ASIDE


@dataclass(frozen=True, slots=True)
class Version:
    """One ledger row, as far as resolution needs it.

    Attributes:
        file_id: id of the row.
        name: source and key, `sales/2026-02-01/a.csv`.
        state: state in the ledger.
        sha256: content; None before it was fetched.
        rows: number of its rows; None before it was loaded for the first time.
        duplicate_of: id of the file with the same content, of a duplicate.
        is_missing: whether its object is deleted, or its source no longer configured.
    """

    file_id: int
    name: str
    state: str
    sha256: str | None
    rows: int | None
    duplicate_of: int | None = None
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Resolution:
    """Changes to the ledger that follow from the content of one object version.

    Attributes:
        serve: id of the file that becomes active: this version, or a former one with the same content.
        is_received: whether bronze has received the rows of `serve` before.
        known_as: id of a former version of this key with the same content.
        supersedes: id of the active file that is replaced.
        duplicate_of: id of the active file under another key with the same content.
        retires: ids of versions of this key that were set aside and become history.
    """

    serve: int | None = None
    is_received: bool = False
    known_as: int | None = None
    supersedes: int | None = None
    duplicate_of: int | None = None
    retires: tuple[int, ...] = ()


class Versions:
    """Versions of the keys of a batch, and active files with the same content; `apply` keeps them up to date."""

    def __init__(self, versions: Iterable[Version]) -> None:
        self._by_id = {version.file_id: version for version in versions}

    def resolve(self, file_id: int, name: str, sha256: str) -> Resolution:
        """Return what the content `sha256` of the version `file_id` means for the ledger."""
        others = [version for version in self._by_id.values() if version.file_id != file_id]
        same_key = [version for version in others if version.name == name]
        active = next((version.file_id for version in same_key if version.state in ACTIVE), None)
        same = next((version for version in same_key if version.sha256 == sha256), None)
        known_as = same.file_id if same is not None else None
        retires = tuple(each.file_id for each in same_key if each.state in SET_ASIDE and each is not same)
        if known_as is not None and known_as == active:
            return Resolution(known_as=known_as, retires=retires)
        supersedes = active or self._renamed_from(same_key, sha256)
        duplicated = [each.file_id for each in others if each.sha256 == sha256 and each.state in ACTIVE and each.rows]
        if duplicated:
            return Resolution(known_as=known_as, supersedes=supersedes, duplicate_of=min(duplicated), retires=retires)
        serve = known_as or file_id
        is_received = self._by_id[serve].rows is not None
        return Resolution(serve, is_received, known_as, supersedes=supersedes, retires=retires)

    def apply(self, resolution: Resolution, sha256: str, rows: int, heir: Version | None = None) -> None:
        """Apply a resolution that was carried out; `rows` is the size of the file that is active now."""
        for file_id in (resolution.supersedes, *resolution.retires):
            if file_id is not None:
                self._by_id[file_id] = replace(self._by_id[file_id], state="superseded")
        if resolution.serve is not None:
            active = self._by_id[resolution.serve]
            state = "loaded" if rows else "empty"
            self._by_id[resolution.serve] = replace(active, state=state, sha256=sha256, rows=rows)
        if heir is not None:
            self._by_id[heir.file_id] = heir

    def _renamed_from(self, same_key: list[Version], sha256: str) -> int | None:
        # A duplicate of a file that is missing is that file under a new key or in a new source: its correction
        # replaces the missing file, or sales would be counted under both.
        for version in same_key:
            original = self._by_id.get(version.duplicate_of or 0)
            if version.state == "duplicate" and original is not None and original.sha256 != sha256:
                return original.file_id if original.is_missing and original.state in ACTIVE else None
        return None
