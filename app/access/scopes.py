"""Scopes of API keys."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final, Literal, get_args

from app.errors import InvalidSelection

ScopeName = Literal[
    "customers:read",
    "segments:read",
    "quality:read",
    "runs:write",
    "models:write",
    "segments:write",
    "webhooks:write",
    "customers:erase",
    "metrics:read",
    "admin",
]
SCOPES: Final[tuple[ScopeName, ...]] = get_args(ScopeName)
ADMIN: Final[ScopeName] = "admin"
"""The scope that implies all others."""


def read_scopes(names: Sequence[str]) -> list[ScopeName]:
    """Parse scope names, in the order of SCOPES; raises InvalidSelection for an unknown name or an empty list."""
    for name in names:
        if name not in SCOPES:
            near = get_close_matches(name.lower(), SCOPES, cutoff=0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else f"use {', '.join(SCOPES)}"
            raise InvalidSelection(f"Unknown scope {name!r}: {hint}")
    if not names:
        raise InvalidSelection(f"No scope given: use one or more of {', '.join(SCOPES)}.")
    return [name for name in SCOPES if name in names]
