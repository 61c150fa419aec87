"""Common options of commands."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from app.contract.declared import with_currency
from app.contract.open import DEFAULT_CONTRACT
from app.errors import Misconfigured
from app.settings import Settings, read_settings
from app.settings.source import DEMO_SOURCE_NAME


def parse_day(value: str | date) -> date:
    """Parse a date, YYYY-MM-DD."""
    try:
        return value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"{value!r} is not a date; write YYYY-MM-DD") from None


def parse_run(value: str | UUID) -> UUID:
    """Parse the id of a training run."""
    try:
        return value if isinstance(value, UUID) else UUID(value)
    except ValueError:
        raise typer.BadParameter(f"{value!r} is not the id of a training run; see: regulars models list") from None


OWN_DATA_DIR, DEMO_DATA_DIR = Path("regulars-data"), Path("regulars-demo")
DEMO_SALES = "demo-sales"

DataDir = Annotated[
    Path | None,
    typer.Option(
        help=f"Directory of the embedded database; by default {OWN_DATA_DIR}, or {DEMO_DATA_DIR} for the demonstration."
    ),
]
SourceOption = Annotated[str | None, typer.Option(help="s3://bucket/prefix, or a folder of daily files.")]
ContractOption = Annotated[
    str | None, typer.Option(help="Data contract: the name of a built-in one, or a file; by default online-retail.")
]
AsOfOption = Annotated[
    date | None, typer.Option(parser=parse_day, metavar="DATE", help="The day that counts as today. [UTC today]")
]
AddSource = Annotated[
    bool, typer.Option("--add-source", help="Load this source even if the database has files of another one.")
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
    contract: str | None = None,
    is_up: bool = False,
) -> Settings:
    """Return the environment's settings overridden by the given options.

    `is_up`: the command is `regulars up`, which runs the demonstration without a source. Raises Misconfigured if a
    setting is invalid, or if two data directories are possible.
    """
    settings = with_currency(
        read_settings(data_dir=data_dir, source=source, as_of=as_of, host=host, port=port, contract=contract)
    )
    if "data_dir" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"data_dir": default_data_dir(settings, is_up=is_up)})


def with_demo_source(settings: Settings) -> Settings:
    """Return the settings with the source of the demonstration: generated sales in the data directory, in pounds."""
    folder = settings.data_dir / DEMO_SALES
    source = {"source": str(folder), "source_name": DEMO_SOURCE_NAME}
    return with_currency(settings.model_copy(update={**source, "contract": DEFAULT_CONTRACT}))


def default_data_dir(settings: Settings, *, is_up: bool) -> Path:
    """Return the default data directory; the demonstration has a separate one.

    Commands other than `up` use the directory with a database. Raises Misconfigured if both have one.
    """
    if is_up and settings.source is None:
        return DEMO_DATA_DIR
    if settings.source is not None or settings.database_url is not None:
        return OWN_DATA_DIR
    found = [folder for folder in (OWN_DATA_DIR, DEMO_DATA_DIR) if (folder / "postgres").exists()]
    if len(found) > 1:
        raise Misconfigured(
            f"There are two databases here, in {OWN_DATA_DIR} and in {DEMO_DATA_DIR}: choose one with --data-dir."
        )
    return found[0] if found else OWN_DATA_DIR


def stamp(moment: datetime | None) -> str:
    """Format a UTC time to the second; None is a dash."""
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}Z"
