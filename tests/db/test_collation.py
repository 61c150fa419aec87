"""Values that depend on the order of texts are the same in a database of any locale."""

import re
from pathlib import Path

from sqlalchemy import Text

from app.db.metadata import metadata
from app.gold import tables as gold
from app.silver import tables as silver

FOLDERS = {"gold": Path(str(gold.__file__)).parent, "silver": Path(str(silver.__file__)).parent}
ORDERED = re.compile(
    r"(?:max|min)\((?P<argument>(?:[^()]|\([^()]*(?:\([^()]*\)[^()]*)*\))*)\)|order by (?P<keys>[^\n)]+)"
)


def texts_in_the_order_of_the_locale(schema: str) -> set[str]:
    columns = [column for table in metadata.tables.values() if table.schema == schema for column in table.c]
    return {column.name for column in columns if isinstance(column.type, Text) and column.type.collation is None}


def decided_by_order(path: Path) -> list[str]:
    matches = ORDERED.finditer(path.read_text(encoding="utf-8"))
    return [part for match in matches for part in [match["argument"], *(match["keys"] or "").split(",")] if part]


def test_minimum_maximum_and_order_of_texts_name_their_collation() -> None:
    found = [
        (path.name, part)
        for schema, folder in FOLDERS.items()
        for path in sorted(folder.glob("*.sql"))
        for part in decided_by_order(path)
        for name in (*texts_in_the_order_of_the_locale(schema), "->>")
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", part) and 'collate "C"' not in part
    ]
    assert found == []
