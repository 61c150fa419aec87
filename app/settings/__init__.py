"""Settings of every process, read from the environment (prefix `REGULARS_`) and nowhere else."""

from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from app.settings.api import ApiSettings
from app.settings.database import DatabaseSettings
from app.settings.engine import EngineSettings
from app.settings.environment import ENV_PREFIX, check_names, settings_error
from app.settings.lineage import LineageSettings
from app.settings.monitoring import MonitoringSettings
from app.settings.privacy import PrivacySettings
from app.settings.quality import QualitySettings
from app.settings.segmentation import SegmentationSettings
from app.settings.source import SourceSettings
from app.settings.webhooks import WebhookSettings
from app.settings.worker import WorkerSettings

__all__ = ["Settings", "read_monitoring_settings", "read_settings"]


class Settings(
    DatabaseSettings,
    SourceSettings,
    EngineSettings,
    SegmentationSettings,
    ApiSettings,
    WorkerSettings,
    WebhookSettings,
    QualitySettings,
    LineageSettings,
    PrivacySettings,
    MonitoringSettings,
):
    """All settings; the descriptions of the fields are their documentation."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_ignore_empty=True, frozen=True)


def read_monitoring_settings() -> MonitoringSettings:
    """Read the settings of monitoring before all others; the defaults if one is invalid, which is reported later."""
    try:
        return MonitoringSettings()
    except ValidationError:
        return MonitoringSettings.model_construct()


def read_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment; overrides other than None take precedence.

    Raises:
        Misconfigured: a variable or option is unknown or invalid; the message is one line with the remedy.
    """
    check_names(Settings.model_fields)
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise settings_error(error, given) from None
