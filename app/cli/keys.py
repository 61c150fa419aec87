"""Commands for API keys: create, list, rotate, revoke."""

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
from app.cli.output import print_json, print_message, print_table

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
DAY = timedelta(days=1)
MAX_LIFETIME = timedelta(days=36_500)
KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="Id or name of the key (see: regulars keys list).")]


def parse_span(value: str | timedelta) -> timedelta:
    """Parse a duration: 0, or a number followed by m, h, d or w."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(?P<number>[0-9]{1,6})(?P<unit>[mhdw])|0", value)
    span = timedelta(**{UNITS[found["unit"]]: int(found["number"])}) if found and found["unit"] else timedelta(0)
    if found is None or span > MAX_LIFETIME:
        raise typer.BadParameter(f"{value!r} is not a duration; write 30m, 24h, 7d, 4w, or 0")
    return span


def parse_end(value: str | datetime) -> datetime:
    """Parse an expiry: the end of a date (UTC), or a duration from now."""
    if isinstance(value, datetime):
        return value
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return _after(value)
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    if end <= datetime.now(UTC):
        raise typer.BadParameter(f"{value} is in the past; give a later date")
    return end


def _after(value: str) -> datetime:
    try:
        span = parse_span(value)
    except typer.BadParameter:
        raise typer.BadParameter(f"{value!r} is not an expiry; write 30m, 24h, 90d, or a date YYYY-MM-DD") from None
    if not span:
        raise typer.BadParameter("a key cannot expire immediately; write 90d, or a date")
    return datetime.now(UTC) + span


keys = typer.Typer(no_args_is_help=True, help="Manage API keys.")


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="Name of the client.")],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help=f"Scope of the key; repeatable. One of {', '.join(SCOPES)}.", metavar="SCOPE"),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=0, max=10**9, help="Requests per minute; 0: no limit. [REGULARS_RATE_LIMIT of the API]"),
    ] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(
            parser=parse_end,
            metavar="WHEN",
            help="Expiry: the last day as YYYY-MM-DD (UTC), or 30m, 24h, 90d; by default never.",
        ),
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Create a key and print it once to standard output."""
    scopes = read_scopes(scope or [])
    with opened_engine(settings_with(data_dir=data_dir)) as engine:
        new = access.create(engine, name, scopes, limit, expires)
    _show(new, json=json)
    until = f" until {stamp(expires)}" if expires else ""
    print_message(f"Key {new.key_id} ({name}) has {', '.join(scopes)}{until}. Store it now: it is not shown again.")


@keys.command("list")
def list_keys(data_dir: DataDir = None, json: Json = False) -> None:
    """List keys without their secrets, with the minute of their last use."""
    with opened_engine(settings_with(data_dir=data_dir)) as engine:
        rows = access.read_all(engine)
    if json:
        print_json(rows)
        return
    columns = ["id", "name", "state", "scopes", "per minute", "created", "expires", "last used"]
    print_table("Keys", columns, [_row(row) for row in rows], ["per minute"])
    if not rows:
        print_message("There are no keys. Next: regulars keys create NAME --scope customers:read")


@keys.command()
def rotate(
    id_or_name: KeyArgument,
    grace: Annotated[
        timedelta,
        typer.Option(
            parser=parse_span,
            metavar="TIME",
            show_default="24h",
            help="Time for which the old secret is still accepted: 30m, 24h, 7d, 0.",
        ),
    ] = DAY,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Replace the secret of a key and print the new one once."""
    with opened_engine(settings_with(data_dir=data_dir)) as engine:
        new = access.rotate(engine, id_or_name, grace)
    _show(new, json=json)
    until = stamp(datetime.now(UTC) + grace)
    print_message(f"Key {new.key_id} ({new.name}) has a new secret; the old one is accepted until {until}.")


@keys.command()
def revoke(id_or_name: KeyArgument, data_dir: DataDir = None, json: Json = False) -> None:
    """Revoke a key immediately, in every API process."""
    with opened_engine(settings_with(data_dir=data_dir)) as engine:
        key_id = access.revoke(engine, id_or_name)
    if json:
        print_json({"key_id": key_id, "state": "revoked"})
    print_message(f"Key {key_id} revoked.")


def _show(new: access.NewKey, *, json: bool) -> None:
    if json:
        print_json(asdict(new))
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
