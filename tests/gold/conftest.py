"""Gold in a transaction of the test's own."""

import pytest
from sqlalchemy import Connection

from tests.gold.files import Gold


@pytest.fixture
def gold(connection: Connection) -> Gold:
    return Gold(connection)
