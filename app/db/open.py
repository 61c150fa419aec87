"""Open the configured database, or the embedded one in the data directory."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.db.embedded import embedded_postgres
from app.settings import Settings


@contextmanager
def open_database(settings: Settings) -> Iterator[str]:
    """Yield the URL of a database that is available during the context.

    Raises Misconfigured or DatabaseUnusable if the embedded one cannot be started.
    """
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
    else:
        with embedded_postgres(settings.data_dir) as url:
            yield url
