"""Settings of metrics, logs and traces."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.settings.environment import ENV_PREFIX
from app.settings.readers import BY_ALL, BY_SERVE_AND_WORKER, BY_WORKER

LogFormat = Literal["text", "json"]


def check_collector(text: str) -> str:
    """Return the URL of an OpenTelemetry collector without its trailing slash; raises ValueError."""
    form = "write http://host:4318 or https://host, without /v1/traces"
    try:
        url = urlsplit(text)
        has_port = url.port is None or url.port > 0
    except ValueError:
        raise ValueError(f"the URL is malformed; {form}") from None
    if "@" in text:
        raise ValueError(f"the URL holds a user or a password, which would appear in logs; {form}")
    if url.scheme not in {"http", "https"} or not url.hostname or not has_port or url.query or url.fragment:
        raise ValueError(f"{text!r} is not the address of a collector; {form}")
    return text.rstrip("/").removesuffix("/v1/traces")


class MonitoringSettings(BaseSettings):
    """Port of the worker's metrics, format of log lines, collector of traces."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_ignore_empty=True, frozen=True)

    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port of the worker's `/metrics`; off when unset. The API serves `/metrics` on its own port.",
        json_schema_extra=BY_WORKER,
    )
    metrics_host: str = Field(
        "127.0.0.1",
        description="Address that the worker's `/metrics` binds; it needs no key: bind trusted networks only.",
        json_schema_extra=BY_WORKER,
    )
    log_format: LogFormat = Field(
        "text",
        description="Format of log lines: `text`, or `json` with the ids of request, run and file.",
        json_schema_extra=BY_ALL,
    )
    otlp_endpoint: Annotated[str, AfterValidator(check_collector)] | None = Field(
        None,
        description=(
            "URL of an OpenTelemetry collector that takes OTLP by HTTP, such as `http://127.0.0.1:4318`; traces are "
            "off when unset. Needs `regulars[otel]`."
        ),
        json_schema_extra=BY_SERVE_AND_WORKER,
    )
