"""Settings of erasures."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from app.settings.readers import BY_SERVE_AND_WORKER


class PrivacySettings(BaseSettings):
    """Key of the suppression list, and the announcement of erasures."""

    erasure_key: SecretStr | None = Field(
        None,
        min_length=32,
        description=(
            "A secret of 32 characters or more that recognises erased customers when a file names them again; the same "
            "in every process, and kept without limit. With the embedded database one is made, `erasure.key` in the "
            "data directory; see [Erasing customers](#erasing-customers)."
        ),
        json_schema_extra=BY_SERVE_AND_WORKER,
    )
