"""Tables and figures of a report."""

from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from app.api.segments.report_example import REPORT_EXAMPLE
from app.cli.report import print_report
from app.cli.report_figures import calibration_figure, scheme_figure, write_figures
from app.cli.report_table import holdout_table

HOLDOUT = REPORT_EXAMPLE["holdout"]


def test_the_table_has_every_scheme_with_its_interval(capsys: pytest.CaptureFixture[str]) -> None:
    holdout_table(HOLDOUT, "GBP")
    assert "0.400 [0.360, 0.440]" in capsys.readouterr().out


def test_a_score_that_is_not_defined_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    none = dict.fromkeys(("value", "low", "high"))
    schemes = [{**HOLDOUT["schemes"][0], "r2_spend": none, "r2_return": none, "auc_return": none}]
    holdout_table({**HOLDOUT, "schemes": schemes, "spend": None}, None)
    assert capsys.readouterr().out.rstrip().endswith("-")


@pytest.mark.parametrize("content", [scheme_figure(HOLDOUT["schemes"]), calibration_figure(HOLDOUT)])
def test_a_figure_is_a_document_with_a_point_for_each_row(content: str) -> None:
    circles = fromstring(content).findall("{http://www.w3.org/2000/svg}circle")  # noqa: S314  # written above
    assert len(circles) in (2, 9)


def test_a_report_without_holdout_has_no_figures(tmp_path: Path) -> None:
    holdout: dict[str, object] = {"schemes": [], "spend": None, "buyers": None}
    assert list(write_figures({"holdout": holdout}, tmp_path)) == []


def test_clusters_have_the_names_of_their_segments(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(REPORT_EXAMPLE, "GBP")
    assert "High Value Active" in capsys.readouterr().out
