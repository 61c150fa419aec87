"""Quoting of SQL that is rendered from a contract."""


def quoted(text: str) -> str:
    """Return a text as a literal of PostgreSQL, which takes backslashes as they are."""
    return "'" + text.replace("'", "''") + "'"


def escape_colons(sql: str) -> str:
    r"""Return rendered SQL as SQLAlchemy's text() needs it: `:name` in a literal is not a parameter: `\:name`.

    Percent signs need nothing: the dialect doubles them where the driver asks for it.
    """
    return sql.replace(":", "\\:")
