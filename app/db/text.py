"""Texts that PostgreSQL can be asked about."""

from typing import Annotated

from pydantic import AfterValidator


def storable(text: str) -> str:
    """A text that PostgreSQL can be asked about: it has no NUL and no half of a pair, so such a text equals nothing."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


Text = Annotated[str, AfterValidator(storable)]
