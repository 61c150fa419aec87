"""One name means one thing: public classes and types have names of their own."""

import ast
from collections import defaultdict
from pathlib import Path
from typing import Final

import app

ROOT: Final = Path(str(app.__file__)).parent
SCHEMAS_OF_DATACLASSES: Final = {"FailingCheck", "MoneyOfRows", "NotRead", "WarningOfFiles"}
"""Schemas of the API that show a dataclass of another room, field by field, under its name."""

OF_DISTANT_ROOMS: Final = {
    "Case",  # of letters, of a grid of segments
    "ColumnType",  # of files, of exports
    "ContractOption",  # with and without a default
    "Currency",  # of answers, of a contract
    "Description",  # of a webhook, of a contract
    "Effect",  # of a request, of a change of the contract
    "Money",  # of answers, of a report
    "Outcome",  # of a file, of a row, of an attempt
    "Overlap",  # of files, of their invoices
    "Result",  # type variable
    "Returns",  # of a contract, of generated sales
    "Row",  # read by a date format, of a description
    "Table",  # file of a draft, array of generated orders
}
"""Short names that never meet in one module."""


def public_types(path: Path) -> list[str]:
    """Return the classes and type aliases of a module."""
    names = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names.append(node.targets[0].id)
    return [name for name in names if name[0].isupper() and not name.isupper()]


def test_no_two_public_types_have_one_name() -> None:
    places = defaultdict(list)
    for path in sorted(ROOT.rglob("*.py")):
        for name in public_types(path):
            places[name].append(str(path.relative_to(ROOT)))
    found = {
        name: paths
        for name, paths in places.items()
        if len(paths) > 1 and name not in SCHEMAS_OF_DATACLASSES | OF_DISTANT_ROOMS
    }
    assert found == {}
