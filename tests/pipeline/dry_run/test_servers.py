"""Dry runs under a contract with several servers: each file is read by the dialect of its own."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.errors import Misconfigured
from app.jobs.context import Context
from app.pipeline.dry_run.dry_run import dry_run
from app.pipeline.dry_run.report import DryRun
from app.pipeline.dry_run.source import sources_of
from app.settings import Settings
from app.source.open import DeclaredSources, declared_sources
from tests.contract import declared

HEADER = "Invoice;Date;Customer;Qty;Price"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Files of a web shop with commas, and of a till with semicolons, and the contract of both."""
    for name, rows in {
        "web": [HEADER.replace(";", ","), "1,2026-02-01,13085,1,2.50"],
        "till": [HEADER, "2;2026-02-01;13085;1;2,50", "3;2026-02-01;13085;1;x"],
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.csv").write_text("\n".join([*rows, ""]))
    decimal = 'delimiter: ";", customProperties: [{property: decimal, value: ","}]'
    servers = f"  - {{server: web, type: local, location: {tmp_path}/web}}\n"
    servers += f"  - {{server: till, type: local, location: {tmp_path}/till, {decimal}}}\n"
    (tmp_path / "shop.yaml").write_text(declared.text(tail=f"servers:\n{servers}"))
    return tmp_path


def settings_of(shop: Path) -> Settings:
    return Settings(contract=str(shop / "shop.yaml"), as_of=date(2026, 3, 1))


def sources(shop: Path) -> DeclaredSources:
    return declared_sources(settings_of(shop))


def owners(shop: Path, *paths: Path, server: str | None = None) -> dict[str, list[str]]:
    return {source.name: [each.key for each in source.list()] for source, _ in sources_of(paths, sources(shop), server)}


def judged(engine: Engine, shop: Path) -> DryRun:
    settings = settings_of(shop).model_copy(update={"max_quarantined_share": 0.9})
    return dry_run(Context(engine, settings), sources_of([shop], declared_sources(settings)))


def test_every_file_is_read_by_the_dialect_of_its_server(engine: Engine, shop: Path) -> None:
    found = judged(engine, shop)
    assert {file.server: (file.silver, file.quarantined) for file in found.files} == {"web": (1, 0), "till": (1, 1)}


def test_a_failure_names_its_server(engine: Engine, shop: Path) -> None:
    found = judged(engine, shop)
    assert [(failure.server, failure.expectation) for failure in found.failures] == [("till", "valid_unit_price")]


def test_a_path_belongs_to_the_server_with_its_location(shop: Path) -> None:
    assert owners(shop, shop / "till/a.csv") == {"till": ["a.csv"]}


def test_a_folder_of_locations_belongs_to_each_of_their_servers(shop: Path) -> None:
    assert owners(shop, shop) == {"web": ["a.csv"], "till": ["a.csv"]}


def test_a_server_that_is_named_reads_every_path(shop: Path) -> None:
    assert owners(shop, shop / "till", server="web") == {"web": ["a.csv"]}


def test_a_path_of_no_server_is_refused_with_their_names(shop: Path) -> None:
    (shop / "other").mkdir()
    with pytest.raises(Misconfigured, match=r"other: the contract has the servers web, till; choose one with --server"):
        owners(shop, shop / "other")


def test_an_unknown_server_is_refused_with_the_names(shop: Path) -> None:
    with pytest.raises(Misconfigured, match="the contract has the servers web, till; choose one with --server"):
        owners(shop, shop / "web", server="tills")
