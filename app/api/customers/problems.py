"""Problems of customers."""

from typing import Final

from app.api.core.problems import declare

UNKNOWN_CUSTOMER: Final = declare(
    "unknown-customer",
    404,
    "Customer not found",
    "Check the id; only customers with at least one counted sale have a segment.",
)
IMPOSSIBLE_SALES: Final = declare(
    "impossible-sales",
    409,
    "Transactions cannot be scored",
    "Correct the errors listed in `errors`: a date, the sum, or no transaction that counts.",
)
