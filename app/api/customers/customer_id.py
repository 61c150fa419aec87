"""Customer ids in paths, read as the data contract reads those of sales."""

from typing import Annotated

from fastapi import Depends, Path

from app.api.core.dependencies import Reader, ReaderDependency, Text
from app.api.customers.problems import unknown_customer
from app.contract.normalise import normalise_id


def known_id(reader: Reader, given: str) -> str:
    """Return a customer id as the contract reads it; raises Problem if it is blank or a placeholder."""
    found = normalise_id(reader.contract.customer, given)
    if found is None:
        raise unknown_customer(given)
    return found


async def customer_id(
    reader: ReaderDependency,
    customer_id: Annotated[
        Text,
        Path(
            description="Customer id as in the sales, percent-encoded, in any spelling that the data contract reads as "
            "the same id.",
            examples=["12354"],
        ),
    ],
) -> str:
    """Return the customer id of the path as the contract reads it; raises Problem if it is blank or a placeholder."""
    return known_id(reader, customer_id)


CustomerId = Annotated[str, Depends(customer_id)]
