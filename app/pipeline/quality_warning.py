"""Reason of the quality warning: of the data as recorded, and of the files that another contract validated."""

from typing import Final

from sqlalchemy import func, select

from app.pipeline.tables import freshness
from app.quality.tables import DataWarning, data_warning

OTHER_CONTRACT: Final[DataWarning] = "other_contract"
"""Kind of the warning that depends on the contract of the settings, not on the data alone."""
SEPARATOR: Final = "; "
_of_contract: Final = select(data_warning.c.message).where(data_warning.c.kind == OTHER_CONTRACT).scalar_subquery()
QUALITY_WARNING: Final = (
    select(func.nullif(func.concat_ws(SEPARATOR, freshness.c.warning, _of_contract), ""))
    .where(freshness.c.singleton)
    .scalar_subquery()
)
"""The reason, as a scalar subquery; null without one."""
