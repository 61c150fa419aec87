"""Settings of the source of sales: location, data contract, limits per file."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings

from app.settings.locations import EndpointUrl, ExportTarget, Location
from app.settings.readers import BY_SERVE_AND_WORKER, BY_WORKER

DEFAULT_SOURCE_NAME: Final = "sales"
DEMO_SOURCE_NAME: Final = "demo"
"""Name of the source of the demonstration's generated sales."""
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def check_source_name(text: str) -> str:
    """Return the name of a source; raises ValueError for an invalid one."""
    if not NAME.fullmatch(text):
        raise ValueError(
            f"{text!r} cannot be the name of a source; write up to 63 letters a-z, digits, - and _, with a letter or "
            "digit first, e.g. shop-1"
        )
    return text


class SourceSettings(BaseSettings):
    """Source of sales and target of exports."""

    source: Location | None = Field(
        None,
        description="Location of the daily sales files: `s3://bucket/prefix`, or a folder.",
        json_schema_extra=BY_SERVE_AND_WORKER,
    )
    source_name: Annotated[str, AfterValidator(check_source_name)] = Field(
        DEFAULT_SOURCE_NAME,
        description=(
            "Logical name of the source. Name and path below the prefix identify a file independently of the "
            "source's location; see [Moving a source](#moving-a-source)."
        ),
        json_schema_extra=BY_SERVE_AND_WORKER,
    )
    settle_seconds: int = Field(
        30,
        ge=0,
        le=86_400,
        description=(
            "Seconds for which a file of a folder has to be unchanged before the worker loads it; objects of "
            "a bucket are always complete."
        ),
        json_schema_extra=BY_WORKER,
    )
    s3_endpoint_url: EndpointUrl | None = Field(
        None,
        description="Address of an S3-compatible store, without a user or password; AWS when unset.",
        json_schema_extra=BY_WORKER,
    )
    s3_region: str | None = Field(
        None,
        description="Region of the bucket; when unset, the region of the AWS configuration.",
        json_schema_extra=BY_WORKER,
    )
    s3_path_style: bool | None = Field(
        None,
        description=(
            "`true`: the bucket is part of the path, not of the host name; when unset, `true` with "
            "`REGULARS_S3_ENDPOINT_URL`."
        ),
        json_schema_extra=BY_WORKER,
    )
    contract: str = Field(
        "online-retail",
        description=(
            "Data contract of the sales: the name of a built-in one, or the path of a file; see "
            "[Data contracts](contracts.md)."
        ),
        json_schema_extra=BY_SERVE_AND_WORKER,
    )
    export_target: ExportTarget | None = Field(
        None,
        description=(
            "Location of the exports requested by `POST /v1/exports`: `s3://bucket/prefix`, or a folder; such requests "
            "are refused when unset."
        ),
        json_schema_extra=BY_SERVE_AND_WORKER,
    )
    max_object_bytes: int = Field(
        2 * 1024**3, gt=0, description="Largest file, in bytes after decompression.", json_schema_extra=BY_WORKER
    )
    max_quarantined_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="A file with a larger share of quarantined rows is rejected, 0 to 1.",
        json_schema_extra=BY_WORKER,
    )
    max_attempts: int = Field(
        5,
        ge=1,
        description="Number of failed attempts, for reasons other than its content, after which a file is `failed`.",
        json_schema_extra=BY_WORKER,
    )

    @property
    def is_contract_set(self) -> bool:
        """Whether REGULARS_CONTRACT or --contract is given; otherwise the contract is the default one."""
        return "contract" in self.model_fields_set
