"""Formulas of workbooks without a value: errors, and values that were not saved."""

import io
import zipfile
from typing import Any

import pytest

from app.source.workbook import open_workbook
from tests.bronze.workbooks import OFFICE, PACKAGE, PARTS, SHEET

TEXT = '<c r="A1" t="str"><v>x</v></c>'
DIVISION = '<c r="B1" s="3" t="e"><f>1/0</f><v>#DIV/0!</v></c>'


def workbook(*sheets: str, targets: str = "worksheets/sheet{}.xml") -> io.BytesIO:
    """A workbook of sheets with these rows."""
    content = io.BytesIO()
    numbered = [*enumerate(sheets, 1)]
    listed = "".join(f'<sheet name="a &gt; {n}" sheetId="{n}" r:id="r{n}"/>' for n, _ in numbered)
    related = "".join(
        f'<Relationship Type="{OFFICE}/worksheet" Target="{targets.format(n)}" Id="r{n}"/>'
        for n, _ in reversed(numbered)
    )
    book = f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'
    with zipfile.ZipFile(content, "w") as parts:
        parts.writestr("_rels/.rels", PARTS["_rels/.rels"])
        parts.writestr("xl/workbook.xml", book)
        parts.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}">{related}</Relationships>')
        for n, rows in numbered:
            parts.writestr(
                f"xl/worksheets/sheet{n}.xml", f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>'
            )
    return content


def cells(content: io.BytesIO, sheet: int = 0, **options: Any) -> list[list[Any]]:
    with open_workbook(content, "day.xlsx", **options) as sheets:
        rows = list(sheets[sheet].rows())
    assert [number for number, _ in rows] == [*range(1, len(rows) + 1)]
    return [row for _, row in rows]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (DIVISION, "#DIV/0!"),
        (DIVISION.replace('"', "'"), "#DIV/0!"),
        ('<c t="e" r="B1"><v>#N/A</v></c>', "#N/A"),
        ('<c r="B1"><f>A1*2</f></c>', "#NO_VALUE!"),
        ('<c r="B1"><f>A1*2</f><v></v></c>', "#NO_VALUE!"),
        ('<c r="B1" s="1"><f t="shared" si="0"/><v/></c>', "#NO_VALUE!"),
        ('<c r="B1"><f>A1*2</f><v>4</v></c>', 4.0),
        ('<c r="B1" t="str"><f>""</f><v></v></c>', None),
        ('<c r="B1" t="e"/>', None),
        ('<c r="B1"/>', None),
    ],
)
def test_a_formula_without_a_value_is_a_text(cell: str, text: Any) -> None:
    (row,) = cells(workbook(f'<row r="1">{TEXT}{cell}<c r="C1"><v>1</v></c></row>'))
    assert row == ["x", text, 1.0]


def test_formulas_beside_and_below_the_values_are_shown() -> None:
    rows = '<row r="1"><c r="A1"><f>1</f></c><c r="B1"><v>1</v></c><c r="D1"><f>1</f></c></row>'
    below = '<row r="3"><c r="C3"><f>1</f></c></row>'
    no = "#NO_VALUE!"
    assert cells(workbook(rows + below)) == [[no, 1.0, None, no], [], [None, None, no]]


@pytest.mark.parametrize("targets", ["worksheets/sheet{}.xml", "/xl/worksheets/sheet{}.xml"])
def test_each_sheet_has_the_errors_of_its_own(targets: str) -> None:
    content = workbook(f'<row r="1">{TEXT}</row>', f'<row r="1">{TEXT}{DIVISION}</row>', targets=targets)
    assert [cells(content, 0), cells(content, 1)] == [[["x"]], [["x", "#DIV/0!"]]]


def test_errors_are_empty_cells_where_they_are_not_to_be_shown() -> None:
    assert cells(workbook(f'<row r="1">{TEXT}{DIVISION}</row>'), shows_errors=False) == [["x", None]]
