"""Names of expectations: those of the declared contract, and those by which loaded files were validated."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select

from app.contract.expectations import expectations
from app.contract.model import Contract
from app.errors import InvalidSelection
from app.quality.tables import expectation_results

EXPECTATIONS_OF_FILES: Final = select(expectation_results.c.expectation).distinct()
"""Names of the expectations by which loaded files were validated, under any contract."""


def check_expectation(name: str, contract: Contract, of_files: Iterable[str]) -> None:
    """Raise InvalidSelection for a name that is neither of the contract nor in `of_files`."""
    known = {*(each.name for each in expectations(contract)), *of_files}
    if name not in known:
        raise InvalidSelection(f"Expectation {name!r} not found; choose one of {', '.join(sorted(known))}")
