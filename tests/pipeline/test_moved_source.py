"""A source that moves: renamed folder, new mount point, folder to bucket. Sales are never counted twice."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from app.errors import InvalidSelection
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.ingest import IngestPolicy
from app.pipeline.move_source import MovedSource, move_source
from app.pipeline.quarantined_rows import read_rows
from app.silver.quarantine import count
from app.silver.selection import QuarantineFilter
from tests.conftest import HEADER
from tests.loading import BAD, FROM_SCRATCH, change, gold, load, query, sale, states, with_limit

Put = Callable[..., Path]
ACTIVE = "select source, key, state from pipeline.source_file where state in ('loaded', 'empty', 'source_missing')"
KEY = "2026-02-01/2026-02-01_transactions.csv"
DOCS = (Path(__file__).resolve().parents[2] / "docs" / "data-contract.md").read_text(encoding="utf-8")
(QUARANTINED,) = re.findall(r"^```sql\n(select q\.\*.*?);?\n```", DOCS, re.MULTILINE | re.DOTALL)


def from_folder(context: Context, folder: Path) -> Context:
    return replace(context, settings=context.settings.model_copy(update={"source": str(folder)}))


def write(folder: Path, *rows: str, key: str = KEY) -> None:
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEADER, *rows, ""]))


@pytest.fixture
def moved(context: Context, put: Put, folder: Path) -> Context:
    """Two loaded files whose folder was renamed."""
    put(sale("500001", "A"), sale("500002", "B"))
    put(sale("500003", "C"), day="2026-02-02")
    load(context)
    folder.rename(folder.with_name("elsewhere"))
    return from_folder(context, folder.with_name("elsewhere"))


def invoices(context: Context) -> list[str]:
    return [row[0] for row in query(context.engine, "select invoice_no from silver.retail_transactions order by 1")]


def test_a_correction_in_a_renamed_folder_counts_once(moved: Context) -> None:
    load(moved)
    write(Path(moved.settings.source or ""), sale("500001", "A"), sale("500009", "B"))
    load(moved)
    assert invoices(moved) == ["500001", "500003", "500009"]


def test_a_correction_in_a_copied_folder_counts_once(moved: Context, folder: Path) -> None:
    copied = from_folder(moved, shutil.copytree(Path(moved.settings.source or ""), folder))
    load(copied)
    write(folder, sale("500001", "A"), sale("500009", "B"))
    load(copied)
    assert invoices(copied) == ["500001", "500003", "500009"]


def test_files_of_a_renamed_folder_are_recognised(moved: Context) -> None:
    assert (load(moved).loaded, states(moved.engine)) == (0, ["loaded", "loaded"])


def test_a_correction_of_a_renamed_file_counts_once(context: Context, put: Put, folder: Path) -> None:
    path = put(sale("500001"))
    load(context)
    path.rename(path.with_name("renamed.csv"))
    load(context)
    put(sale("500002"), name="renamed.csv")
    load(context)
    assert invoices(context) == ["500002"]


# --- a source under another name


def renamed(context: Context, name: str) -> Context:
    return replace(context, settings=context.settings.model_copy(update={"source_name": name}))


def load_renamed(context: Context, name: str) -> Context:
    """Load the folder under another name as a second source; it was mounted at another path before."""
    change(context.engine, "update pipeline.source set location = '/former/'")
    load(renamed(context, name), policy=IngestPolicy(adds_source=True))
    return renamed(context, name)


def run() -> Run:
    return Run(uuid4(), "ingest")


def warning(context: Context) -> str | None:
    ((found,),) = query(context.engine, "select warning from pipeline.freshness")
    return found  # type: ignore[no-any-return]


def test_a_correction_under_another_name_counts_once(context: Context, put: Put) -> None:
    put(sale("500001"))
    load(context)
    shop = load_renamed(context, "shop")
    put(sale("500002"))
    load(shop)
    assert invoices(context) == ["500002"]


def test_files_of_a_source_that_is_not_configured_are_a_warning_with_the_remedy(context: Context, put: Put) -> None:
    put(sale("500001"))
    load(context)
    load_renamed(context, "shop")
    assert "1 file of source sales, which is not configured" in (warning(context) or "")
    assert "`regulars source move sales shop`" in (warning(context) or "")


def test_a_source_that_is_configured_again_clears_the_warning(context: Context, put: Put, folder: Path) -> None:
    put(sale("500001"))
    load(context)
    shop = renamed(from_folder(context, shutil.copytree(folder, folder.with_name("shop"))), "shop")
    load(shop, policy=IngestPolicy(adds_source=True))
    assert "source sales" in (warning(context) or "")
    load(context)
    assert warning(context) is None


@pytest.mark.parametrize("is_loaded", [True, False])
def test_moving_a_source_clears_the_warning(context: Context, put: Put, is_loaded: bool) -> None:
    put(sale("500001"))
    load(context)
    shop = load_renamed(context, "shop") if is_loaded else renamed(context, "shop")
    moved = move_source(shop, run(), "sales", "shop")
    assert (moved, load(shop).files) == (MovedSource(files=1, superseded=0), 0)
    assert query(shop.engine, f"{ACTIVE} order by 1") == [("shop", KEY, "loaded")]
    assert (warning(shop), invoices(shop)) == (None, ["500001"])


def test_a_file_that_was_corrected_under_the_new_name_counts_once(context: Context, put: Put) -> None:
    put(sale("500001", "A"))
    load(context)
    put(sale("500002", "B"))
    shop = load_renamed(context, "shop")
    assert move_source(shop, run(), "sales", "shop").superseded == 1
    assert (invoices(shop), gold(shop.engine)) == (["500002"], query(shop.engine, FROM_SCRATCH))


def test_an_unknown_source_cannot_be_moved(context: Context) -> None:
    with pytest.raises(InvalidSelection, match="Source 'shop' not found"):
        move_source(context, run(), "shop", "sales")


@pytest.mark.parametrize("has_both", [True, False])
def test_a_source_that_was_moved_cannot_be_moved_again(context: Context, put: Put, has_both: bool) -> None:
    put(sale())
    load(context)
    if has_both:
        load_renamed(context, "shop")
    move_source(context, run(), "sales", "shop")
    with pytest.raises(InvalidSelection, match="Source 'sales' not found; the database has files of shop"):
        move_source(context, run(), "sales", "other")


def test_a_source_is_not_moved_to_a_name_that_the_settings_refuse(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    with pytest.raises(InvalidSelection, match="'S h' cannot be the name of a source"):
        move_source(context, run(), "sales", "S h")


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_rejected_file_of_a_former_source_is_neither_a_warning_nor_closes_the_gate(
    context: Context, put: Put, folder: Path, share: float
) -> None:
    path = put(BAD, day="2026-02-09")
    load(with_limit(context, share))
    path.unlink()
    put(sale("500001"))
    load_renamed(context, "shop")
    columns = "select split_part(warning, ', which', 1), gate_reason from pipeline.freshness"
    assert query(context.engine, columns) == [("1 file of source sales" if share else None, None)]


@pytest.mark.parametrize("layer", ["bronze", "silver"])
def test_the_address_of_rows_follows_a_moved_source(moved: Context, layer: str) -> None:
    load(moved)
    found = query(moved.engine, f"select distinct source_file from {layer}.retail_transactions")  # noqa: S608
    assert [address.startswith(f"{moved.settings.source}/") for (address,) in found] == [True, True]


def test_the_address_of_quarantined_rows_follows_a_moved_source(context: Context, put: Put, folder: Path) -> None:
    put(sale(), BAD)
    load(with_limit(context, 1.0))
    folder.rename(folder.with_name("elsewhere"))
    load(from_folder(context, folder.with_name("elsewhere")))
    address = f"{folder.with_name('elsewhere')}/{KEY}"
    with context.engine.connect() as connection:
        [row], _ = read_rows(connection, QuarantineFilter(), 1)
        selected = [count(connection, 1, QuarantineFilter(source_file=one)) for one in (address, f"{folder}/{KEY}")]
    documented = query(context.engine, f"select source_file from ({QUARANTINED}) as rows")  # noqa: S608
    assert (row["source_file"], documented, selected) == (address, [(address,)], [1, 0])
