"""Translation of driver errors."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from app.db.engine import make_engine, translate_db_errors, url_of
from app.errors import DatabaseUnavailable


def test_where_every_connection_is_busy_the_database_is_unavailable(database_url: str) -> None:
    engine = create_engine(url_of(database_url), pool_size=1, max_overflow=0, pool_timeout=0.01)
    with engine.connect(), pytest.raises(DatabaseUnavailable, match="busy"), translate_db_errors():
        engine.connect()
    engine.dispose()


def test_an_error_does_not_reveal_parameters(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.connect() as connection, pytest.raises(DBAPIError) as raised:
        connection.execute(text("select :secret::text / 2"), {"secret": "whsec_of_somebody"})
    engine.dispose()
    assert "whsec_of_somebody" not in str(raised.value)
