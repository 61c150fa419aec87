"""Alert rules, Grafana dashboard and runbooks agree with the metrics that the processes serve."""

import json
import re
import shutil
import subprocess
from typing import Any, Final

import pytest
import yaml
from prometheus_client.registry import Collector

from app.api.admin.metrics import LookupCollector
from app.api.core.segment_lookup import SegmentLookup
from app.api.middleware.request_metrics import RequestCounts
from app.db.engine import make_async_engine, make_engine
from app.jobs.job import Job
from app.monitoring.database_metrics import GAUGES
from app.monitoring.exposition import make_registry
from app.monitoring.pools import PoolCollector
from app.monitoring.worker_metrics import WorkerMetrics
from app.settings import Settings
from tests.deployment.files import ROOT, text

DEPLOY: Final = ROOT / "deploy"
NOWHERE: Final = "postgresql://nobody@127.0.0.1:1/none"
RULES = [rule for group in yaml.safe_load(text(DEPLOY / "prometheus-rules.yml"))["groups"] for rule in group["rules"]]
DASHBOARD: dict[str, Any] = json.loads(text(DEPLOY / "grafana-dashboard.json"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [target["expr"] for panel in PANELS for target in panel["targets"]]
OPERATIONS = text(ROOT / "docs" / "operations.md")
OF_PROMETHEUS: Final = {"up"}
NOT_SHOWN: Final = ["quality_warning", "model_customers"]
LABELS_OF_PROMETHEUS: Final = {"job", "instance", "le"}
each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])


def collected() -> dict[str, set[str]]:
    """The series that both processes serve, with the names of their labels."""
    engine, reader = make_engine(NOWHERE), make_async_engine(NOWHERE)
    requests = RequestCounts()
    requests.record("/", "GET", 200, 0.1)
    collectors: list[Collector] = [requests, LookupCollector(SegmentLookup(reader, Settings()))]
    collectors.append(PoolCollector({"reads": reader.sync_engine}, {"reads": 16}))
    worker = WorkerMetrics(engine, Settings(), bool)
    worker.observed(Job("ingest", lambda *_: None)).do(*[None] * 3)  # type: ignore[arg-type]  # they are not used
    found: dict[str, set[str]] = {f"regulars_{name}": set(gauge.labels) for name, gauge in GAUGES.items()}
    for registry in (make_registry(collectors), worker.registry):
        for sample in (sample for metric in registry.collect() for sample in metric.samples):
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


SERIES: Final = collected()


def unknown(expression: str) -> set[str]:
    """Metrics and labels of an expression that no process serves."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    names = set(re.findall(r"\b((?:regulars|process|python)_[a-z_]+|up)\b", bare))
    labels = {label for name in names for label in SERIES.get(name, ())} | LABELS_OF_PROMETHEUS
    used = {label for group in re.findall(r"\{([^}]*)\}", bare) for label in re.findall(r"([a-z_]+)\s*=", group)}
    for group in re.findall(r"\b(?:by|on) \(([^)]*)\)", bare):
        used |= {each.strip() for each in group.split(",")}
    assert names, expression
    return (names - SERIES.keys() - OF_PROMETHEUS) | (used - labels)


def test_unknown_names_are_found() -> None:
    assert unknown('max by (stat) (regulars_files{stale="x"}) > regulars_nothing') == {
        *("stat", "stale", "regulars_nothing"),
    }


@each_rule
def test_a_rule_uses_metrics_that_are_served(rule: dict[str, Any]) -> None:
    assert unknown(rule["expr"]) == set()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_panel_uses_metrics_that_are_served(expression: str) -> None:
    assert unknown(expression) == set()


def test_every_metric_of_the_database_is_on_the_dashboard_or_in_a_rule() -> None:
    shown = " ".join([*EXPRESSIONS, *(rule["expr"] for rule in RULES)])
    assert [name for name in GAUGES if f"regulars_{name}" not in shown] == NOT_SHOWN


def test_panels_have_ids_titles_and_places_of_their_own() -> None:
    places = [tuple(panel["gridPos"].values()) for panel in DASHBOARD["panels"]]
    for values in ([panel["id"] for panel in DASHBOARD["panels"]], [panel["title"] for panel in PANELS], places):
        assert len(set(values)) == len(values)


@each_rule
def test_a_rule_has_a_severity_a_summary_and_a_runbook(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
    assert f"\n#### {rule['alert']}\n" in OPERATIONS


def test_no_runbook_is_about_an_alert_that_does_not_exist() -> None:
    assert re.findall(r"^#### (Regulars\w+)$", OPERATIONS, re.MULTILINE) == [rule["alert"] for rule in RULES]


def test_the_docs_list_every_metric() -> None:
    rows = set(re.findall(r"`(regulars_\w+)`", OPERATIONS))
    base = {re.sub(r"_(bucket|sum|count)$", "", name) for name in SERIES if name.startswith("regulars_")}
    served = {name for name in base if not name.endswith("_created")}
    assert rows == served


@pytest.mark.parametrize(("kind", "file"), [("rules", "prometheus-rules.yml"), ("config", "prometheus.yml")])
def test_promtool_accepts_the_file(kind: str, file: str) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    checked = subprocess.run([promtool, "check", kind, DEPLOY / file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_example_configuration_reads_the_rules() -> None:
    assert yaml.safe_load(text(DEPLOY / "prometheus.yml"))["rule_files"] == ["prometheus-rules.yml"]
