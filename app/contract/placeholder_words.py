"""Words that shops write as a customer's id where there is no customer."""

from typing import Final

PLACEHOLDER_WORDS: Final = frozenset(
    (
        *("0", "guest", "anonymous", "unknown", "public user", "walk-in", "walk-in customer", "cash", "cash customer"),
        *("gast", "laufkunde", "invité", "none", "nobody"),
    )
)
"""Words in lower case by which shops write that the customer is not known."""
