"""Words of columns are declared once, as a Literal type."""

import re
from pathlib import Path

import app

RESTATED = re.compile(r"\b\w+ in (?:\('|\{)[^\"]*")
ROOMS = Path(str(app.__file__)).parent


def test_constraints_restate_no_words_of_their_column() -> None:
    found = {path.parent.name: RESTATED.findall(path.read_text(encoding="utf-8")) for path in ROOMS.glob("*/tables.py")}
    assert {room: parts for room, parts in found.items() if parts} == {}
