"""Problems of customers."""

from typing import Final

from app.api.core.problems import Problem, declare, quoted

UNKNOWN_CUSTOMER: Final = declare(
    "unknown-customer",
    404,
    "Customer not found",
    "Check the id; only customers with a counted sale, and money left after returns, have a segment.",
)
NO_SEGMENT: Final = declare(
    "no-segment",
    404,
    "Customer has no segment in this scheme",
    "Read the reason in `detail`; with another `scheme` the customer has a segment.",
)
IMPOSSIBLE_SALES: Final = declare(
    "impossible-sales",
    409,
    "Transactions cannot be scored",
    "Correct the errors listed in `errors`: a date, the sum, or no transaction that counts.",
)
UNKNOWN_IDENTIFIER: Final = declare(
    "unknown-identifier",
    404,
    "Identifier not declared",
    "Use an identifier that the data contract declares: `GET /v1/contract`.",
)


def unknown_customer(customer_id: str) -> Problem:
    """Return the problem for an unknown customer."""
    return Problem(UNKNOWN_CUSTOMER, f"No customer {quoted(customer_id)} has a segment in the current run.")
