"""Loader of named SQL statements, one per file, in the package that runs them."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from sqlalchemy import TextClause, text

SLOT: Final = re.compile(r"\{\{ ([a-z ]+) \}\}")


@cache
def named(package: str, name: str) -> TextClause:
    """Load the statement in `<name>.sql` of a package; its `:names` are bind parameters."""
    return text(files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8"))


def rendered(package: str, name: str, slots: Mapping[str, str]) -> str:
    """Render the text of a named statement, with every `{{ slot }}` replaced; lines that become empty are left out."""
    lines = files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8").splitlines(keepends=True)
    filled = ((line, SLOT.sub(lambda slot: slots[slot[1]], line)) for line in lines)
    return "".join(text for line, text in filled if text.strip() or not line.strip())
