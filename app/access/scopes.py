"""Scopes: what a key may be allowed to do."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final, Literal, get_args

from app.errors import BadChoice

ScopeName = Literal[
    "customers:read",
    "segments:read",
    "quality:read",
    "runs:write",
    "webhooks:write",
    "customers:erase",
    "admin",
]
SCOPES: Final[tuple[ScopeName, ...]] = get_args(ScopeName)
ADMIN: Final[ScopeName] = "admin"
"""It implies all the others."""


def read_scopes(wanted: Sequence[str]) -> list[ScopeName]:
    """Scopes by their names, in the order of SCOPES; raises BadChoice for one that is none, and for none at all."""
    for name in wanted:
        if name not in SCOPES:
            near = get_close_matches(name.lower(), SCOPES, cutoff=0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(SCOPES)}"
            raise BadChoice(f"there is no scope {name!r}; {hint}")
    if not wanted:
        raise BadChoice(f"a key without a scope opens nothing; give one or more of {', '.join(SCOPES)}")
    return [name for name in SCOPES if name in wanted]
