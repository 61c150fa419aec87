"""Loader of named SQL statements, one per file, in the package that runs them."""

from functools import cache
from importlib.resources import files

from sqlalchemy import TextClause, text


@cache
def named(package: str, name: str) -> TextClause:
    """Return the statement in `<name>.sql` of a package; its `:names` are bind parameters."""
    return text(files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8"))
