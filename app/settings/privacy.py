"""Settings of erasures."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from app.settings.readers import BY_SERVE_AND_WORKER


class PrivacySettings(BaseSettings):
    """Key of the suppression list, and retention period of erased ids."""

    erasure_key: SecretStr | None = Field(
        None,
        min_length=32,
        description=(
            "A secret of 32 characters or more, by which erased customers are recognised in later files; the "
            "same in every process, and never changed. For the embedded database it is created as "
            "`erasure.key` in the data directory; see [Erasing customers](#erasing-customers)."
        ),
        json_schema_extra=BY_SERVE_AND_WORKER,
    )
