"""What an object version is, once its bytes are known: new, a correction, a duplicate, an old version come back."""

from collections.abc import Iterable
from dataclasses import dataclass

ACTIVE = frozenset({"loaded", "empty", "source_missing"})
WITH_ROWS = frozenset({"loaded", "source_missing"})


@dataclass(slots=True)
class Version:
    """A row of the ledger as far as it matters here."""

    file_id: int
    key: str
    state: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to become of an object version.

    serve: the file that is to be active, the version itself or the earlier one that has come back; known_as: the
    earlier row of this key with the same bytes; supersedes: the active file that gives up its place; duplicate_of:
    the active file under another key that says the same.
    """

    serve: int | None = None
    known_as: int | None = None
    supersedes: int | None = None
    duplicate_of: int | None = None


class Versions:
    """The versions of some keys, and whatever has the same bytes as one of them; kept up to date by `settled`."""

    def __init__(self, versions: Iterable[Version]) -> None:
        self._by_id = {version.file_id: version for version in versions}

    def judge(self, file_id: int, key: str, sha256: str) -> Verdict:
        """What these bytes under this key are."""
        others = [version for version in self._by_id.values() if version.file_id != file_id]
        same_key = [version for version in others if version.key == key]
        active = next((version.file_id for version in same_key if version.state in ACTIVE), None)
        same = next((version for version in same_key if version.sha256 == sha256), None)
        if same is not None:
            if same.state == "superseded":
                return Verdict(serve=same.file_id, known_as=same.file_id, supersedes=active)
            return Verdict(known_as=same.file_id)
        twins = [version.file_id for version in others if version.sha256 == sha256 and version.state in WITH_ROWS]
        if twins:
            return Verdict(duplicate_of=min(twins), supersedes=active)
        return Verdict(serve=file_id, supersedes=active)

    def settled(self, verdict: Verdict, sha256: str, rows: int) -> None:
        """A verdict was carried out, and the file that serves has so many rows."""
        if verdict.supersedes is not None:
            self._by_id[verdict.supersedes].state = "superseded"
        if verdict.serve is not None:
            version = self._by_id[verdict.serve]
            version.state, version.sha256 = ("loaded" if rows else "empty"), sha256
