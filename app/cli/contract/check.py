"""Command `regulars contract check`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from app.cli.dry_run_tables import show_dry_run, summary
from app.cli.options import AsOfOption, Json
from app.cli.output import print_json, print_message, progress_bar
from app.contract.model import SourceContract
from app.errors import Misconfigured
from app.jobs.context import Context
from app.pipeline.dry_run.database import temporary_database
from app.pipeline.dry_run.dry_run import dry_run
from app.pipeline.dry_run.source import sources_of
from app.settings import Settings, read_settings
from app.source.open import declared_sources, open_sources
from app.source.protocol import Source

EXIT_CODES: Final = {"good": 0, "warnings": 1, "rejected": 2}
Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[PATH]…", help="Folders or files of sales; by default the sources of the contract."),
]
ContractOption = Annotated[
    str | None, typer.Option(metavar="NAME|PATH", help="Built-in contract, or a file. [REGULARS_CONTRACT]")
]


def check(
    paths: Paths = None,
    contract: ContractOption = None,
    server: Annotated[
        str | None,
        typer.Option(help="Server of the contract that reads the files; by default the one with their location."),
    ] = None,
    as_of: AsOfOption = None,
    json: Json = False,
) -> None:
    """Load files by a data contract into a temporary database and show the outcome.

    The exit code is 0 if all rows would be loaded without a warning, 1 if there are quarantined rows or warnings, 2 if
    a file would be rejected.
    """
    settings = read_settings(contract=contract, as_of=as_of, data_dir=None)
    sources = sources_of(paths, declared_sources(settings), server) if paths else _sources(settings, server)
    with progress_bar("Checking", "files") as bar, temporary_database() as engine:
        found = dry_run(
            Context(engine, settings),
            sources,
            lambda done, total: bar.show(done.files, total, f"{done.rows_read:,} rows"),
        )
    if json:
        print_json({**asdict(found), "verdict": found.verdict})
    else:
        show_dry_run(found, settings.least_customers)
    print_message(summary(found))
    raise typer.Exit(EXIT_CODES[found.verdict])


def _sources(settings: Settings, server: str | None) -> list[tuple[Source, SourceContract]]:
    """Return the sources of the contract, or the one of a server; raises InvalidContract, or Misconfigured."""
    sources = open_sources(settings)
    chosen = [
        (source, source_contract)
        for source, source_contract in sources
        if server in {None, source_contract.server.name}
    ]
    if not chosen:
        names = ", ".join(source_contract.server.name for _, source_contract in sources)
        raise Misconfigured(f"the contract has the servers {names}; choose one with --server, or omit the option")
    return chosen
