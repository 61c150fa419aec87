"""Checks of a document against the Open Data Contract Standard, by the model of its own package."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, get_args

from app.contract.document import Entry
from app.contract.own_properties import known_name
from app.contract.problems import Problems, nearest

if TYPE_CHECKING:
    from pydantic import BaseModel

API_VERSION: Final = "v3.2.0"
KIND: Final = "DataContract"
STATUSES: Final = ("proposed", "draft", "active", "deprecated", "retired")
NEEDED: Final = ("apiVersion", "kind", "id", "version", "schema")
LISTS: Final = {"synonyms": "{synonym: NAME}", "enum": "{value: VALUE}", "customProperties": "{property: …, value: …}"}
"""Lists whose items are often written as plain texts, with the form that the standard wants."""


def check_standard(root: Entry, problems: Problems) -> None:
    """Record deviations from the standard: other versions, unknown keys, values of another type."""
    from open_data_contract_standard.model import OpenDataContractStandard  # noqa: PLC0415  # takes 0.2 s
    from pydantic import ValidationError  # noqa: PLC0415

    for key in NEEDED:
        if key not in root.fields:
            problems.add(1, key, f"the key is missing; add it, for example {_example(key)}")
    for key, expected in (("apiVersion", API_VERSION), ("kind", KIND)):
        entry = root.fields.get(key)
        if entry is not None and entry.text != expected:
            problems.add(entry.line, key, f"{_quoted(entry)} is not supported; write {key}: {expected}")
    status = root.fields.get("status")
    if status is not None and status.text not in STATUSES:
        problems.add(
            status.line, "status", f"{_quoted(status)} is not a status; {nearest(status.text or '', STATUSES)}"
        )
    _check_keys(root, OpenDataContractStandard, problems)
    try:
        OpenDataContractStandard.model_validate(root.plain())
    except ValidationError as error:
        for found in error.errors(include_url=False, include_input=False):
            _add(root, found["loc"], found["msg"], problems)


def _example(key: str) -> str:
    examples = {"apiVersion": API_VERSION, "kind": KIND, "id": "my-shop", "version": "1.0.0"}
    return f"{key}: {examples[key]}" if key in examples else "by `regulars contract init`"


def _quoted(entry: Entry) -> str:
    return repr(entry.text[:60]) if entry.text is not None else "a list or mapping"


def _add(root: Entry, place: tuple[int | str, ...], message: str, problems: Problems) -> None:
    entry, parent = root, ""
    for step in place:
        found = _step(entry, step)
        if found is None:
            break
        parent, entry = (str(step), found) if isinstance(step, str) else (parent, found)
    remedy = "see docs/contracts.md"
    if entry.text is not None and "valid string" in message:
        remedy = f'put it in quotes: "{entry.text[:60]}"'
    elif entry.text is not None and parent in LISTS:
        remedy = f"write each as - {LISTS[parent]}"
    problems.add(entry.line, entry.key or "document", f"{message[0].lower()}{message[1:]}; {remedy}")


def _step(entry: Entry, step: int | str) -> Entry | None:
    if isinstance(step, int):
        return entry.items[step] if step < len(entry.items) else None
    return entry.fields.get(step)


def _check_keys(entry: Entry, model: "type[BaseModel]", problems: Problems) -> None:
    known = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    for name, field in entry.fields.items():
        if name not in known:
            problems.add(field.line, field.key, f"the key is unknown; {known_name(name, known)}")
            continue
        inner = next(_models(known[name]), None)
        if inner is None:
            continue
        for item in field.items or [field]:
            _check_keys(item, inner, problems)


def _models(annotation: Any) -> "Iterator[type[BaseModel]]":
    if isinstance(annotation, type) and hasattr(annotation, "model_fields"):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
