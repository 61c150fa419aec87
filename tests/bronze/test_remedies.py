"""Every rejection of a file names its remedy, and following it makes the file load."""

import io
import re
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from app.bronze.load import inspect
from app.bronze.remedies import excerpt
from app.contract.model import SourceContract
from app.contract.open import parse_contract
from app.errors import BrokenFile
from tests.bronze.workbooks import sheet_of
from tests.contracts import document
from tests.layers import HEADER, file_of, received, row_of

SERVER_KEY = re.compile(r"declare `(\w+): ([^`]+)` of the server in the contract")
COLUMN_KEY = re.compile(
    r"(add|remove|declare) `(synonym|required): ([^`]+)` (?:to the synonyms of|from the synonyms of|of) (\w+)"
)
ODCS_KEYS = ("delimiter", "encoding", "format")
SEMICOLONS = file_of(row_of(";"), header=HEADER.replace(",", ";"))
LATIN = file_of(*[row_of(description="CAFÉ")] * 4).decode().encode("cp1252")
QUOTED_NAMES = ",".join(f"'{name}'" for name in HEADER.split(","))
SHEET = sheet_of(HEADER.split(","), row_of().split(","))


@dataclass(frozen=True)
class Case:
    """A file, and a contract that rejects it; `keys` are of its server, `columns` of its columns."""

    content: bytes
    keys: dict[str, Any]
    columns: dict[str, Any]


def case(content: bytes, columns: dict[str, Any] | None = None, **keys: Any) -> Case:
    return Case(content, keys, columns or {})


REJECTIONS = {
    "delimiter of the header": case(SEMICOLONS),
    "delimiter of a quoted header": case(
        file_of(row_of(";"), header=";".join(f'"{name}"' for name in HEADER.split(",")))
    ),
    "delimiter of tabs": case(file_of(row_of("\t"), header=HEADER.replace(",", "\t"))),
    "delimiter that is not the declared one": case(file_of(row_of()), delimiter="semicolon"),
    "line that names another delimiter": case(b"sep=;\n" + SEMICOLONS, delimiter="comma"),
    "lines in another encoding": case(LATIN),
    "header in another encoding": case(file_of(f"{row_of()},x", header=f"{HEADER},Café").decode().encode("cp1252")),
    "UTF-8 under another encoding": case(file_of(row_of(description="CAFÉ")), encoding="windows-1252"),
    "UTF-8 under UTF-16": case(file_of(row_of()), encoding="utf-16"),
    "UTF-16": case(file_of(row_of()).decode().encode("utf-16")),
    "UTF-16 without a mark": case(file_of(row_of()).decode().encode("utf-16-be")),
    "UTF-16 of the other order": case(file_of(row_of()).decode().encode("utf-16-be"), encoding="utf-16-le"),
    "bytes that the encoding lacks": case(
        file_of(row_of(description="\x81")).decode().encode("latin-1"), encoding="cp1252"
    ),
    "bytes that ASCII lacks": case(LATIN, encoding="ascii"),
    "title above the header": case(b"Sales\n\n" + file_of(row_of())),
    "title with an unpaired quote": case(b'"Sales\n' + file_of(row_of())),
    "header below the declared line": case(b"Sales\n\n" + file_of(row_of()), header=1),
    "header above the declared line": case(file_of(row_of()), header=2),
    "declared line without text": case(file_of(row_of()), header=9),
    "names in other quotes": case(file_of(row_of(description="'a,b'"), header=QUOTED_NAMES)),
    "values in other quotes": case(file_of(*[row_of(description="'a,b'")] * 4)),
    "values in the usual quotes": case(file_of(*[row_of(description='"a,b"')] * 4), quote="'"),
    "escaped quotes": case(file_of(*[row_of(description=r'"5\" disc"')] * 4)),
    "backslashes that escape nothing": case(file_of(*[row_of(description='"C:\\"')] * 4), escape="backslash"),
    "column of another name": case(file_of(row_of(), header=HEADER.replace("Price", "Cost"))),
    "columns of other names": case(
        file_of(row_of(), header=HEADER.replace("Price", "Item price").replace("Invoice,", "Invoice #,"))
    ),
    "column of another name, searched": case(
        file_of(row_of(), header=HEADER.replace("Price", "Cost")), header="search"
    ),
    "column that is missing": case(
        file_of("489434,12,6.95,13085,2026-02-01", header="Invoice,Quantity,Price,Customer ID,InvoiceDate")
    ),
    "two names of a column": case(file_of(f"{row_of()},1", header=f"{HEADER},UnitPrice")),
    "workbook as CSV": case(SHEET),
    "CSV as a workbook": case(file_of(row_of()), format="xlsx"),
    "sheet that is missing": case(SHEET, format="xlsx", sheet="Data"),
}


def declared(keys: dict[str, Any], columns: dict[str, Any]) -> SourceContract:
    """The default contract with these keys; a workbook has no encoding, delimiter or quotes."""
    document_of = yaml.safe_load(document(server=keys, columns=columns))
    [server] = document_of["servers"]
    if server["format"] == "xlsx":
        server.pop("encoding", None)
        server.pop("delimiter", None)
        server["customProperties"] = [each for each in server["customProperties"] if each["property"] != "suffixes"]
    contract = parse_contract(yaml.safe_dump(document_of).encode(), "test.yaml")
    return SourceContract(contract, contract.servers[0])


def followed(rejected: Case, message: str) -> Case:
    """The case under the keys that a message names."""
    keys, columns = dict(rejected.keys), dict(rejected.columns)
    keys |= {key: yaml.safe_load(value) for key, value in SERVER_KEY.findall(message)}
    for verb, key, text, column in COLUMN_KEY.findall(message):
        value, synonyms = yaml.safe_load(text), synonyms_of(column)
        if key == "required":
            columns[column] = {"required": value}
        elif verb == "add":
            columns[column] = {"synonyms": [{"synonym": name} for name in [*synonyms, value]]}
        else:
            columns[column] = {"synonyms": [{"synonym": name} for name in synonyms if name != value]}
    return Case(rejected.content, keys, columns)


def synonyms_of(column: str) -> list[str]:
    [sales] = yaml.safe_load(document())["schema"]
    [found] = [each for each in sales["properties"] if each["name"] == column]
    return [each["synonym"] for each in found.get("synonyms", [])]


def rejection(rejected: Case, connection: Any) -> str | None:
    """The message with which a file is rejected; None if all of its rows are split."""
    try:
        rows = received(connection, rejected.content, declared(rejected.keys, rejected.columns), key="day.csv")
    except BrokenFile as error:
        return str(error)
    assert rows
    assert not any(isinstance(row["rescued_data"], str) for row in rows)
    return None


@pytest.mark.parametrize("rejected", REJECTIONS.values(), ids=REJECTIONS)
def test_the_key_that_a_rejection_names_reads_the_file(connection: Any, rejected: Case) -> None:
    savepoint = connection.begin_nested()
    message = rejection(rejected, connection)
    savepoint.rollback()
    assert message is not None
    assert rejection(followed(rejected, message), connection) is None, message


WITHOUT_KEY = {
    "two columns of one name": (file_of(f"{row_of()},1", header=f"{HEADER},Price"), "rename one of them in the file"),
    "too many columns": (file_of(header=",".join([HEADER, *map(str, range(1_000))])), "remove others"),
    "names that are too long": (file_of(header=f"{HEADER},{'x' * 70_000}"), "shorten its names"),
    "unpaired quote in the header": (file_of(header=f'"{HEADER}'), "remove it, or declare"),
    "NUL in the header": (file_of(header=f"{HEADER},a\0"), "save the file as CSV in UTF-8"),
    "delimiter that cannot be one": (b"sep=x\n" + file_of(row_of()), "remove the line"),
    "old workbook": (b"\xd0\xcf\x11\xe0" + bytes(600), "save it as .xlsx without a password"),
    "gzip under another name": (b"\x1f\x8b" + bytes(600), "rename it"),
}


@pytest.mark.parametrize(("content", "remedy"), WITHOUT_KEY.values(), ids=WITHOUT_KEY)
def test_a_file_that_no_key_reads_names_another_remedy(content: bytes, remedy: str) -> None:
    with pytest.raises(BrokenFile, match=re.escape(remedy)):
        inspect(io.BytesIO(content), "day.csv", declared({}, {}))


@pytest.mark.parametrize(
    ("text", "printed"), [("a\0\x1b[1m", "a\\x00\\x1b[1m"), ("a\tb", "a\tb"), ("x" * 201, "x" * 200 + " …")]
)
def test_a_text_of_a_file_is_shown_printable_and_short(text: str, printed: str) -> None:
    assert excerpt(text) == printed
