"""Embedded PostgreSQL: the server of a data directory, run by programs from a wheel."""

from app.db.embedded.installation import is_installed
from app.db.embedded.server import embedded_postgres

__all__ = ["embedded_postgres", "is_installed"]
