"""Settings of the engine that reads and validates files."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings

from app.settings.locations import ExportTarget
from app.settings.readers import BY_WORKER

EngineName = Literal["local", "spark"]
SPARK_MASTER: Final = re.compile(
    r"local\[([1-9][0-9]*|\*)(, *[1-9][0-9]*)?\]|local-cluster\[[0-9]+, *[0-9]+, *[0-9]+\]|yarn"
    r"|spark://[^/@\s]+|k8s://[^@\s]+"
)


def check_spark_master(text: str) -> str:
    """Return the address of a Spark cluster; raises ValueError for another text."""
    if not SPARK_MASTER.fullmatch(text):
        raise ValueError(
            "the value is not the master of a Spark cluster; write spark://host:7077, k8s://https://host:port, yarn, "
            "or local[4] for this machine"
        )
    return text


class EngineSettings(BaseSettings):
    """Engine that reads and validates files, and the location of the rows on their way to PostgreSQL."""

    engine: EngineName = Field(
        "local",
        description=(
            "Engine that reads and validates new files: `local`, this machine, or `spark`, the executors of a Spark "
            "cluster. See [More than one machine](scale.md)."
        ),
        json_schema_extra=BY_WORKER,
    )
    spark_master: Annotated[str, AfterValidator(check_spark_master)] | None = Field(
        None,
        description=(
            "Master of the Spark cluster, for `REGULARS_ENGINE=spark`: `spark://host:7077`, `k8s://https://host:port`, "
            "`yarn`, or `local[4]`."
        ),
        json_schema_extra=BY_WORKER,
    )
    lake: ExportTarget | None = Field(
        None,
        description=(
            "Location of the rows that executors have read and the worker stores, for `REGULARS_ENGINE=spark`: a "
            "folder that all of them share, or `s3://bucket/prefix`. They are deleted afterwards."
        ),
        json_schema_extra=BY_WORKER,
    )
