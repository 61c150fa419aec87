"""Check the names of environment variables, and format errors of settings."""

import os
from collections.abc import Collection
from difflib import get_close_matches
from typing import Any, Final

from pydantic import ValidationError

from app.errors import Misconfigured

ENV_PREFIX: Final = "REGULARS_"


def check_names(known: Collection[str]) -> None:
    """Raise Misconfigured for variables with the prefix REGULARS_ that are not settings.

    Args:
        known: names of the settings, in lower case and without the prefix.

    Raises:
        Misconfigured: the message has the variable and the closest setting.
    """
    for variable in sorted(os.environ):
        name = variable.lower().removeprefix(ENV_PREFIX.lower())
        if variable.upper().startswith(ENV_PREFIX) and name not in known:
            nearest = get_close_matches(name, known, n=1)
            hint = (
                f"did you mean {ENV_PREFIX}{nearest[0].upper()}?"
                if nearest
                else "unset it; docs/operations.md lists the settings"
            )
            raise Misconfigured(f"{variable}: there is no such setting; {hint}")


def settings_error(error: ValidationError, options: Collection[str]) -> Misconfigured:
    """Convert a ValidationError to a Misconfigured about the first invalid setting.

    Args:
        error: errors of the settings' fields.
        options: settings given on the command line; the message names the option, not the variable.
    """
    first = error.errors(include_input=False, include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "settings"
    label = f"--{name.replace('_', '-')}" if name in options else f"{ENV_PREFIX}{name}".upper()
    return Misconfigured(f"{label}: {_message(first)}")


def _message(error: Any) -> str:
    raised = error.get("ctx", {}).get("error")
    return str(raised) if isinstance(raised, ValueError) else str(error["msg"])
