"""Comparison of two contracts by their meaning."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final, Literal

from app.contract.fingerprint import meaning
from app.contract.model import Contract

Effect = Literal["reading", "validating", "counting", "none"]
VALIDATING: Final = frozenset(
    (
        "required",
        "minLength",
        "maxLength",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "enum",
    )
)
"""Keys of a column that determine whether a value is valid; the others determine how it is read."""
EFFECTS: Final[dict[str, Effect]] = {
    "servers": "reading",
    "columns": "reading",
    "quality": "validating",
    "dateRange": "validating",
    "currency": "reading",
    "cancellationWhen": "counting",
    "countsWhen": "counting",
    "returns": "counting",
    "overlap": "counting",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Attributes:
        where: keys on the way to it.
        before, after: values, None where there is none.
        effect: whether it changes how rows are read, validated, or counted; `none`: descriptions, places, arrival.
    """

    where: str
    before: str | None
    after: str | None
    effect: Effect


def diff(before: Contract, after: Contract) -> tuple[Difference, ...]:
    """Return the differences of two contracts, those with an effect on rows first."""
    brief = _names(before) ^ _names(after)
    changed = [
        Difference(where, one, other, _effect(where))
        for where, one, other in _changes(_flat(meaning(before, brief)), _flat(meaning(after, brief)))
    ]
    described = [
        Difference(where, one, other, "none")
        for where, one, other in _changes(_flat(_description(before)), _flat(_description(after)))
    ]
    return (*changed, *described)


def _names(contract: Contract) -> set[str]:
    return {part.name for parts in (contract.columns, contract.servers) for part in parts}


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str | None, str | None]]:
    for where in sorted({*before, *after}):
        one, other = before.get(where), after.get(where)
        if one != other:
            yield where, one, other


def _effect(where: str) -> Effect:
    top, _, rest = where.partition(".")
    return "validating" if top == "columns" and rest.rpartition(".")[2] in VALIDATING else EFFECTS[top]


def _flat(value: object, where: str = "") -> dict[str, str]:
    if isinstance(value, Mapping):
        return {
            place: text
            for key, inner in value.items()
            for place, text in _flat(inner, f"{where}.{key}" if where else str(key)).items()
        }
    if isinstance(value, (list, tuple)):
        value = ", ".join(str(item) for item in value)
    return {} if value in (None, "") else {where: str(value)}


def _description(contract: Contract) -> dict[str, object]:
    return {
        "id": contract.id,
        "name": contract.name,
        "version": contract.version,
        "servers": {
            server.name: {"location": server.location, "suffixes": server.dialect.suffixes}
            for server in contract.servers
        },
        "columns": {
            column.name: {
                "description": column.description,
                "classification": "personal" if column.is_personal else None,
            }
            for column in contract.columns
        },
        "quality": {rule.name: {"description": rule.description} for rule in contract.rules},
        "slaProperties": contract.arrival and asdict(contract.arrival),
    }
