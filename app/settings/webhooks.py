"""Settings of webhooks."""

from pydantic import Field
from pydantic_settings import BaseSettings

from app.settings.private_hosts import PrivateHosts, PrivateHostsSetting
from app.settings.readers import BY_SERVE_AND_WORKER, BY_WORKER


class WebhookSettings(BaseSettings):
    """Allowed addresses and retention period of webhooks."""

    webhook_allow_private: PrivateHostsSetting = Field(
        PrivateHosts(),
        description=(
            "Networks and host names that are not public and that webhooks may call, also by `http`, such as "
            "`10.1.0.0/16,crm.internal`."
        ),
        json_schema_extra=BY_SERVE_AND_WORKER,
    )
    webhooks_retention_days: int = Field(
        30,
        ge=4,
        description="Days after which webhook events and deliveries are deleted; deliveries are retried for three.",
        json_schema_extra=BY_WORKER,
    )
