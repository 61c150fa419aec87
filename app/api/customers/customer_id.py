"""Customer ids in requests, read as the data contract reads those of sales."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Path

from app.api.core.dependencies import Reader, ReaderDependency, Text
from app.api.customers.problems import unknown_customer
from app.contract.id_rules import column_with
from app.contract.normalise import normalise_id
from app.pipeline.validations import former_id_rules

T = TypeVar("T")
DESCRIPTION: Final = (
    "Customer id as in the sales, percent-encoded, in any spelling that the data contract reads as the same id."
)
PathId = Annotated[Text, Path(description=DESCRIPTION, examples=["12354"])]


@dataclass(frozen=True, slots=True)
class RequestedId:
    """Customer id of a request.

    Attributes:
        given: as it was sent.
        customer_id: as the contract reads it.
    """

    given: str
    customer_id: str

    @classmethod
    def read(cls, reader: Reader, given: str) -> "RequestedId":
        """Read an id by the contract; raises Problem if it is blank or a placeholder."""
        found = normalise_id(reader.contract.customer, given)
        if found is None:
            raise unknown_customer(given)
        return cls(given, found)


async def requested_id(reader: ReaderDependency, customer_id: PathId) -> RequestedId:
    """Return the customer id of the path; raises Problem if it is blank or a placeholder."""
    return RequestedId.read(reader, customer_id)


async def customer_id(reader: ReaderDependency, customer_id: PathId) -> str:
    """Return the customer id of the path as the contract reads it; raises Problem if it is blank or a placeholder."""
    return RequestedId.read(reader, customer_id).customer_id


CustomerId = Annotated[str, Depends(customer_id)]
Requested = Annotated[RequestedId, Depends(requested_id)]


async def find_customer(reader: Reader, requested: RequestedId, find: Callable[[str], Awaitable[T | None]]) -> T | None:
    """Return the result of `find` for an id as the contract reads it, or else for one of its former ids."""
    found = await find(requested.customer_id)
    if found is None:
        for former in (await former_ids(reader, [requested.given]))[requested.given]:
            if former != requested.customer_id and (found := await find(former)) is not None:
                return found
    return found


async def former_ids(reader: Reader, given: Iterable[str]) -> dict[str, list[str]]:
    """Return, for each id, the ids as former contracts read it, and the id as it was sent.

    Former contracts are those of loaded files that the current contract did not validate. Without such files, as after
    `regulars contract apply`, the lists are empty.
    """
    rules = [row.id_rules for row in await reader.rows(former_id_rules(reader.contract.sha256))]
    columns = [column_with(each) for each in sorted(rules)]
    former: dict[str, list[str]] = {}
    for text in given:
        read = [normalise_id(column, text) for column in columns]
        former[text] = list(dict.fromkeys(each for each in (*read, text if columns else None) if each is not None))
    return former
