"""Values that depend on the order of texts are the same in a database of any locale."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from sqlalchemy import Table, Text
from sqlalchemy.sql.base import ReadOnlyColumnCollection

import app
from app.db.metadata import import_tables, metadata

ROOT: Final = Path(str(app.__file__)).parent
COMMENT: Final = re.compile(r"--[^\n]*")
TABLE: Final = re.compile(r"\b[a-z]+\.[a-z_]+\b")
VIEWS: Final = {f"{layer}.retail_transactions": f"{layer}.sales_row" for layer in ("bronze", "silver")}
ORDERED: Final = re.compile(r"\b(?:(?:min|max)\s*\(|order\s+by\b)")
END_OF_CLAUSE: Final = re.compile(r"\b(?:limit|offset|for update|returning|on conflict)\b")
ORDERING: Final = frozenset({"order_by", "min", "max", "aggregate_order_by"})
POSITION: Final = re.compile(r"\s*\d+\s*(?:asc|desc)?\s*")
OF_CODE_POINTS: Final = re.compile(r"collate \"C\"|\.collate\('C'\)")


def of_any_locale(columns: Any) -> set[str]:
    return {column.name for column in columns if isinstance(column.type, Text) and column.type.collation is None}


def arguments(sql: str, start: int) -> list[str]:
    """Return the parts between the commas of an argument list or an ORDER BY clause."""
    parts: list[str] = []
    depth, begin = 0, start
    for place in range(start, len(sql)):
        ends_clause = depth == 0 and END_OF_CLAUSE.match(sql, place)
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sql[place], 0)
        if depth < 0 or ends_clause:
            return [*parts, sql[begin:place]]
        if sql[place] == "," and depth == 0:
            parts.append(sql[begin:place])
            begin = place + 1
    return [*parts, sql[begin:]]


def offenders_in_sql(sql: str) -> Iterator[str]:
    statement = COMMENT.sub("", sql)
    read = [VIEWS.get(name, name) for name in TABLE.findall(statement)]
    texts = {name for table in read if table in metadata.tables for name in of_any_locale(metadata.tables[table].c)}
    parts = (part for match in ORDERED.finditer(statement) for part in arguments(statement, match.end()))
    yield from (part.strip() for part in parts if is_offender(part, texts))


def offenders_in_python(module: ModuleType) -> Iterator[str]:
    """Yield the sort keys and extremes of a module that are columns of the tables that it names."""
    named = [*vars(module).values()]
    named += [value for each in named if isinstance(each, ModuleType) for value in vars(each).values()]
    columns = [each.c if isinstance(each, Table) else each for each in named]
    texts = {name for each in columns if isinstance(each, ReadOnlyColumnCollection) for name in of_any_locale(each)}
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ORDERING:
            yield from (part for part in map(ast.unparse, node.args) if is_offender(part, texts))


def is_offender(part: str, texts: set[str]) -> bool:
    is_text = any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", part) for name in (*texts, "->>")) and " = " not in part
    return bool((is_text or POSITION.fullmatch(part)) and not OF_CODE_POINTS.search(part))


def test_minimum_maximum_and_order_of_texts_in_sql_name_their_collation() -> None:
    import_tables()
    found = {path.name: [*offenders_in_sql(path.read_text(encoding="utf-8"))] for path in ROOT.rglob("*.sql")}
    assert {name: parts for name, parts in found.items() if parts} == {}


def test_minimum_maximum_and_order_of_texts_in_python_name_their_collation() -> None:
    names = [".".join(path.relative_to(ROOT.parent).with_suffix("").parts) for path in ROOT.rglob("*.py")]
    modules = [import_module(name) for name in sorted(names) if not name.endswith(("__main__", "__init__"))]
    found = {module.__name__: [*offenders_in_python(module)] for module in modules}
    assert {name: parts for name, parts in found.items() if parts} == {}


@pytest.mark.parametrize(
    ("part", "is_found"),
    [
        ("d.source", True),
        ('d.source collate "C"', False),
        ("1", True),
        ("f.id desc", False),
        ("f.source = 'sales'", False),
        ("reason ->> 'value'", True),
        ("t.source.collate('C')", False),
    ],
)
def test_an_order_that_depends_on_the_locale_is_found(part: str, is_found: bool) -> None:
    assert is_offender(part, {"source"}) is is_found
