"""Opening of a contract: one of the built-in ones by its name, or a file by its path."""

import hashlib
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Final, get_args

from app.contract.business import check_returns, rates_path, read_arrival, read_currency, read_date_range
from app.contract.columns import read_columns
from app.contract.document import MAX_BYTES, Entry, read_document
from app.contract.fields import Fields, custom_properties, fields_of
from app.contract.fingerprint import fingerprint
from app.contract.model import Contract, Overlap, Returns
from app.contract.own_properties import OF_CONTRACT
from app.contract.problems import Problems
from app.contract.rules import read_condition, read_rules
from app.contract.servers import read_servers
from app.contract.standard import check_standard
from app.errors import InvalidContract

BUILT_IN: Final = ("online-retail", "generic-sales", "shopify-orders", "woocommerce-orders")
DEFAULT_CONTRACT: Final = "online-retail"
MAX_CACHED: Final = 16


@dataclass(frozen=True, slots=True)
class _Opened:
    contract: Contract
    rates: Path | None
    rates_read: bytes


_opened: dict[tuple[str, bytes], _Opened] = {}


def open_contract(name_or_path: str) -> Contract:
    """Return a contract by the name of a built-in one or the path of a file; raises InvalidContract.

    A contract is parsed once for each content, and again when its file of rates changes.
    """
    if name_or_path in BUILT_IN:
        content = resources.files(__package__).joinpath("builtin", f"{name_or_path}.yaml").read_bytes()
        folder = None
    else:
        content, folder = _read(Path(name_or_path)), Path(name_or_path).parent
    key = (name_or_path, content)
    opened = _opened.get(key)
    if opened is None or opened.rates_read != _digest(opened.rates):
        contract, rates = _parse(content, name_or_path, folder)
        opened = _Opened(contract, rates, _digest(rates))
        while len(_opened) >= MAX_CACHED:
            _opened.pop(next(iter(_opened)), None)
        _opened[key] = opened
    return opened.contract


def parse_contract(content: bytes, file: str, folder: Path | None = None) -> Contract:
    """Return the contract of a YAML document; raises InvalidContract with every problem.

    file: name of the document in messages; folder: where paths in it begin, None for the working directory.
    """
    return _parse(content, file, folder)[0]


def _parse(content: bytes, file: str, folder: Path | None) -> tuple[Contract, Path | None]:
    problems = Problems(file)
    root = read_document(content, problems)
    custom = custom_properties(root, OF_CONTRACT, problems)
    rates = rates_path(custom, folder)
    contract = _contract(root, custom, rates)
    if file not in BUILT_IN:  # tests check those
        check_standard(root, problems)
    problems.raise_if_any()
    contract = replace(contract, text=content.decode("utf-8-sig"))
    return replace(contract, sha256=fingerprint(contract)), rates


def _contract(root: Entry, custom: Fields, rates: Path | None) -> Contract:
    problems, fields = custom.problems, fields_of(root, custom.problems)
    schema = _schema(root, problems)
    if not _has_columns(schema, problems):
        check_standard(root, problems)
        problems.raise_if_any()  # without columns, every other key would seem wrong too
    columns = read_columns(schema, problems)
    cancellation = read_condition(custom, "cancellationWhen", columns)
    returns: Returns = custom.word("returns", get_args(Returns), "exclude")
    check_returns(returns, columns, cancellation, custom)
    return Contract(
        id=fields.text("id"),
        name=fields.text("name", fields.text("id")),
        version=fields.text("version"),
        servers=read_servers(root, columns, problems),
        columns=columns,
        rules=read_rules(schema, columns, problems),
        cancellation=cancellation,
        counts=read_condition(custom, "countsWhen", columns),
        returns=returns,
        currency=read_currency(custom, columns, rates),
        overlap=custom.word("overlap", get_args(Overlap), "warn"),
        date_range=read_date_range(custom),
        arrival=read_arrival(root, problems),
    )


def _schema(root: Entry, problems: Problems) -> Entry:
    listed = root.fields.get("schema")
    objects = [entry for entry in listed.items if isinstance(entry.value, dict)] if listed else []
    if listed is not None and len(objects) != 1:
        problems.add(
            listed.line, "schema", "a list of one object is needed, the rows of sales; write a single - name: sales"
        )
    for entry in objects[:1]:
        fields_of(entry, problems).reject(("customProperties",), "they have no effect here; move them to the contract")
    return objects[0] if objects else Entry(root.line, "schema", {})


def _has_columns(schema: Entry, problems: Problems) -> bool:
    listed = schema.fields.get("properties")
    if listed is not None and not listed.items:
        problems.add(
            listed.line, listed.key, "a list of columns is needed; write each as - {name: invoice_no, physicalName: …}"
        )
    elif listed is None and schema.fields:
        problems.add(schema.line, f"{schema.key}.properties", "the key is missing; add it with a list of columns")
    return listed is not None and bool(listed.items)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        likely = get_close_matches(str(path).lower(), BUILT_IN, n=1)
        hint = f"; did you mean {likely[0]}?" if likely else ""
        names = f"the built-in contracts are {', '.join(BUILT_IN)}"
        raise InvalidContract((f"{path}: the contract cannot be read: {error.strerror}{hint}; {names}",)) from error
    except ValueError:  # a NUL in the path
        raise InvalidContract((f"{str(path)!r}:1: document: this is not a path; write the path of a file",)) from None


def _digest(path: Path | None) -> bytes:
    if path is None:
        return b""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except (OSError, ValueError):
        return b""
