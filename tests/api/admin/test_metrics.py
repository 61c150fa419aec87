"""Metrics of the API: who may read them, what they count, and bounded labels."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from httpx import AsyncClient
from prometheus_client.parser import text_string_to_metric_families

from app.api.middleware.request_metrics import UNMATCHED, RequestCounts
from app.main import create_app
from app.monitoring.database_metrics import DatabaseCollector, current_time
from app.settings import Settings
from tests.api.conftest import AS_OF, asking, change
from tests.api.core.test_problems import GONE
from tests.api.granting import bearer, new_key

pytestmark = pytest.mark.anyio
LOCAL = {"Host": "127.0.0.1:8000"}
NO_KEY = {**LOCAL, "Authorization": ""}
Samples = dict[str, float]


@pytest.fixture
async def own(own_shop: str) -> AsyncIterator[AsyncClient]:
    """A client of a server of its own, whose counts begin at 0."""
    async with asking(own_shop) as client:
        yield client


async def samples(client: AsyncClient) -> Samples:
    """Every sample of /metrics, by its name and the values of its labels, separated by spaces."""
    text = (await client.get("/metrics", headers=LOCAL)).text
    return {
        " ".join([sample.name.removeprefix("regulars_"), *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


# --- who may read


async def test_this_machine_needs_no_key(client: AsyncClient) -> None:
    answer = await client.get("/metrics", headers=NO_KEY)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, "text/plain")


@pytest.mark.parametrize("header", ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip"])
async def test_a_proxy_needs_a_key(client: AsyncClient, header: str) -> None:
    assert (await client.get("/metrics", headers={**NO_KEY, header: "127.0.0.1"})).status_code == 401


@pytest.mark.parametrize("given", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
async def test_a_page_of_another_site_needs_a_key(client: AsyncClient, given: dict[str, str]) -> None:
    assert (await client.get("/metrics", headers={**NO_KEY, **given})).status_code == 401


async def test_another_machine_needs_a_key_with_the_scope(own_shop: str) -> None:
    reads, others = new_key(own_shop, ["metrics:read"]), new_key(own_shop, ["quality:read"])
    async with asking(own_shop, client=("192.0.2.7", 5)) as client:
        answers = [
            await client.get("/metrics", headers=each) for each in (NO_KEY, bearer(others.key), bearer(reads.key))
        ]
    assert [each.status_code for each in answers] == [401, 403, 200]


@pytest.mark.parametrize("path", ["/v1/segments", "/metrics/", "/v1/metrics", "//metrics"])
async def test_other_paths_need_a_key_from_this_machine_too(client: AsyncClient, path: str) -> None:
    assert (await client.get(f"http://regulars{path}", headers=NO_KEY)).status_code == 401


async def test_metrics_are_read_only(client: AsyncClient) -> None:
    answer = await client.post("/metrics", headers=NO_KEY)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


async def test_a_browser_sees_them_too(client: AsyncClient) -> None:
    answer = await client.get("/metrics", headers={**NO_KEY, "Accept": "text/html"})
    assert answer.headers["Content-Type"].startswith("text/plain")


# --- requests


async def test_requests_are_counted_by_route_method_and_status(own: AsyncClient) -> None:
    for path in ("R01", "R02", "nobody"):
        await own.get(f"/v1/customers/{path}/segment")
    found = await samples(own)
    route = "/v1/customers/{customer_id}/segment"
    assert found[f"http_requests_total GET {route} 200"] == 2
    assert found[f"http_requests_total GET {route} 404"] == 1
    assert found[f"http_request_seconds_count GET {route}"] == 3
    assert found[f"http_request_seconds_bucket +Inf GET {route}"] == 3
    assert found[f"http_request_seconds_sum GET {route}"] > 0


async def test_labels_of_requests_are_bounded(own: AsyncClient) -> None:
    for number in range(20):
        await own.get(f"/v1/nothing-{number}")
        await own.get(f"/nothing-{number}", headers={"Accept": "text/html"})
        await own.request(f"METHOD{number}", f"/v1/segments/{number}")
        await own.get(f"/docs/assets/{number}")
        await own.get(f"/problems/{number}")
        await own.get(f"/customers/{number}", headers={"Accept": "text/html"})
    series = [key.split(" ")[1:] for key in await samples(own) if key.startswith("http_requests_total")]
    assert {route for _, route, _ in series} <= {
        *(UNMATCHED, "/docs/assets/{path}", "/problems/{path}", "/customers/{customer_id:id}", "/metrics"),
        "/v1/segments/{slug}",
    }
    assert {method for method, _, _ in series} == {"GET", "other"}


async def test_a_refused_request_has_its_route(own: AsyncClient) -> None:
    await own.get("/v1/segments", headers={"Authorization": "Bearer wrong"})
    assert (await samples(own))["http_requests_total GET /v1/segments 401"] == 1


async def test_head_counts_as_get(own: AsyncClient) -> None:
    await own.head("/health/live")
    assert (await samples(own))["http_requests_total GET /health/live 200"] == 1


@pytest.mark.parametrize(("seconds", "bound"), [(0.001, "0.001"), (0.0011, "0.0025"), (10.0, "10.0"), (11.0, "+Inf")])
def test_a_latency_is_in_the_bucket_of_its_bound(seconds: float, bound: str) -> None:
    counts = RequestCounts()
    counts.record("/", "GET", 200, seconds)
    _, latency = counts.collect()
    cumulative = [(each.labels["le"], each.value) for each in latency.samples if each.name.endswith("_bucket")]
    assert next(le for le, value in cumulative if value) == bound


def test_two_apps_share_no_counts() -> None:
    first, second = (create_app(Settings()).user_middleware[2].kwargs["counts"] for _ in range(2))
    assert isinstance(first, RequestCounts)
    assert isinstance(second, RequestCounts)
    first.record("/", "GET", 200, 0.1)
    assert [list(metric.samples) for metric in second.collect()] == [[], []]


# --- database, pool, lookups


async def test_metrics_of_the_database_are_those_of_the_status(client: AsyncClient) -> None:
    status, found = (await client.get("/v1/status")).json(), await samples(client)
    assert {state: found[f"files {state}"] for state in status["files"]} == status["files"]
    assert (found["files failed"], found["backlog_files"], found["database_up"]) == (0, status["backlog"], 1)
    assert (found["job_failing retrain"], found["runs_last_day retrain failed"]) == (0, 0)
    scores = (await client.get("/v1/quality/bronze-daily?limit=1000")).json()["data"]
    newest = max(scores, key=lambda day: day["processing_date"])["score"]
    assert (found["rows loaded"] > 0, found["model_customers"]) == (True, 59)
    assert found["quality_score"] == pytest.approx(newest, abs=0.005)


async def test_ages_are_of_the_day_that_counts_as_today(client: AsyncClient) -> None:
    status, found = (await client.get("/v1/status")).json(), await samples(client)
    for name, day in (("data_age_seconds", "data_through"), ("segments_age_seconds", "as_of")):
        days = (AS_OF - date.fromisoformat(status[day])).days
        assert days - 1 <= found[name] / 86_400 <= days


async def test_an_empty_database_has_no_ages(empty: AsyncClient) -> None:
    found = await samples(empty)
    assert "data_age_seconds" not in found
    assert (found["files loaded"], found["webhook_deliveries_pending"], found["webhook_overdue_seconds"]) == (
        0,
        0,
        0,
    )


async def test_the_leader_has_its_holder_epoch_and_lease(own: AsyncClient, own_shop: str) -> None:
    lease = "insert into pipeline.lease values ('leader', 7, 'host:1:a', now(), now() + interval '30 s')"
    change(
        own_shop,
        f"{lease} on conflict (name) do update set epoch = 7, holder = 'host:1:a', expires_at = excluded.expires_at",
    )
    found = await samples(own)
    assert (found["leader_epoch"], found["leader_info host:1:a"]) == (7, 1)
    assert 20 < found["leader_lease_seconds"] <= 30


async def test_without_a_database_there_are_metrics_of_the_process() -> None:
    async with asking(GONE) as client:
        found = await samples(client)
    assert (found["database_up"], "files loaded" in found, "process_open_fds" in found) == (0, False, True)


async def test_without_a_database_another_machine_is_told_so() -> None:
    async with asking(GONE, client=("192.0.2.7", 5)) as client:
        answer = await client.get("/metrics", headers=bearer("unknown"))
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "database-unavailable")


async def test_the_pools_and_the_lookups_are_shown(own: AsyncClient) -> None:
    await own.get("/v1/customers/R01/segment")
    found = await samples(own)
    assert (found["lookups_total kmeans"], found["lookup_batches_total kmeans"]) == (1, 1)
    assert (found["lookups_waiting kmeans"], found["database_connections_limit reads"]) == (0, 16)
    assert found["database_connections reads in_use"] >= 1


async def test_no_label_has_an_id_of_a_customer(own: AsyncClient) -> None:
    await own.get("/v1/customers/R01/segment?as_of=2026-03-01")
    assert not re.search(r'"R01', (await own.get("/metrics", headers=LOCAL)).text)


# --- cache


def test_rows_are_read_again_after_their_lifetime() -> None:
    now = [0.0]
    collector = DatabaseCollector(5.0, lambda: now[0])
    stale = [collector.is_stale]
    collector.update([])
    for now[0] in (4.9, 5.0):
        stale.append(collector.is_stale)
    assert stale == [True, False, True]


def test_an_unknown_value_is_left_out() -> None:
    collector = DatabaseCollector()
    collector.update([SimpleNamespace(metric="model_age_seconds", label=None, second_label=None, value=None)])
    assert [each.samples for each in collector.collect() if each.name == "regulars_model_age_seconds"] == [[]]


def test_today_can_be_set() -> None:
    assert current_time(Settings(as_of=AS_OF)).date() == AS_OF
    assert abs((current_time(Settings()) - datetime.now(UTC)).total_seconds()) < 5
