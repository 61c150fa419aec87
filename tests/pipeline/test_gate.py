"""Quality gate: no training on data of low quality is published, and the current run stays."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.errors import QualityGateClosed
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.retrain import retrain
from app.segments.model.train import RFMSegmenter
from tests.loading import BAD, load, query, sale

Put = Callable[..., Path]
AS_OF = date(2026, 3, 1)
BROKEN = b"no header of sales\n1,2,3\n"


def trained(context: Context) -> UUID:
    with running(context.engine, "retrain") as run:
        retrain(context, run, AS_OF)
    return run.run_id


def current(context: Context) -> UUID:
    ((run_id,),) = query(context.engine, "select run_id from segments.current_run")
    assert isinstance(run_id, UUID)
    return run_id


@pytest.fixture
def good(context: Context, put: Put) -> UUID:
    """Return the current run after ten good days."""
    for day in range(1, 11):
        put(sale(f"5000{day:02}", f"{day}"), day=f"2026-02-{day:02}")
    load(context)
    return trained(context)


def gate(context: Context) -> str | None:
    ((reason,),) = query(context.engine, "select gate_reason from pipeline.freshness")
    return None if reason is None else str(reason)


def test_on_good_data_a_training_is_published(context: Context, good: UUID) -> None:
    assert (gate(context), trained(context)) == (None, current(context))


def test_after_a_rejected_file_the_current_run_stays(context: Context, put: Put, good: UUID) -> None:
    put(content=BROKEN, day="2026-02-11")
    load(context)
    message = f"not published: 1 of the newest 7 file.* rejected or failed; run {good} stays current"
    with pytest.raises(QualityGateClosed, match=message):
        trained(context)
    assert current(context) == good


def test_files_that_are_rejected_during_the_training_count_too(
    context: Context, put: Put, good: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(*given: Any, **named: Any) -> Any:
        put(content=BROKEN, day="2026-02-11")
        load(context)
        return fit_as_ever(*given, **named)

    fit_as_ever = RFMSegmenter.fit
    monkeypatch.setattr(RFMSegmenter, "fit", fit)
    with pytest.raises(QualityGateClosed):
        trained(context)
    assert current(context) == good


def test_too_large_a_quarantined_share_closes_the_gate(context: Context, put: Put, good: UUID) -> None:
    put(*(sale(f"6000{number:02}") for number in range(6)), *[BAD] * 5, day="2026-02-11")
    load(context)
    assert gate(context) == "29.4 % of the rows of the newest 7 files are quarantined"


def test_the_quarantined_share_is_of_the_loaded_files(context: Context, put: Put, good: UUID) -> None:
    put(*(sale(f"6000{number:02}") for number in range(6)), *[BAD] * 5, day="2026-02-11")
    put(content=BROKEN, day="2026-02-12")
    load(context)
    assert (gate(context) or "").endswith(" % of the rows of the newest 6 files are quarantined")


def test_a_smaller_quarantined_share_leaves_the_gate_open(context: Context, put: Put, good: UUID) -> None:
    put(sale(), sale("536366"), BAD, day="2026-02-11")
    load(context)
    assert gate(context) is None


def test_a_rejected_correction_closes_the_gate(context: Context, put: Put, good: UUID) -> None:
    put(content=BROKEN, day="2026-02-10")
    load(context)
    assert gate(context) == "1 of the newest 7 files rejected or failed"


def test_a_corrected_file_opens_the_gate(context: Context, put: Put, good: UUID) -> None:
    put(content=BROKEN, day="2026-02-11")
    load(context)
    put(sale("700000"), day="2026-02-11")
    load(context)
    assert trained(context) == current(context) != good


def test_an_old_bad_file_leaves_the_gate_open(context: Context, put: Put, good: UUID) -> None:
    put(content=BROKEN, day="2026-02-02")
    load(context)
    assert gate(context) is None


def test_the_first_training_is_published_whatever_the_quality(context: Context, put: Put) -> None:
    put(sale())
    put(content=BROKEN, day="2026-02-02")
    load(context)
    assert trained(context) == current(context)


def test_the_run_reports_the_reason(context: Context, put: Put, good: UUID) -> None:
    put(content=BROKEN, day="2026-02-11")
    load(context)
    with pytest.raises(QualityGateClosed):
        trained(context)
    statement = "select state, error_kind, error ~ '^not published' from pipeline.job_run where error > ''"
    assert query(context.engine, statement) == [("failed", "data", True)]
