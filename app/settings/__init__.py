"""Settings of every process, read from the environment (prefix `REGULARS_`) and nowhere else."""

from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from app.settings.api import ApiSettings
from app.settings.database import DatabaseSettings
from app.settings.environment import PREFIX, check_names, misconfigured
from app.settings.privacy import PrivacySettings
from app.settings.segmentation import SegmentationSettings
from app.settings.source import SourceSettings
from app.settings.webhooks import WebhookSettings
from app.settings.worker import WorkerSettings

__all__ = ["Settings", "read_settings"]


class Settings(
    DatabaseSettings,
    SourceSettings,
    SegmentationSettings,
    ApiSettings,
    WorkerSettings,
    WebhookSettings,
    PrivacySettings,
):
    """Settings of the whole program; each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)


def read_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment; an override that is None leaves the environment's value.

    Raises:
        Misconfigured: one line that names the first variable or option that is unknown or invalid, and the remedy.
    """
    check_names(Settings.model_fields)
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise misconfigured(error, given) from None
