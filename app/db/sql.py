"""Loader of named SQL: one statement a file, beside the stage that runs it."""

from functools import cache
from importlib.resources import files

from sqlalchemy import TextClause, text


@cache
def named(room: str, name: str) -> TextClause:
    """The statement in `app/<room>/<name>.sql`; its `:names` are bound when it runs."""
    return text(files("app").joinpath(room, f"{name}.sql").read_text(encoding="utf-8"))
