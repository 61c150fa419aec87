"""Options that several commands share, and what they make of the settings."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.settings import Settings, read_settings


def parse_day(value: str | date) -> date:
    """The date of an option, YYYY-MM-DD."""
    try:
        return value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"{value!r} is no date; write YYYY-MM-DD") from None


DataDir = Annotated[Path | None, typer.Option(help="Where the embedded database lives. [regulars-data]")]
Source = Annotated[str | None, typer.Option(help="s3://bucket/prefix, or a folder of daily files.")]
AsOf = Annotated[
    date | None, typer.Option(parser=parse_day, metavar="DATE", help="The day that counts as today. [UTC today]")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Host = Annotated[str | None, typer.Option(help="Address to bind. [127.0.0.1]")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Port to bind. [8000]")]


def settings_with(
    *,
    data_dir: Path | None = None,
    source: str | None = None,
    as_of: date | None = None,
    host: str | None = None,
    port: int | None = None,
) -> Settings:
    """The environment's settings under the options that were given; raises Misconfigured."""
    return read_settings(data_dir=data_dir, source=source, as_of=as_of, host=host, port=port)


def stamp(moment: datetime | None) -> str:
    """A UTC time to the second, or a dash."""
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}Z"
