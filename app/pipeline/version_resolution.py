"""Version resolution: new content, correction, duplicate, or earlier version of a file."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.pipeline.tables import ACTIVE, NOT_LOADED


@dataclass(frozen=True, slots=True)
class Version:
    """Columns of one ledger row for version resolution.

    Attributes:
        file_id: id of the row.
        name: source and key, `sales/2026-02-01/a.csv`.
        state: state in the ledger.
        sha256: hash of the content; None before it was fetched.
        rows: number of its rows; None before it was first loaded.
        duplicate_of: id of the file of which it is a duplicate; None for other files.
        is_missing: whether its object is deleted, or its source is no longer configured.
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
        activate: id of the file that becomes active: this version, or an earlier one with the same content.
        is_received: whether bronze has received the rows of `activate` before.
        same_content: id of an earlier version of this key with the same content.
        supersedes: id of the active file that is replaced.
        duplicate_of: id of the active file with another key and the same content.
        also_superseded: ids of duplicates, rejected and failed versions of this key, which become superseded.
    """

    activate: int | None = None
    is_received: bool = False
    same_content: int | None = None
    supersedes: int | None = None
    duplicate_of: int | None = None
    also_superseded: tuple[int, ...] = ()


class Versions:
    """Versions of the keys of a batch, and active files with the same content, updated by `apply`."""

    def __init__(self, versions: Iterable[Version]) -> None:
        self._by_id = {version.file_id: version for version in versions}

    def resolve(self, file_id: int, name: str, sha256: str) -> Resolution:
        """Return the ledger changes for a version `file_id` with the content `sha256`."""
        others = [version for version in self._by_id.values() if version.file_id != file_id]
        same_key = [version for version in others if version.name == name]
        active = next((version.file_id for version in same_key if version.state in ACTIVE), None)
        same = next((version for version in same_key if version.sha256 == sha256), None)
        same_content = same.file_id if same is not None else None
        also_superseded = tuple(each.file_id for each in same_key if each.state in NOT_LOADED and each is not same)
        if same_content is not None and same_content == active:
            return Resolution(same_content=same_content, also_superseded=also_superseded)
        supersedes = active or self._renamed_from(same_key, sha256)
        duplicated = [each.file_id for each in others if each.sha256 == sha256 and each.state in ACTIVE and each.rows]
        if duplicated:
            return Resolution(
                same_content=same_content,
                supersedes=supersedes,
                duplicate_of=min(duplicated),
                also_superseded=also_superseded,
            )
        activate = same_content or file_id
        is_received = self._by_id[activate].rows is not None
        return Resolution(activate, is_received, same_content, supersedes=supersedes, also_superseded=also_superseded)

    def apply(self, resolution: Resolution, sha256: str, rows: int, promoted: Version | None = None) -> None:
        """Update the versions after a resolution; `rows` is the number of rows of the activated file."""
        for file_id in (resolution.supersedes, *resolution.also_superseded):
            if file_id is not None:
                self._by_id[file_id] = replace(self._by_id[file_id], state="superseded")
        if resolution.activate is not None:
            active = self._by_id[resolution.activate]
            state = "loaded" if rows else "empty"
            self._by_id[resolution.activate] = replace(active, state=state, sha256=sha256, rows=rows)
        if promoted is not None:
            self._by_id[promoted.file_id] = promoted

    def _renamed_from(self, same_key: list[Version], sha256: str) -> int | None:
        # A duplicate of a file that is missing is that file under a new key or in a new source: its correction
        # replaces the missing file, or sales would be counted under both.
        for version in same_key:
            original = self._by_id.get(version.duplicate_of or 0)
            if version.state == "duplicate" and original is not None and original.sha256 != sha256:
                return original.file_id if original.is_missing and original.state in ACTIVE else None
        return None
