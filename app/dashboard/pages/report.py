"""Report of a model: clusters, stability, temporal holdout and calibration."""

from typing import Any, Final, Literal
from uuid import UUID

from app.api.core.problems import Problem
from app.api.customers.current_model import cached_table
from app.api.segments.problems import UNKNOWN_MODEL
from app.api.segments.reports import CURRENT, Report, find_report
from app.dashboard.figures import clusters as cluster_figures
from app.dashboard.figures import reports as figures
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageQuery, PageRequest
from app.segments.model.report.records import SCHEMES
from app.segments.model.segment_table.table import DEFAULT_PATH


async def show_report(request: PageRequest) -> PageContent:
    """Show the report of a model, or how to compute it."""
    request.query(PageQuery)
    model = request.param("model")
    report = await find_report(request.reader, _requested(model))
    values = {"report": report, "model": model, **(_figures(report) if report else {})}
    return PageContent("report.html", "Report of a model", values)


def _requested(text: str) -> UUID | Literal["current"]:
    if text == CURRENT:
        return CURRENT
    try:
        return UUID(text)
    except ValueError:
        raise Problem(UNKNOWN_MODEL, f"There is no model {text}.") from None


def _figures(report: Report) -> dict[str, Any]:
    holdout = report.holdout
    return {
        "label_of": cluster_figures.label_of,
        "segment_name": cached_table(DEFAULT_PATH.stat().st_mtime_ns).name_of,
        "scheme_names": SCHEMES,
        "schemes": figures.scheme_scores(holdout.schemes) if holdout.schemes else None,
        "spend": figures.calibration(holdout.spend, "Mean spend", "log") if holdout.spend else None,
        "buyers": figures.calibration(holdout.buyers, "Share of buyers", "linear") if holdout.buyers else None,
    }


ROUTE: Final = PageRoute("/models/{model}/report", show_report, ("segments:read",), "Runs")
