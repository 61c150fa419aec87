"""Workbooks in memory, and contracts that read them."""

import io
import zipfile
from dataclasses import replace
from typing import IO, Any

import yaml
from openpyxl import Workbook

from app.contract.model import SourceContract
from app.contract.open import parse_contract
from tests.contracts import document, variant

PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def sheet_of(*rows: list[Any]) -> bytes:
    """A workbook of one sheet."""
    book = Workbook()
    for cells in rows:
        book.worksheets[0].append(cells)
    return saved(book)


def workbook_contract(max_bytes: int = 2 * 1024**3, **server: Any) -> SourceContract:
    """The default contract for workbooks."""
    declared = yaml.safe_load(document(server={"format": "xlsx", "suffixes": [".xlsx"], **server}))
    declared["servers"][0].pop("encoding", None)
    contract = parse_contract(yaml.safe_dump(declared).encode(), "test.yaml")
    return replace(variant(), contract=contract, server=contract.servers[0], max_bytes=max_bytes)


PARTS = {
    "_rels/.rels": f"""<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{OFFICE}/officeDocument"
        Target="xl/workbook.xml"/></Relationships>""",
    "xl/workbook.xml": f"""<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>
        <sheet name="Sales" sheetId="1" r:id="r1"/></sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{OFFICE}/worksheet"
        Target="worksheets/sheet1.xml"/></Relationships>""",
}


def large_workbook(file: IO[bytes], names: list[str], rows: int) -> None:
    """Write a workbook of many rows: the number of the row in every cell but the last, a text."""
    letters = [chr(ord("A") + at) for at in range(len(names))]
    header = "".join(f'<c r="{at}1" t="str"><v>{name}</v></c>' for at, name in zip(letters, names, strict=True))
    cells = "".join(f'<c r="{at}{{0}}"><v>{{0}}</v></c>' for at in letters[:-1])
    row = f'<row r="{{0}}">{cells}<c r="{letters[-1]}{{0}}" t="str"><v>a text</v></c></row>'
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parts:
        for name, text in PARTS.items():
            parts.writestr(name, text)
        with parts.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{SHEET}"><sheetData><row r="1">{header}</row>'.encode())
            for start in range(2, rows + 2, 10_000):
                numbers = range(start, min(start + 10_000, rows + 2))
                sheet.write("".join(map(row.format, numbers)).encode())
            sheet.write(b"</sheetData></worksheet>")


def with_password(content: bytes) -> bytes:
    """The workbook as a zip archive with a password."""
    changed = bytearray(content)
    at = changed.find(b"PK\x01\x02")
    while at >= 0:
        changed[at + 8] |= 1
        at = changed.find(b"PK\x01\x02", at + 1)
    return bytes(changed)
