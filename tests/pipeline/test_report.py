"""Report of a training run, from invoices of a year with customers who buy at rates of their own."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import insert

from app.db.engine import make_engine
from app.errors import InvalidSelection, NoCustomers
from app.gold.tables import customer_invoice, customer_rfm
from app.jobs.context import Context
from app.jobs.runs import Run, running
from app.pipeline.report import ReportPolicy, cut_off_days, report
from app.pipeline.retrain import retrain
from app.segments.reports.outcomes import SalesDays, read_outcomes
from app.segments.reports.store import StoredReport, read_report
from app.settings import Settings
from tests.conftest import NOW
from tests.postgres import fresh_database

AS_OF, FIRST = date(2026, 3, 1), date(2025, 7, 1)
CUSTOMERS, DAYS = 300, 240
POLICY = ReportPolicy(sample=250, cut_offs=2)


def invoices() -> list[dict[str, Any]]:
    """Invoices at gamma distributed rates and amounts."""
    draw, rows = np.random.default_rng(11), []
    for number in range(CUSTOMERS):
        start, mean = int(draw.integers(0, 60)), draw.lognormal(4, 0.7)
        days = np.cumsum([start, *draw.exponential(10 / draw.gamma(1.5, 0.3), 40)]).astype(int)
        for day in sorted({int(day) for day in days if day < DAYS}):
            key = {"file_id": 1, "customer_id": f"C{number:03}", "invoice_no": f"{number}-{day}"}
            rows.append(
                {**key, "invoice_date": FIRST + timedelta(days=day), "amount": round(mean * draw.gamma(5, 0.2), 2)}
            )
    return rows


def customers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of gold.customer_rfm of the same invoices."""
    of: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        of.setdefault(row["customer_id"], []).append(row)
    return [
        {
            "customer_id": each,
            "country": "France",
            "updated_at": NOW,
            "frequency": len(own),
            "first_invoice_date": min(row["invoice_date"] for row in own),
            "last_invoice_date": max(row["invoice_date"] for row in own),
            "monetary": sum(row["amount"] for row in own),
        }
        for each, own in of.items()
    ]


@pytest.fixture(scope="module")
def trained(postgres: str) -> Iterator[Context]:
    with fresh_database(postgres) as url:
        engine = make_engine(url)
        rows = invoices()
        with engine.begin() as connection:
            connection.execute(insert(customer_invoice), rows)
            connection.execute(insert(customer_rfm), customers(rows))
        context = Context(engine, Settings(as_of=AS_OF), clock=lambda: NOW)
        with running(engine, "retrain") as run:
            retrain(context, run, AS_OF)
        yield context
        engine.dispose()


@pytest.fixture(scope="module")
def stored(trained: Context) -> StoredReport:
    with running(trained.engine, "report") as run:
        run_id = report(trained, run, policy=POLICY)
    with trained.engine.connect() as connection:
        found = read_report(connection, run_id)
    assert found is not None
    return found


def test_clusters_are_those_of_the_sample(stored: StoredReport) -> None:
    assert stored.report["customers"] == CUSTOMERS
    assert sum(each["customers"] for each in stored.report["clusters"]["clusters"]) == stored.report["sampled"] == 250


def test_every_scheme_is_compared(stored: StoredReport) -> None:
    assert [each["scheme"] for each in stored.report["holdout"]["schemes"]] == [
        *("kmeans", "names", "rules", "rfm_cells", "rfm_score", "rfm_groups", "value_bands", "value_return"),
        *("bgnbd", "past_rate"),
    ]


def test_the_forecast_of_steady_customers_is_near_the_outcome(stored: StoredReport) -> None:
    assert stored.report["holdout"]["spend"]["ratio"] == pytest.approx(1, abs=0.15)
    assert stored.report["holdout"]["buyers"]["ratio"] == pytest.approx(1, abs=0.15)


def test_the_forecast_explains_the_spend_of_steady_customers(stored: StoredReport) -> None:
    (bgnbd,) = (each for each in stored.report["holdout"]["schemes"] if each["scheme"] == "bgnbd")
    assert bgnbd["r2_spend"]["value"] > 0.5


def test_cut_offs_are_the_newest_first(stored: StoredReport) -> None:
    last = max(row["invoice_date"] for row in invoices())
    days = [(last - timedelta(days=90 + back)).isoformat() for back in (0, 30)]
    assert [each["as_of"] for each in stored.report["holdout"]["cut_offs"]] == days


def test_days_with_too_little_data_for_a_forecast_are_left_out(trained: Context) -> None:
    early = ReportPolicy(sample=250, cut_offs=5, history_days=10)
    with running(trained.engine, "report") as run:
        report(trained, run, policy=early)
    assert run.counts["cut_offs"] == 3


def test_measured_again_it_is_the_same(trained: Context, stored: StoredReport) -> None:
    with running(trained.engine, "report") as run:
        run_id = report(trained, run, policy=POLICY)
    with trained.engine.connect() as connection:
        assert read_report(connection, run_id) == stored


def test_outcomes_are_of_the_days_after(trained: Context) -> None:
    rows = [row for row in invoices() if row["customer_id"] == "C001"]
    after, until = rows[0]["invoice_date"], rows[0]["invoice_date"] + timedelta(days=90)
    own = [row["amount"] for row in rows if after < row["invoice_date"] <= until]
    with trained.engine.connect() as connection:
        found = read_outcomes(connection, ["nobody", "C001"], after, 90)
    assert found.spend.tolist() == [0, pytest.approx(sum(own))]
    assert found.returned.tolist() == [0, float(bool(own))]


def test_an_unknown_run_is_refused(trained: Context) -> None:
    with pytest.raises(InvalidSelection, match="there is no training run"):
        report(trained, Run(uuid4(), "report"), uuid4())


def test_without_a_training_run_the_remedy_is_said(context: Context) -> None:
    with pytest.raises(NoCustomers, match="regulars train"):
        report(context, Run(uuid4(), "report"))


@pytest.mark.parametrize(("days", "count"), [(149, 0), (150, 1), (179, 1), (180, 2), (900, 2)])
def test_a_cut_off_needs_sixty_days_before_and_ninety_after(days: int, count: int) -> None:
    assert len(cut_off_days(SalesDays(FIRST, FIRST + timedelta(days=days)), POLICY)) == count


def test_without_sales_there_is_no_cut_off() -> None:
    assert cut_off_days(SalesDays(None, None), POLICY) == []
