"""Results of expectations by file, with those of files in which no row fails them."""

from typing import Final

from sqlalchemy import Subquery, case, func, select

from app.contract.expectations import PARSE
from app.pipeline.tables import ACTIVE, source_file
from app.quality.tables import expectation_results, file_profile

e, f, p = expectation_results.c, source_file.c, file_profile.c
OF_ACTIVE: Final = f.state.in_(ACTIVE)


def results_of_files(expectation: str | None) -> Subquery:
    """Return a subquery with one row per active file and expectation of its contract; expectation: only this one.

    A contract has an expectation if a file that was validated by it has a result. A file without a result passed.
    """
    of_contracts = select(f.contract_sha256, e.expectation).join_from(
        expectation_results, source_file, f.id == e.file_id
    )
    if expectation is not None:
        of_contracts = of_contracts.where(e.expectation == expectation)
    known = of_contracts.where(OF_ACTIVE).distinct().subquery()
    # Lines that could not be split are validated by `parse` only.
    validated = p.rows - case((known.c.expectation == PARSE, 0), else_=p.unsplit_rows)
    is_result = (e.file_id == f.id) & (e.expectation == known.c.expectation)
    return (
        select(
            p.processing_date,
            known.c.expectation,
            func.coalesce(e.passed, validated).label("passed"),
            func.coalesce(e.failed, 0).label("failed"),
            func.coalesce(e.money, 0).label("money"),
        )
        .join_from(source_file, file_profile, (p.file_id == f.id) & (p.layer == "bronze"))
        .join(known, known.c.contract_sha256.is_not_distinct_from(f.contract_sha256))
        .outerjoin(expectation_results, is_result)
        .where(OF_ACTIVE)
        .subquery()
    )
