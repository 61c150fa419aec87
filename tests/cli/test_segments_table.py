"""Table of the published segments."""

import pytest

from app.cli.segments_table import segments_table
from app.jobs.context import Context
from tests.loading import change
from tests.segments.shop import SHOP, stock, train


def test_medians_are_not_rounded(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    stock(context.engine, *SHOP)
    train(context)
    change(context.engine, "update segments.segment_summary set median_recency = 10.5, median_frequency = 1.5")
    segments_table(context.engine, None)
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if "." in line]
    assert {tuple(line[-3:-1]) for line in lines} == {("10.5", "1.5")}
