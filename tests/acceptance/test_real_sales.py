"""Half a year of real sales through the one command and the API, against figures worked out independently."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.service import Service, up

CANCELLED = Decimal("373.57")
"""Money of the one cancellation in silver, which has no customer."""


@pytest.fixture(scope="module")
def expected(real_sales: Path) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads((real_sales / "expected.json").read_text())
    return figures


@pytest.fixture(scope="module")
def service(real_sales: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data_dir = tmp_path_factory.mktemp("real")
    with up(data_dir, "--source", str(real_sales / "daily_sales"), "--as-of", "2025-12-27") as service:
        yield service


def total(service: Service, path: str, column: str, **query: str) -> int:
    return sum(int(row[column]) for row in service.get(path, **query)["data"] if _matches(row, query))


def _matches(row: dict[str, Any], query: dict[str, str]) -> bool:
    return all(str(row.get(name)) == value for name, value in query.items())


def test_every_file_is_loaded(service: Service, expected: dict[str, Any]) -> None:
    files = service.get("/v1/files", limit=1000)["data"]
    assert [file["state"] for file in files] == ["loaded"] * expected["files"]


@pytest.mark.parametrize(
    ("column", "figure"),
    [("rows", "bronze_rows"), ("null_customers", "null_customer_id"), ("files", "files")],
)
def test_bronze_is_what_was_received(service: Service, expected: dict[str, Any], column: str, figure: str) -> None:
    assert total(service, "/v1/quality/bronze-daily", column) == expected[figure]


@pytest.mark.parametrize(("column", "figure"), [("rows", "silver_rows"), ("null_customers", "silver_null_customer")])
def test_silver_is_what_meets_the_contract(
    service: Service, expected: dict[str, Any], column: str, figure: str
) -> None:
    assert total(service, "/v1/quality/layer-comparison", column, layer="silver") == expected[figure]


def test_each_expectation_fails_as_often_as_expected(service: Service, expected: dict[str, Any]) -> None:
    failed: dict[str, int] = {}
    cursor: dict[str, str] = {}
    while True:
        page = service.get("/v1/quality/expectations", limit=1000, **cursor)
        for row in page["data"]:
            failed[row["expectation"]] = failed.get(row["expectation"], 0) + row["failed"]
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert failed == expected["failed"]


def test_revenue_of_all_segments_is_that_of_all_customers(service: Service, expected: dict[str, Any]) -> None:
    segments = service.get("/v1/segments")["data"]
    assert round(sum(float(segment["revenue"]) for segment in segments), 2) == expected["monetary_sum"]


@pytest.mark.parametrize("path", ["/v1/trends/sales", "/v1/trends/countries"])
@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_revenue_of_all_periods_is_that_of_all_customers(
    service: Service, expected: dict[str, Any], path: str, by: str
) -> None:
    revenue, cursor = Decimal(0), dict[str, str]()
    while True:
        page = service.get(path, by=by, limit=1000, **cursor)
        revenue += sum(Decimal(row["revenue"]) for row in page["data"])
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert revenue == Decimal(str(expected["monetary_sum"]))


def test_counted_and_uncounted_sales_are_those_of_silver(service: Service, expected: dict[str, Any]) -> None:
    months = service.get("/v1/trends/sales")["data"]
    found = sum(Decimal(month["revenue"]) + Decimal(month["uncounted_revenue"]) for month in months)
    rows = sum(month["uncounted_rows"] for month in months)
    assert rows + expected["gold_source_rows"] == expected["silver_rows"] - expected["cancellations_in_silver"]
    assert found + CANCELLED == Decimal(str(expected["silver_revenue"]))


def test_cohorts_hold_every_customer_once(service: Service, expected: dict[str, Any]) -> None:
    cohorts = service.get("/v1/cohorts")["data"]
    assert sum(cohort["customers"] for cohort in cohorts) == expected["customers"]
    assert sum(Decimal(cohort["revenue"]) for cohort in cohorts) == Decimal(str(expected["monetary_sum"]))


def test_segments_hold_every_customer_once(service: Service, expected: dict[str, Any]) -> None:
    assert sum(segment["customers"] for segment in service.get("/v1/segments")["data"]) == expected["customers"]


def test_k_is_chosen_by_the_expected_scores(service: Service, expected: dict[str, Any]) -> None:
    model = service.get("/v1/models/current")
    found = [
        {
            "k": score["k"],
            "silhouette": round(score["silhouette"], 4),
            "inertia": round(score["inertia"], 2),
            "combined": round(score["combined"], 4),
        }
        for score in model["k_scores"]
    ]
    assert (model["k"], found) == (expected["chosen_k"], expected["k_scores"])


def test_fences_are_the_expected_ones(service: Service, expected: dict[str, Any]) -> None:
    fences = service.get("/v1/models/current")["fences"]
    assert fences == {name: pytest.approx(fence, abs=1e-4) for name, fence in expected["fences"].items()}


@pytest.mark.parametrize(
    "figure", ["customers", "segment", "med_monetary", "avg_monetary", "med_frequency", "med_recency"]
)
def test_clusters_are_the_expected_ones(service: Service, expected: dict[str, Any], figure: str) -> None:
    column = figure.replace("med_", "median_").replace("avg_", "mean_")
    found = sorted(service.get("/v1/clusters")["data"], key=lambda row: float(row["median_monetary"]))
    wanted = sorted(expected["clusters"], key=lambda row: row["med_monetary"])
    assert [_figure(row[column]) for row in found] == pytest.approx(
        [_figure(row[figure]) for row in wanted], abs=0.0051
    )


def _figure(value: Any) -> Any:
    return float(value) if str(value).replace(".", "").isdigit() else value


def test_example_customers_have_the_expected_features(service: Service, expected: dict[str, Any]) -> None:
    columns = ("customer_id", "last_invoice_date", "recency", "frequency", "monetary")
    wanted = [[str(example[name]) for name in columns] for example in expected["examples"]]
    found = [service.get(f"/v1/customers/{row[0]}") for row in wanted]
    assert [[str(customer[name]) for name in columns] for customer in found] == wanted


def test_example_customers_are_in_the_expected_clusters(service: Service, expected: dict[str, Any]) -> None:
    size_of = {row["cluster"]: row["customers"] for row in service.get("/v1/clusters")["data"]}
    wanted = {row["cluster"]: row["customers"] for row in expected["clusters"]}
    found = [size_of[service.get(f"/v1/customers/{each['customer_id']}")["cluster"]] for each in expected["examples"]]
    assert found == [wanted[each["cluster"]] for each in expected["examples"]]


def test_the_answer_says_how_fresh_it_is(service: Service, expected: dict[str, Any]) -> None:
    answer = service.get("/v1/segments")
    assert (answer["as_of"], answer["data_through"], answer["quality"]) == (expected["as_of"], expected["last"], "ok")
