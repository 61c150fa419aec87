"""Command `regulars contract apply`."""

from dataclasses import asdict
from typing import Annotated

import typer

from app.cli.database import opened_engine
from app.cli.options import AsOfOption, ContractOption, DataDir, Json, SourceOption, settings_with
from app.cli.output import print_json, print_message, print_table, progress_bar
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.apply_contract import ApplyCounts, apply_contract
from app.pipeline.preview_contract import Preview, preview_contract
from app.plurals import agreeing, counted
from app.source.open import open_sources

SAMPLE_FILES = 100


def apply(
    contract: ContractOption = None,
    source: SourceOption = None,
    data_dir: DataDir = None,
    as_of: AsOfOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    sample: Annotated[
        int, typer.Option(min=0, help="Files that --dry-run validates, the newest first; 0 for all.")
    ] = SAMPLE_FILES,
    json: Json = False,
) -> None:
    """Validate loaded files again by the current contract; exit code 1 if some of them are not changed."""
    settings = settings_with(source=source, data_dir=data_dir, as_of=as_of, contract=contract)
    sources = open_sources(settings)  # an invalid contract is refused before anything is started
    with (
        opened_engine(settings) as engine,
        running(engine, "apply_contract") as run,
        progress_bar("Validating", "files") as bar,
    ):
        context = Context(engine, settings)
        if dry_run:
            preview = preview_contract(context, sources, run, sample or None)
            applied = preview.applied
        else:
            preview = None
            applied = apply_contract(context, sources, run, lambda done, total: bar.show(done.files, total))
    if json:
        print_json(asdict(preview or applied))
    elif preview is not None:
        _show(preview)
    else:
        print_message(
            f"Validated {counted(applied.files, 'file')} again: {counted(applied.rows_loaded, 'row')} in silver + "
            f"{applied.rows_quarantined:,} quarantined + {applied.rows_skipped:,} skipped. {_kept(applied)}"
        )
    if applied.reasons:
        raise typer.Exit(1)


def _show(preview: Preview) -> None:
    changes = zip(asdict(preview.before).items(), asdict(preview.after).values(), strict=True)
    rows = [(name.replace("_", " "), f"{before:,}", f"{after:,}") for (name, before), after in changes]
    print_table("Preview", ["", "before", "after"], rows, ["before", "after"])
    print_message(
        f"{counted(preview.files, 'file')} validated by another contract; {preview.files_sampled:,} of them in "
        f"this preview, and nothing was changed. {_kept(preview.applied)}"
    )


def _kept(applied: ApplyCounts) -> str:
    reasons = "; ".join(f"{address}: {reason}" for address, reason in [*applied.reasons.items()][:3])
    files = agreeing(len(applied.reasons), "file", "was", "were")
    return f"{files} not changed: {reasons}" if reasons else ""
