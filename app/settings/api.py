"""Settings of the API process."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from app.settings.origins import Origins
from app.settings.readers import BY_SERVE


class ApiSettings(BaseSettings):
    """Address, keys, limits and browser access of the API."""

    host: str = Field("127.0.0.1", description="Address that the API binds.", json_schema_extra=BY_SERVE)
    port: int = Field(8000, ge=1, le=65535, description="Port that the API binds.", json_schema_extra=BY_SERVE)
    api_key: SecretStr | None = Field(
        None,
        description=(
            "The operator's key, with every scope and no limit; see [Keys](#keys). Without it, and before a key is "
            "created, the API accepts requests from this machine only."
        ),
        json_schema_extra=BY_SERVE,
    )
    rate_limit: int = Field(
        6_000,
        ge=0,
        le=10**9,
        description="Default limit of a key in requests per minute; `0`: no limit.",
        json_schema_extra=BY_SERVE,
    )
    cors_origins: Origins = Field(
        (),
        description=(
            "Origins whose pages may call the API from a browser, such as `https://crm.example,http://localhost:3000`; "
            "`*` for any; none when unset."
        ),
        json_schema_extra=BY_SERVE,
    )
    hsts_seconds: int = Field(
        0,
        ge=0,
        description=(
            "Above 0, responses have `Strict-Transport-Security` with this age; set it if the API is reached by https "
            "alone."
        ),
        json_schema_extra=BY_SERVE,
    )
