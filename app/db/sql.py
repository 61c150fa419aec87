"""Loader of named SQL: one statement per file, in the package that runs it."""

from functools import cache
from importlib.resources import files

from sqlalchemy import TextClause, text


@cache
def named(package: str, name: str) -> TextClause:
    """Return the statement in `<name>.sql` of a package; its `:names` are bound when it runs."""
    return text(files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8"))
