"""Commands about keys of the API: keys create, list, rotate, revoke."""

import re
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import typer

from app.access import api_keys as access
from app.access.scopes import SCOPES, read_scopes
from app.cli.database import opened_engine
from app.cli.options import DataDir, Json, settings_with, stamp
from app.cli.output import as_json, say, table

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
DAY = timedelta(days=1)
LONGEST = timedelta(days=36_500)
ExportRequest = Annotated[str, typer.Argument(metavar="KEY", help="Its id or name (see: regulars keys list).")]


def parse_span(value: str | timedelta) -> timedelta:
    """A length of time: 0, or a number with m, h, d or w behind it."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(?P<number>[0-9]{1,6})(?P<unit>[mhdw])|0", value)
    span = timedelta(**{UNITS[found["unit"]]: int(found["number"])}) if found and found["unit"] else timedelta(0)
    if found is None or span > LONGEST:
        raise typer.BadParameter(f"{value!r} is no length of time; write 30m, 24h, 7d, 4w, or 0")
    return span


def parse_end(value: str | datetime) -> datetime:
    """When something ends: at the end of a date (UTC), or after a length of time from now."""
    if isinstance(value, datetime):
        return value
    try:
        day = date.fromisoformat(value)
    except ValueError:
        if span := parse_span(value):
            return datetime.now(UTC) + span
        raise typer.BadParameter("a key that has ended opens nothing") from None
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    if end <= datetime.now(UTC):
        raise typer.BadParameter(f"{value} is over")
    return end


keys = typer.Typer(no_args_is_help=True, help="Create, list, rotate and revoke the keys of those who call the API.")


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="Who it is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help=f"What it opens, again for each: {', '.join(SCOPES)}.", metavar="SCOPE"),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=0, max=10**9, help="Requests a minute; 0: no limit. [REGULARS_RATE_LIMIT of the API]"),
    ] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(
            parser=parse_end, metavar="WHEN", help="After the date YYYY-MM-DD (UTC), or 30m, 24h, 90d. [never]"
        ),
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Create a key and show it, this once; the key alone goes to standard output."""
    scopes = read_scopes(scope or [])
    with opened_engine(settings_with(data_dir=data_dir)) as engine:
        new = access.create(engine, name, scopes, limit, expires)
    _show(new, json=json)
    until = f" until {stamp(expires)}" if expires else ""
    say(f"Key {new.key_id} ({name}) may {', '.join(scopes)}{until}. Keep it now: it is not shown again.")


@keys.command("list")
def list_keys(data_dir: DataDir = None, json: Json = False) -> None:
    """Show every key but for its secret, and when it was last used (to the minute)."""
    with opened_engine(settings_with(data_dir=data_dir)) as engine:
        rows = access.read_all(engine)
    if json:
        as_json(rows)
        return
    columns = ["id", "name", "state", "scopes", "a minute", "created", "ends", "last used"]
    table("Keys", columns, [_row(row) for row in rows], ["a minute"])
    if not rows:
        say("No key was ever created. Next: regulars keys create NAME --scope customers:read")


@keys.command()
def rotate(
    wanted: ExportRequest,
    grace: Annotated[
        timedelta,
        typer.Option(
            parser=parse_span,
            metavar="TIME",
            show_default="24h",
            help="How long the old secret holds: 30m, 24h, 7d, 0.",
        ),
    ] = DAY,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Give a key a new secret and show it, this once; the old one holds for a while."""
    with opened_engine(settings_with(data_dir=data_dir)) as engine:
        new = access.rotate(engine, wanted, grace)
    _show(new, json=json)
    say(f"Key {new.key_id} ({new.name}) has a new secret; the old one holds until {stamp(datetime.now(UTC) + grace)}.")


@keys.command()
def revoke(wanted: ExportRequest, data_dir: DataDir = None, json: Json = False) -> None:
    """End a key at once and for good, in every process of the API."""
    with opened_engine(settings_with(data_dir=data_dir)) as engine:
        key_id = access.revoke(engine, wanted)
    if json:
        as_json({"key_id": key_id, "state": "revoked"})
    say(f"Key {key_id} opens nothing any more.")


def _show(new: access.NewKey, *, json: bool) -> None:
    if json:
        as_json(asdict(new))
    else:
        sys.stdout.write(f"{new.key}\n")


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    limit = {None: "default", 0: "no limit"}.get(row["requests_a_minute"], str(row["requests_a_minute"]))
    ends = row["revoked_at"] or row["expires_at"]
    scopes = "\n".join(row["scopes"])
    return (
        row["key_id"],
        row["name"],
        row["state"],
        scopes,
        limit,
        *map(stamp, (row["created_at"], ends, row["last_used_at"])),
    )
