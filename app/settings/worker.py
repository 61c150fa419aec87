"""Settings of the worker: schedule and retention periods."""

from typing import Final

from pydantic import Field
from pydantic_settings import BaseSettings

from app.settings.cron import Cron, CronSetting
from app.settings.readers import BY_WORKER

MOST_DAYS: Final = 36_500
"""Longest retention period; a much longer one begins before the calendar."""


class WorkerSettings(BaseSettings):
    """Schedule and retention periods."""

    poll_seconds: int = Field(
        300, ge=1, description="Seconds between two polls of the source.", json_schema_extra=BY_WORKER
    )
    retrain_cron: CronSetting = Field(
        Cron("0 3 * * *"),
        description="Times of training runs: minute, hour, day, month, weekday, in UTC.",
        json_schema_extra=BY_WORKER,
    )
    rescore_cron: CronSetting = Field(
        Cron("5 0 * * *"),
        description="Times at which all customers are scored for the new day by the published model: minute, hour, "
        "day, month, weekday, in UTC.",
        json_schema_extra=BY_WORKER,
    )
    bronze_retention_days: int | None = Field(
        None,
        ge=1,
        le=MOST_DAYS,
        description="Days after which bronze rows are deleted, file by file; never when unset.",
        json_schema_extra=BY_WORKER,
    )
    quarantine_retention_days: int | None = Field(
        None,
        ge=1,
        le=MOST_DAYS,
        description="Days after which quarantined rows are deleted; never when unset.",
        json_schema_extra=BY_WORKER,
    )
    runs_retention_days: int = Field(
        90,
        ge=0,
        le=MOST_DAYS,
        description=(
            "Days after which ended runs are deleted, with their steps, results of quality checks and OpenLineage "
            "events; `0`: never. The newest run and the newest success of each job are kept."
        ),
        json_schema_extra=BY_WORKER,
    )
    erased_id_retention_days: int = Field(
        30,
        ge=1,
        le=MOST_DAYS,
        description="Days for which the change feed contains the id of an erased customer; then the id is redacted.",
        json_schema_extra=BY_WORKER,
    )
    audit_retention_days: int | None = Field(
        None,
        ge=1,
        le=MOST_DAYS,
        description="Days after which entries of the audit log are deleted; never when unset.",
        json_schema_extra=BY_WORKER,
    )
    training_retention_days: int = Field(
        31,
        ge=0,
        le=MOST_DAYS,
        description=(
            "Number of days for which the customers of the newest revision of each day are kept; `0`: "
            "all are kept. See [Retention](#retention)."
        ),
        json_schema_extra=BY_WORKER,
    )
    training_retention_weeks: int = Field(
        13,
        ge=0,
        le=MOST_DAYS // 7,
        description="Number of weeks for which the customers of the newest revision of each week are kept.",
        json_schema_extra=BY_WORKER,
    )
    training_retention_months: int = Field(
        24,
        ge=0,
        le=MOST_DAYS // 31,
        description="Number of months for which the customers of the newest revision of each month are kept.",
        json_schema_extra=BY_WORKER,
    )
