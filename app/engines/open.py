"""Factory of the engine of the settings."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.engines.spark.java import check_master, check_pyspark, java_version
from app.engines.spark.processor import SparkProcessor
from app.errors import Misconfigured
from app.lake.lake import open_lake
from app.pipeline.processing import Processor
from app.settings import Settings


@contextmanager
def opened_processor(settings: Settings) -> Iterator[Processor | None]:
    """Open the engine of REGULARS_ENGINE; None for `local`. A cluster is first used when an ingest needs it.

    Raises Misconfigured if a setting of the engine is missing.
    """
    if settings.engine == "local":
        yield None
        return
    with SparkProcessor(_master(settings), open_lake(settings)) as processor:
        yield processor


def check_spark(settings: Settings) -> str:
    """Check Java, pyspark and the address of the master; return a description.

    Raises Misconfigured with the remedy, EngineUnavailable if the master does not answer.
    """
    master = _master(settings)
    check_pyspark()
    java = java_version()
    check_master(master)
    return f"spark at {master}, with Java {java}"


def _master(settings: Settings) -> str:
    if settings.spark_master is None:
        raise Misconfigured(
            "REGULARS_ENGINE=spark needs REGULARS_SPARK_MASTER; set it to spark://host:7077 or local[4]"
        )
    return settings.spark_master
