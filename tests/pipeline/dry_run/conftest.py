from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.pipeline.dry_run.runs import Check, checker


@pytest.fixture
def check(engine: Engine, folder: Path) -> Check:
    return checker(engine, folder)
