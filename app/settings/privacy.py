"""Settings of erasures."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from app.settings.readers import BY_SERVE_AND_WORKER

MIN_KEY_CHARACTERS: Final = 32


def check_erasure_key(secret: SecretStr) -> SecretStr:
    """Return a key of at least 32 characters; raises ValueError."""
    if len(secret) < MIN_KEY_CHARACTERS:
        raise ValueError(
            f"the key has {len(secret)} characters; give a random text of {MIN_KEY_CHARACTERS} characters or more"
        )
    return secret


class PrivacySettings(BaseSettings):
    """Erasure key, by which erased customers are recognised in later files."""

    erasure_key: Annotated[SecretStr, AfterValidator(check_erasure_key)] | None = Field(
        None,
        description=(
            "A secret of 32 characters or more, by which erased customers are recognised in later files; the "
            "same in every process, and never changed. For the embedded database it is created as "
            "`erasure.key` in the data directory; see [Erasing customers](#erasing-customers)."
        ),
        json_schema_extra=BY_SERVE_AND_WORKER,
    )
