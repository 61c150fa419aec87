"""Settings of OpenLineage events."""

from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from app.settings.readers import BY_WORKER

FORM: Final = "write http://host:port or https://host, and give the key as REGULARS_OPENLINEAGE_API_KEY"


def check_receiver_url(text: str) -> str:
    """Return the URL of an OpenLineage receiver, ending in a slash; raises ValueError."""
    try:
        url = urlsplit(text)
        has_port = url.port is None or url.port > 0
    except ValueError:
        raise ValueError(f"the URL is malformed; {FORM}") from None
    if "@" in text or url.query or url.fragment:
        raise ValueError(f"the URL has a user, a query or a fragment; {FORM}")
    if url.scheme not in {"http", "https"} or not url.hostname or not has_port:
        raise ValueError(f"{text!r} is not the URL of a receiver; {FORM}")
    return f"{text.rstrip('/')}/"


class LineageSettings(BaseSettings):
    """Receiver of OpenLineage events."""

    openlineage_url: Annotated[str, AfterValidator(check_receiver_url)] | None = Field(
        None,
        description=(
            "URL of a receiver of OpenLineage events, such as `http://marquez:5000`; they are posted to "
            "`api/v1/lineage` below it. See [OpenLineage](#openlineage)."
        ),
        json_schema_extra=BY_WORKER,
    )
    openlineage_api_key: SecretStr | None = Field(
        None, description="Key of that receiver, sent as a bearer token.", json_schema_extra=BY_WORKER
    )
    openlineage_file: Path | None = Field(
        None,
        description="File that OpenLineage events are appended to, one JSON document per line, instead of a URL.",
        json_schema_extra=BY_WORKER,
    )
    openlineage_namespace: str = Field(
        "regulars",
        min_length=1,
        description="Namespace of the jobs in OpenLineage events; one for each installation.",
        json_schema_extra=BY_WORKER,
    )
