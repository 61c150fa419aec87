"""What an export is asked for."""

from typing import Annotated, Any

from pydantic import Field

from app.exports.formats import FormatName
from app.segments.filters import CustomerFilters


class ExportRequest(CustomerFilters):
    """Which customers, in which format."""

    format: Annotated[FormatName, Field(description="csv (safe to open in a spreadsheet), ndjson or parquet.")]

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON has it, without what is left open."""
        return self.model_dump(mode="json", exclude_none=True)
