"""Commands of the operator: migrate, status, retain, doctor."""

from dataclasses import asdict
from typing import Annotated, Any, Final

import typer

from app.cli.database import opened_engine, unchecked_engine
from app.cli.doctor import examine
from app.cli.dry_run_tables import show_dry_run
from app.cli.options import AsOfOption, ContractOption, DataDir, Json, SourceOption, settings_with, stamp
from app.cli.output import print_json, print_message, print_table
from app.db.migrate import migrate as apply_migrations
from app.db.storage import LayerSize, TableSize, read_storage
from app.jobs.context import Context
from app.jobs.runs import running
from app.openlineage.outbox import LineageBacklog, read_backlog
from app.pipeline.not_read import describe_not_read
from app.pipeline.retention import delete_expired as delete_old
from app.pipeline.staleness import AgeLimit
from app.pipeline.status import PipelineState, read_status
from app.plurals import counted
from app.segments.held_model import HeldModel, decisions
from app.settings import Settings
from app.source.open import declared_sources

SIZES: Final = ["bytes of rows", "bytes of indexes", "bytes"]


def migrate(data_dir: DataDir = None) -> None:
    """Migrate the database to the schema of this version."""
    with unchecked_engine(settings_with(data_dir=data_dir)) as engine:
        print_message(f"The database is at schema {apply_migrations(engine)}.")


def status(
    contract: ContractOption = None,
    data_dir: DataDir = None,
    storage: Annotated[bool, typer.Option("--storage", help="Show the disk space of each layer and table.")] = False,
    json: Json = False,
) -> None:
    """Show pipeline status."""
    settings = settings_with(data_dir=data_dir, contract=contract)
    if storage:
        _show_storage(settings, json=json)
        return
    current = declared_sources(settings).contract
    with opened_engine(settings) as engine, engine.connect() as connection:
        age_limit = AgeLimit(settings.today, settings.stale_after_days)
        found = read_status(connection, current, age_limit, is_contract_set=settings.is_contract_set)
        lineage = read_backlog(connection)
    if json:
        print_json({**asdict(found), "openlineage": asdict(lineage) if lineage else None})
        return
    print_table("Regulars", ["", ""], _summary(found, lineage, settings))
    _show_money(found)
    if found.checks:
        failing = [
            (c.outcome, " ".join((c.check, c.item)).strip(), c.source, stamp(c.since), c.message) for c in found.checks
        ]
        print_table("Quality checks", ["outcome", "check", "source", "since", "found"], failing)
    if found.refused:
        refused = [(r["id"], f"{r['source']}/{r['key']}", r["state"], r["error"]) for r in found.refused]
        print_table("Rejected files", ["id", "file", "state", "error"], refused, ["id"])
    shown = ("job", "trigger", "state", "started_at", "finished_at", "error_kind", "error")
    rows = [[stamp(run[name]) if name.endswith("_at") else run[name] or "" for name in shown] for run in found.runs]
    print_table("Last runs", [name.removesuffix("_at") for name in shown], rows)


def _summary(found: PipelineState, lineage: LineageBacklog | None, settings: Settings) -> list[tuple[str, Any]]:
    files = ", ".join(f"{count:,} {state}" for state, count in found.files.items()) or "none yet"
    succeeded = ", ".join(f"{job} {stamp(at)}" for job, at in found.last_success.items())
    ahead = ", ".join(f"{job} {stamp(at)}: recorded by a wrong clock" for job, at in found.slots_ahead.items())
    settling = f"{counted(found.settling, 'file')} changed recently, left to the next ingest"
    failures = ", ".join(f"{count:,} {kind}" for kind, count in found.failures.items())
    return [
        ("sales through", found.data_through or "no sales yet"),
        ("stale", "; ".join(found.stale) or "no"),
        *(
            ("and" if number else "because" if found.stale else "soon, because", cause)
            for number, cause in enumerate(found.stale_causes)
        ),
        ("warning", found.warning or "none"),
        ("quality gate", f"closed: {found.gate_reason}" if found.gate_reason and found.current_run_id else "open"),
        ("leader", f"{found.leader}, lease ends in {found.lease_ends_in} s" if found.leader else "no worker runs"),
        ("queue", f"{counted(found.backlog, 'file')}, {counted(found.queued, 'run')}"),
        *([("settling", settling)] if found.settling else []),
        *([("not listed", found.not_listed)] if found.not_listed else []),
        *([("not read", describe_not_read(found.not_read))] if found.not_read else []),
        ("last success", succeeded or "none yet"),
        *([("slots ahead", ahead)] if ahead else []),
        ("failed runs, 7 days", failures or "none"),
        *([("OpenLineage", _describe_lineage(lineage))] if lineage else []),
        ("files", files),
        ("contracts", _contracts(found, settings)),
        ("current run", found.current_run_id or "none yet; next: regulars train"),
        ("as of", found.as_of or "-"),
        ("published", stamp(found.published_at)),
        ("policy", settings.model_policy),
        *([("held model", _describe_held(found.held))] if found.held else []),
    ]


def _describe_held(held: HeldModel) -> str:
    return f"held since {held.since}: {' '.join(held.reasons)} Decide: {decisions(held.run_id)}"


def _show_storage(settings: Settings, *, json: bool) -> None:
    with opened_engine(settings) as engine, engine.connect() as connection:
        found = read_storage(connection)
    if json:
        print_json(asdict(found))
        return
    layers = [(each.layer, *_sizes(each)) for each in found.layers]
    print_table(
        "Storage by layer", ["layer", *SIZES], [*layers, ("database", "", "", f"{found.database_bytes:,}")], SIZES
    )
    tables = [
        (f"{each.layer}.{each.table}", f"{each.rows:,}", f"{each.dead_rows:,}", *_sizes(each)) for each in found.tables
    ]
    columns = ["rows, about", "dead rows, about", *SIZES]
    print_table("Storage by table", ["table", *columns], tables, columns)


def _sizes(size: TableSize | LayerSize) -> tuple[str, str, str]:
    return f"{size.table_bytes:,}", f"{size.index_bytes:,}", f"{size.total_bytes:,}"


def _describe_lineage(lineage: LineageBacklog) -> str:
    waiting = f"{counted(lineage.waiting, 'event')} waiting"
    since = f" since {stamp(lineage.oldest)}" if lineage.oldest else ""
    refused = f", {lineage.refused:,} refused (pipeline.openlineage_event.error)" if lineage.refused else ""
    return f"{waiting}{since}{refused}" + (f"; last attempt: {lineage.error}" if lineage.error else "")


def _show_money(state: PipelineState) -> None:
    rows = [(outcome, f"{of.rows:,}", f"{of.money:,}") for outcome, of in state.money.items()]
    if rows:
        print_table("Money of all files", ["outcome", "rows", "money"], rows, ["rows", "money"])
    warned = [
        *((w.rule or w.kind, w.message, w.example) for w in state.file_warnings),
        *((w["kind"], w["message"], ", ".join(w["examples"])) for w in state.data_warnings),
    ]
    if warned:
        print_table("Warnings", ["warning", "found", "such as"], warned)


def _contracts(state: PipelineState, settings: Settings) -> str:
    current = declared_sources(settings).contract
    counted_files = [
        f"{each.files:,} by {each.name} {each.version} ({each.contract_sha256[:8]}{', current' * each.is_current})"
        if each.contract_sha256
        else f"{each.files:,} by several contracts, or by none"
        for each in state.contracts
    ]
    if all(each.is_current for each in state.contracts):
        return "; ".join(counted_files) or "none used yet"
    if not any(each.is_current for each in state.contracts):
        counted_files.insert(0, f"none by {current.name} {current.version} ({current.sha256[:8]}, current)")
    is_named = any(each.contract_sha256 and not each.is_current for each in state.contracts)
    is_default = is_named and not settings.is_contract_set
    remedy = "see the warning" if is_default else "run `regulars contract apply`"
    return f"{'; '.join(counted_files)}; for files by others, {remedy}"


def retain(data_dir: DataDir = None, json: Json = False) -> None:
    """Delete data past its retention period (REGULARS_…_RETENTION_DAYS)."""
    settings = settings_with(data_dir=data_dir)
    with opened_engine(settings) as engine, running(engine, "retain") as run:
        deleted = delete_old(Context(engine, settings), run)
    if json:
        print_json(deleted)
    else:
        print_table("Deleted", ["", "rows"], [(name, f"{rows:,}") for name, rows in deleted.items()], ["rows"])


def doctor(
    source: SourceOption = None,
    contract: ContractOption = None,
    data_dir: DataDir = None,
    as_of: AsOfOption = None,
    json: Json = False,
) -> None:
    """Check settings, database, source, newest files and API, and show the remedy of each error."""
    findings = examine(settings_with(source=source, data_dir=data_dir, contract=contract, as_of=as_of))
    if json:
        print_json([asdict(finding) for finding in findings])
    else:
        print_table("Doctor", ["", "Check", "Found"], [(f.verdict, f.check, f.found) for f in findings])
        for finding in findings:
            if finding.sample is not None and finding.sample.verdict != "good":
                show_dry_run(finding.sample)
    wrong = [finding for finding in findings if finding.verdict == "wrong"]
    if wrong:
        print_message(f"{len(wrong)} of {len(findings)} checks failed.")
        raise typer.Exit(2)
