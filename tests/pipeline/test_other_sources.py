"""A second source for a database that has files of another one."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import Misconfigured
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.ingest import IngestPolicy, ingest
from app.pipeline.move_source import move_source
from app.source.open import open_sources
from tests.conftest import HEADER
from tests.contracts import written
from tests.loading import everything, gold, load, sale
from tests.pipeline.test_moved_source import renamed, run

Put = Callable[..., Path]
ADDING = IngestPolicy(adds_source=True)
KEY = "2026-02-01/2026-02-01_transactions.csv"


@pytest.fixture
def loaded(context: Context, put: Put) -> Context:
    put(sale())
    load(context)
    return context


@pytest.fixture
def other(loaded: Context, tmp_path: Path) -> Context:
    """The folder of another shop, with a file of the same name."""
    path = tmp_path / "other" / KEY
    path.parent.mkdir(parents=True)
    path.write_text(f"{HEADER}\n{sale('599999', customer='another shop')}\n")
    return at(loaded, tmp_path / "other")


def at(context: Context, folder: Path) -> Context:
    return replace(context, settings=context.settings.model_copy(update={"source": str(folder)}))


def test_a_new_source_is_refused(loaded: Context, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"files of another source \(1 of .*/sales/\) .* --add-source"):
        load(at(loaded, tmp_path))


def test_nothing_changes_by_a_refused_source(other: Context) -> None:
    before = everything(other.engine)
    with pytest.raises(Misconfigured, match="another source"):
        load(other)
    assert everything(other.engine) == before


def test_a_new_source_can_be_added_explicitly(other: Context) -> None:
    added = renamed(other, "shop")
    load(added, policy=ADDING)
    assert [row[0] for row in gold(added.engine)] == ["17850", "another shop"]


def test_an_added_source_is_accepted_from_then_on(loaded: Context, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    added = renamed(at(loaded, tmp_path / "empty"), "shop")
    load(added, policy=ADDING)
    assert load(added).files == 0


def test_a_source_is_not_added_under_the_name_of_another(other: Context) -> None:
    with pytest.raises(Misconfigured, match="with a REGULARS_SOURCE_NAME other than sales"):
        load(other, policy=ADDING)


def test_the_first_source_is_accepted_after_another_was_added(other: Context, folder: Path) -> None:
    load(renamed(other, "shop"), policy=ADDING)
    assert load(at(other, folder)).files == 0


def test_any_source_is_accepted_by_an_empty_database(context: Context, tmp_path: Path) -> None:
    assert load(at(context, tmp_path / "sales")).files == 0


def test_a_source_that_had_no_file_is_refused_once_another_was_loaded(
    context: Context, put: Put, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    empty = renamed(at(context, tmp_path / "empty"), "shop")
    load(empty)
    put(sale())
    load(context)
    with pytest.raises(Misconfigured, match="another source"):
        load(empty)


def test_a_moved_source_is_accepted(loaded: Context, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "moved")
    assert load(at(loaded, tmp_path / "moved")).loaded == 0


def copied(context: Context, folder: Path, corrected: int) -> Context:
    """Three loaded files, copied to another folder, where some of them have other content."""
    for number in range(3):
        path = folder / f"2026-02-01/{number}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{HEADER}\n{sale(f'50000{number}')}\n")
    load(context)
    shutil.copytree(folder, folder.with_name("copied"))
    for number in range(corrected):
        path = folder.with_name("copied") / f"2026-02-01/{number}.csv"
        path.write_text(f"{HEADER}\n{sale(f'51000{number}', 'of another name')}\n")
    return at(context, folder.with_name("copied"))


def test_a_source_is_moved_with_a_correction(context: Context, folder: Path) -> None:
    assert load(copied(context, folder, corrected=1)).loaded == 1


def test_a_source_of_which_most_files_have_other_content_is_refused(context: Context, folder: Path) -> None:
    with pytest.raises(
        Misconfigured, match="; 2 of these files would be replaced by files of the same name with other"
    ):
        load(copied(context, folder, corrected=2))


def test_an_empty_file_of_the_same_name_is_no_moved_source(context: Context, put: Put, tmp_path: Path) -> None:
    path = put()
    load(context)
    shutil.copytree(path.parent, tmp_path / "other" / path.parent.name)
    with pytest.raises(Misconfigured, match="another source"):
        load(at(context, tmp_path / "other"))


def test_the_new_name_of_a_moved_source_is_accepted_and_loads_nothing_again(loaded: Context) -> None:
    move_source(loaded, run(), "sales", "shop")
    assert load(renamed(loaded, "shop")).files == 0


@pytest.mark.parametrize("policy", [IngestPolicy(), ADDING])
def test_files_are_not_recorded_a_second_time_under_another_name(loaded: Context, policy: IngestPolicy) -> None:
    with pytest.raises(Misconfigured, match="`regulars source move sales shop`, or set REGULARS_SOURCE_NAME to sales"):
        load(renamed(loaded, "shop"), policy=policy)


@pytest.mark.parametrize("is_corrected", [True, False])
def test_files_are_refused_under_their_former_name(loaded: Context, put: Put, is_corrected: bool) -> None:
    if is_corrected:
        put(sale("599999"))
        load(loaded)
    move_source(loaded, run(), "sales", "shop")
    with pytest.raises(Misconfigured, match="`regulars source move shop sales`"):
        load(loaded)


def test_a_source_whose_files_were_given_to_another_name_and_place_is_refused(other: Context, folder: Path) -> None:
    load(renamed(other, "shop"), policy=ADDING)
    move_source(other, run(), "sales", "shop")
    with pytest.raises(Misconfigured, match="another source"):
        load(at(other, folder))


def test_the_name_of_a_server_with_a_location_is_changed_in_the_contract(context: Context, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "2026-02-01.csv").write_text(f"{HEADER}\n{sale()}\n")
    for name in ("a", "c"):
        server = {"server": name, "type": "local", "location": str(tmp_path / "shop")}
        given = {"source": None, "contract": written(tmp_path, server=server, dateRange="none")}
        located = replace(context, settings=context.settings.model_copy(update=given))
        sources = open_sources(located.settings)
        if name == "a":
            with running(located.engine, "ingest") as ingesting:
                ingest(located, sources, ingesting)
            continue
        remedy = "run `regulars source move a c`, or rename the server c of the contract to a"
        with pytest.raises(Misconfigured, match=remedy), running(located.engine, "ingest") as ingesting:
            ingest(located, sources, ingesting)
