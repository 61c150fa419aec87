"""Settings of every process, read from the environment (prefix `REGULARS_`) and nowhere else."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import Misconfigured

DEFAULT_SOURCE_NAME = "sales"


class Settings(BaseSettings):
    """One object for the whole program; each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_", env_ignore_empty=True, frozen=True)

    data_dir: Path = Field(Path("regulars-data"), description="Embedded database and demo sales live here.")
    database_url: SecretStr | None = Field(None, description="Your PostgreSQL 16+; embedded when unset.")

    source: str | None = Field(None, description="s3://bucket/prefix or a folder.")
    source_name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")] = Field(
        DEFAULT_SOURCE_NAME, description="Logical name of the source: it identifies the files wherever they are stored."
    )
    settle_seconds: int = Field(
        30, ge=0, le=86_400, description="The worker loads a file of a folder once it is unchanged for this long."
    )
    s3_endpoint_url: str | None = Field(None, description="An S3-compatible store; AWS when unset.")
    s3_region: str | None = Field(None, description="Region; the AWS chain's when unset.")
    s3_path_style: bool | None = Field(None, description="bucket in the path; on with an endpoint of your own.")
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = Field(",", description="Column delimiter.")
    decimal: Annotated[str, Field(pattern=r"^[.,]$")] = Field(".", description="Decimal mark of prices.")
    encoding: str = Field("utf-8", description="Encoding of the files; never guessed.")
    date_format: str = Field("%Y-%m-%d", description="Format of InvoiceDate; never guessed.")
    export_target: str | None = Field(None, description="Where exports are written: s3://bucket/prefix or a folder.")
    max_object_bytes: int = Field(2 * 1024**3, gt=0, description="Cap on one object after decompression.")
    max_quarantined_share: float = Field(0.5, ge=0, le=1, description="A file above it is refused whole.")
    max_attempts: int = Field(5, ge=1, description="Attempts after which a failing file is left alone.")

    as_of: date | None = Field(None, description="Pins today (UTC); for replays and demonstrations.")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field("GBP", description="ISO 4217 code of the prices.")
    random_state: int = Field(42, ge=0, description="Seed of the clustering.")
    stale_after_days: int = Field(3, ge=1, description="Sales older than this are called stale.")
    warn_quarantined_share: float = Field(0.1, ge=0, le=1, description="Quality is `warn` above it.")

    gate_quarantined_share: float = Field(0.25, ge=0, le=1, description="No training is published above it.")

    host: str = Field("127.0.0.1", description="Address that the API binds.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the API binds.")
    api_key: SecretStr | None = Field(None, description="The operator's key: it has all scopes and no limit.")
    rate_limit: int = Field(
        6_000, ge=0, le=10**9, description="Requests a minute of a key that has no limit of its own."
    )
    cors_origins: str | None = Field(None, description="Origins whose pages may call the API, with commas.")
    hsts_seconds: int = Field(0, ge=0, description="Strict-Transport-Security where it is above 0: https alone.")

    poll_seconds: int = Field(300, ge=1, description="How often the worker looks at the source.")
    retrain_cron: str = Field("0 3 * * *", description="When the worker retrains; cron, UTC.")
    bronze_retention_days: int | None = Field(
        None, ge=1, description="Bronze rows older than this go; kept when unset."
    )
    quarantine_retention_days: int | None = Field(None, ge=1, description="The same of quarantined rows.")
    runs_retention_days: int | None = Field(
        None, ge=1, description="The same of runs that have ended, and their steps."
    )
    audit_retention_days: int | None = Field(None, ge=1, description="The same of the audit log of writes.")

    webhook_allow_private: str | None = Field(
        None, description="Networks and hosts that webhooks may call though they are not public, with commas."
    )
    webhooks_retention_days: int = Field(30, ge=4, description="Events of webhooks and their deliveries go after it.")

    erasure_key: SecretStr | None = Field(
        None, min_length=32, description="By it erased customers are known when they are sent again; keep it."
    )

    @property
    def today(self) -> date:
        """The day that counts as today: `as_of` where it is set, else the UTC date."""
        return self.as_of or datetime.now(UTC).date()


def read_settings(**overrides: Any) -> Settings:
    """Settings from the environment; an override that is None leaves the environment's value.

    Raises Misconfigured, naming the variable and what is wrong with it.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        variable = "REGULARS_" + "_".join(str(part) for part in first["loc"]).upper()
        raise Misconfigured(f"{variable}: {first['msg']}") from None
