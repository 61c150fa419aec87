"""A process that loads a folder by Spark, for a test that kills it: URL of the database, folder, contract, lake."""

import sys
from datetime import date

from app.db.engine import make_engine
from app.engines.spark.processor import SparkProcessor
from app.jobs.context import Context
from app.lake.lake import open_lake
from app.settings import Settings
from tests.conftest import NOW
from tests.engines.conftest import POLICY
from tests.loading import load


def main(url: str, source: str, contract: str, lake: str) -> None:
    settings = Settings(source=source, as_of=date(2026, 3, 1), contract=contract, lake=lake)
    with SparkProcessor("local[1]", open_lake(settings)) as processor:
        load(Context(make_engine(url), settings, clock=lambda: NOW), policy=POLICY, processor=processor)


if __name__ == "__main__":
    main(*sys.argv[1:])
