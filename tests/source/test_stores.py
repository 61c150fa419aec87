"""A kind of store is accepted wherever its locations may stand, once it is registered."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.contract.model import SourceContract
from app.errors import Misconfigured
from app.jobs.context import Context
from app.settings import Settings, read_settings
from app.settings.stores import STORES, Store
from app.source.open import OPENERS, open_sources
from app.source.protocol import Source, location
from tests.conftest import HEADER
from tests.contracts import written
from tests.loading import load, query, sale
from tests.source.memory import MemorySource

URL = "memory://shop/daily"
ADDRESS = f"{URL}/2026-02-01.csv"


def open_in_memory(_settings: Settings, url: str, name: str, source_contract: SourceContract) -> Source:
    bucket, _, prefix = url.removeprefix("memory://").partition("/")
    objects = {"2026-02-01.csv": f"{HEADER}\n{sale()}\n".encode()}
    suffixes = source_contract.dialect.suffixes
    return MemorySource(objects, name, bucket=bucket, prefix=f"{prefix}/", suffixes=suffixes)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STORES, "memory", Store("memory", server_type="custom"))
    monkeypatch.setitem(OPENERS, "memory", open_in_memory)


def test_every_registered_store_can_be_opened() -> None:
    assert STORES.keys() == OPENERS.keys()


def test_files_of_a_registered_store_are_loaded(registered: None, context: Context) -> None:
    there = replace(context, settings=context.settings.model_copy(update={"source": URL}))
    assert load(there).loaded == 1
    assert query(context.engine, "select source_file from silver.retail_transactions") == [(ADDRESS,)]


def test_a_setting_accepts_a_registered_store(registered: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_SOURCE", URL)
    assert read_settings().source == URL


def test_a_server_of_a_contract_accepts_a_registered_store(registered: None, tmp_path: Path) -> None:
    server = {"server": "till", "type": "custom", "format": "csv", "location": URL}
    [(source, _)] = open_sources(Settings(contract=written(tmp_path, keys={"servers": [server]})))
    assert (source.name, location(source)) == ("till", f"{URL}/")


def test_a_server_of_another_type_is_refused_with_both_remedies(registered: None, tmp_path: Path) -> None:
    server = {"server": "till", "type": "s3", "format": "csv", "location": URL}
    contract = written(tmp_path, keys={"servers": [server]})
    with pytest.raises(Misconfigured, match=r"is not of the type s3; write s3://bucket/prefix, or type: custom"):
        open_sources(Settings(contract=contract))


def test_a_store_without_exports_is_no_target_of_exports(registered: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_EXPORT_TARGET", URL)
    with pytest.raises(Misconfigured, match=r"is neither s3://bucket/prefix nor a folder"):
        read_settings()


@pytest.mark.parametrize("text", ["gs://b/p", "memory:/b"])
def test_other_locations_are_refused_with_the_forms_of_all_stores(
    registered: None, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("REGULARS_SOURCE", text)
    with pytest.raises(Misconfigured, match=r"write s3://bucket/prefix or memory://bucket/prefix, or the path of a"):
        read_settings()
