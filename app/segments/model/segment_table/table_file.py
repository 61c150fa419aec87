"""Reading of the segment table file."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.errors import Misconfigured


def read_table_file(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file; an unchanged file is parsed once. Callers do not change it.

    Raises Misconfigured for a file that cannot be read.
    """
    try:
        return _parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(f"{path}: not readable as UTF-8 TOML, correct or restore the file: {error}") from error


@lru_cache(maxsize=4)
def _parse(content: str) -> dict[str, Any]:
    return tomllib.loads(content)
