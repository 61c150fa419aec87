"""Commands for custom segments: list, columns, preview, save, versions, remove."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final

import typer
from sqlalchemy import Connection, Engine

from app.cli.database import opened_engine
from app.cli.options import ContractOption, DataDir, Json, settings_with, stamp
from app.cli.output import print_json, print_message, print_table
from app.cli.segments_preview import print_preview
from app.contract.conditions import InvalidCondition
from app.contract.open import open_contract
from app.db.engine import translate_db_errors
from app.errors import InvalidSelection
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.evaluate_segments import evaluate_custom_segments
from app.plurals import counted
from app.segments.custom.columns import CustomerCondition, columns_for
from app.segments.custom.definitions import CustomSegment, newest_versions, versions_of
from app.segments.custom.listed import list_segments
from app.segments.custom.preview import preview_condition
from app.segments.custom.saving import (
    GivenSegment,
    create_segment,
    find_segment,
    remove_segment,
    replace_segment,
    unknown_segment_error,
)
from app.segments.model.customer import format_amount
from app.segments.model.segment_table.fields import ACTIONS, slug_of
from app.segments.model.segment_table.rows import TIERS, URGENCIES
from app.segments.model.segment_table.table import SegmentTable
from app.settings import Settings

COMMAND_LINE: Final = "command line"
"""Who saved a version, in the list of versions."""
PREVIEW_SECONDS: Final = 120.0
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name or slug of a custom segment.")]
ConditionArgument = Annotated[
    str, typer.Argument(metavar="CONDITION", help="Such as 'monetary > 1000 and recency < 60'; see: segments columns.")
]

segments = typer.Typer(no_args_is_help=True, help="Manage custom segments: conditions over customers.")


@segments.command("list")
def list_custom(data_dir: DataDir = None, json: Json = False) -> None:
    """List the custom segments with their customers."""
    settings = settings_with(data_dir=data_dir)
    with opened_engine(settings) as engine, translate_db_errors(), engine.connect() as connection:
        found = list_segments(connection)
    if json:
        print_json(found)
        return
    rows = [
        (
            row["slug"],
            row["name"],
            row["version"],
            "-" if row["customers"] is None else f"{row['customers']:,}",
            "-" if row["revenue"] is None else format_amount(row["revenue"]),
            _state(row["problem"], row["evaluated_at"]),
            row["condition"],
        )
        for row in found
    ]
    revenue = f"revenue {settings.currency}" if settings.currency else "revenue"
    columns = ["slug", "name", "version", "customers", revenue, "state", "condition"]
    print_table("Custom segments", columns, rows, ["version", "customers", revenue], ["slug"])


@segments.command()
def columns(contract: ContractOption = None, json: Json = False) -> None:
    """List the columns that conditions may use."""
    known = columns_for(open_contract(settings_with(contract=contract).contract), SegmentTable.load()).values()
    found = [
        {"name": each.name, "type": each.type, "description": each.description, "values": list(each.values) or None}
        for each in known
    ]
    if json:
        print_json(found)
        return
    rows = [(each.name, each.type, each.description, ", ".join(each.values)) for each in known]
    print_table("Columns of conditions", ["column", "type", "description", "values"], rows)


@segments.command()
def preview(
    condition: ConditionArgument,
    replaces: Annotated[
        str | None, typer.Option(metavar="NAME", help="Custom segment whose condition it would replace.")
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Show the customers who meet a condition, without saving it."""
    settings = settings_with(data_dir=data_dir)
    parsed = _parsed(settings, condition)
    with opened_engine(settings) as engine, translate_db_errors(), engine.connect() as connection:
        slug = None if replaces is None else _found(connection, replaces).slug
        found = preview_condition(connection, parsed, slug, PREVIEW_SECONDS)
    if found is None:
        raise InvalidSelection("no segmentation is published: load sales and train a model first (regulars train)")
    if json:
        print_json(asdict(found))
    else:
        print_preview(found, settings.currency)


@segments.command()
def save(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a new or existing custom segment.")],
    condition: ConditionArgument,
    *,
    tier: Annotated[str | None, typer.Option(help=f"One of {', '.join(TIERS)}.")] = None,
    goal: Annotated[str | None, typer.Option(help="Goal of the recommendation.")] = None,
    action: Annotated[list[str] | None, typer.Option(help="Action of the recommendation; repeat it, 2 to 4.")] = None,
    channel: Annotated[str | None, typer.Option(help="Channel of the recommendation.")] = None,
    urgency: Annotated[str | None, typer.Option(help=f"One of {', '.join(URGENCIES)}.")] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Save a custom segment, or a new version of it, and find its customers."""
    settings = settings_with(data_dir=data_dir)
    _check_choice("--tier", tier, TIERS)
    _check_choice("--urgency", urgency, URGENCIES)
    if action and len(action) not in ACTIONS:
        raise typer.BadParameter("repeat --action two to four times")
    given = {"goal": goal, "actions": tuple(action or ()) or None, "channel": channel, "urgency": urgency}
    recommendation = {field: value for field, value in given.items() if value is not None}
    new = GivenSegment(_parsed(settings, condition), name, tier, recommendation)
    with opened_engine(settings) as engine:
        with translate_db_errors(), engine.begin() as connection:
            existing = find_segment(connection, name)
            if existing is None:
                saved = create_segment(connection, new, COMMAND_LINE)
            else:
                saved = replace_segment(connection, existing.slug, new, COMMAND_LINE)
        print_message(f"Saved version {saved.version} of {saved.slug}; finding its customers …")
        _evaluate_and_report(engine, settings, saved, json=json)


@segments.command()
def versions(name: NameArgument, data_dir: DataDir = None, json: Json = False) -> None:
    """List the versions of a custom segment, newest first; also of one that was removed."""
    with opened_engine(settings_with(data_dir=data_dir)) as engine, translate_db_errors(), engine.connect() as reading:
        known = [each.slug for each in newest_versions(reading)]
        current = find_segment(reading, name)
        slug = current.slug if current else slug_of(name)
        found = versions_of(reading, slug)
    if not found:
        raise unknown_segment_error(name, known)
    if json:
        print_json([asdict(each) for each in found])
        return
    rows = [
        (
            each.version,
            each.name,
            stamp(each.created_at),
            each.created_by,
            _state(each.problem, each.evaluated_at),
            "removed" if each.condition is None else each.condition,
        )
        for each in found
    ]
    print_table(slug, ["version", "name", "saved", "by", "state", "condition"], rows, ["version"])


@segments.command()
def remove(name: NameArgument, data_dir: DataDir = None) -> None:
    """Remove a custom segment: all its customers leave it; its versions stay."""
    settings = settings_with(data_dir=data_dir)
    with opened_engine(settings) as engine:
        with translate_db_errors(), engine.begin() as connection:
            removed = remove_segment(connection, _found(connection, name).slug, COMMAND_LINE)
        _evaluate(engine, settings)
    print_message(f"Removed {removed.slug}.")


def _evaluate(engine: Engine, settings: Settings) -> None:
    with running(engine, "evaluate_segments") as run:
        evaluate_custom_segments(Context(engine, settings), run)


def _evaluate_and_report(engine: Engine, settings: Settings, saved: CustomSegment, *, json: bool) -> None:
    _evaluate(engine, settings)
    with translate_db_errors(), engine.connect() as connection:
        row = next(each for each in list_segments(connection) if each["slug"] == saved.slug)
    if json:
        print_json(row)
    elif row["customers"] is None:
        print_message("No segmentation is published yet: its customers are found by the first training.")
    else:
        print_message(f"{saved.name} has {counted(row['customers'], 'customer')}.")


def _parsed(settings: Settings, written: str) -> CustomerCondition:
    try:
        return CustomerCondition.parse(written, columns_for(open_contract(settings.contract), SegmentTable.load()))
    except InvalidCondition as error:
        raise InvalidSelection(f"the condition is not valid: {error}") from None


def _found(connection: Connection, name: str) -> CustomSegment:
    found = find_segment(connection, name)
    if found is None:
        raise unknown_segment_error(name, [each.slug for each in newest_versions(connection) if each.condition])
    return found


def _check_choice(option: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise typer.BadParameter(f"{option} {value!r} is not one of {', '.join(choices)}")


def _state(problem: Any, evaluated_at: datetime | None) -> str:
    if problem:
        return f"invalid, keeps its customers: {problem}"
    return "new" if evaluated_at is None else "evaluated"
