"""Request for an export."""

from typing import Annotated, Any

from pydantic import Field

from app.exports.formats import FormatName
from app.segments.filters import CustomerFilters


class ExportRequest(CustomerFilters):
    """Filters of the customers, and the format of the file."""

    format: Annotated[FormatName, Field(description="csv (safe to open in a spreadsheet), ndjson or parquet.")]

    def as_dict(self) -> dict[str, Any]:
        """Return the request as JSON, without fields that are not set."""
        return self.model_dump(mode="json", exclude_none=True)
