"""Rows and money in bronze of file versions that newer ones superseded."""

from sqlalchemy import Subquery, func, select

from app.pipeline.tables import ACTIVE, source_file
from app.quality.tables import file_dates, file_profile

f, d, p = source_file.c, file_dates.c, file_profile.c


def superseded_by_processing_date() -> Subquery:
    """Return a subquery with one row per processing date: columns processing_date, rows, money."""
    sums = (func.sum(p.rows).label("rows"), func.sum(p.money).label("money"))
    joined = select(p.processing_date, *sums).join_from(file_profile, source_file, f.id == p.file_id)
    return joined.where(f.state.not_in(ACTIVE), p.layer == "bronze").group_by(p.processing_date).subquery()


def superseded_by_invoice_date() -> Subquery:
    """Return a subquery with one row per invoice date: columns invoice_date, layer, rows, money."""
    sums = (func.sum(d.rows).label("rows"), func.sum(d.money).label("money"))
    joined = select(d.invoice_date, d.layer, *sums).join_from(file_dates, source_file, f.id == d.file_id)
    return joined.where(f.state.not_in(ACTIVE)).group_by(d.invoice_date, d.layer).subquery()
