"""Words that shops write as a customer's id where there is no customer."""

from typing import Final

PLACEHOLDER_WORDS: Final = frozenset(
    ("0", "guest", "anonymous", "unknown", "walk-in", "cash", "gast", "invité", "none", "nobody")
)
"""Words in lower case by which shops write that the customer is not known."""
