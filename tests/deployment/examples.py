"""Examples of the pages of shop systems: files, contracts, and the numbers that they give."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.cli.contract.commands import contract
from tests.deployment.files import ROOT, text

SHOP_PAGES = sorted((ROOT / "docs" / "shops").glob("*.md"))
MARKED = re.compile(
    r"^<!-- (file|contract|change|expected): ([^\n]+) -->\n(```\w+\n.*?^```|(?:\|[^\n]*\n)+)", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Expected:
    """Numbers that a page states for the files of a folder under a contract.

    Attributes:
        numbers: as shown, by their names.
    """

    page: Path
    folder: str
    contract: str
    numbers: dict[str, str]

    def __str__(self) -> str:
        """Name the case in a test's id."""
        return f"{self.page.stem}-{self.folder}-{self.contract}"


def expected_numbers() -> list[Expected]:
    """Return the numbers of all pages."""
    return [
        Expected(page, arguments[0], arguments[1], dict(re.findall(r"^\| ([^`|]+) \| (.+) \|$", shown, re.MULTILINE)))
        for page in SHOP_PAGES
        for kind, arguments, shown in _marked(page)
        if kind == "expected"
    ]


def write_examples(page: Path, folder: Path) -> None:
    """Write the files and the contracts of a page into a folder."""
    for kind, arguments, block in _marked(page):
        path = folder / arguments[-1]
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind in {"file", "contract"}:
            path.write_text(_content(block), encoding="utf-8")
        elif kind == "change":
            path.write_text(_changed(_document(arguments[0]), _content(block)), encoding="utf-8")


def _marked(page: Path) -> Iterator[tuple[str, list[str], str]]:
    for kind, arguments, block in MARKED.findall(text(page)):
        yield kind, arguments.split(), block


def _content(block: str) -> str:
    return block.split("\n", 1)[1].removesuffix("```")


def _document(name: str) -> str:
    return contract("show", name, "--yaml").stdout


def _changed(document: str, diff: str) -> str:
    """Apply a diff whose hunks are separated by `@@`; each has to fit at exactly one place."""
    for hunk in diff.split("@@\n"):
        before, after = (
            "".join(line[1:] + "\n" for line in hunk.splitlines() if line[0] in kept) for kept in (" -", " +")
        )
        if document.count(before) != 1:
            raise ValueError(f"the change fits at {document.count(before)} places:\n{before}")
        document = document.replace(before, after)
    return document
