"""`regulars up`: run the whole service on this machine."""

from app.cli.data_dir_lock import lock_data_dir
from app.cli.database import has_no_database
from app.cli.options import AddSource, AsOfOption, ContractOption, DataDir, Host, Port, SourceOption, settings_with
from app.cli.output import print_message
from app.cli.ports import check_port
from app.source.open import has_source, open_sources, read_source_contract


def up(
    source: SourceOption = None,
    contract: ContractOption = None,
    as_of: AsOfOption = None,
    data_dir: DataDir = None,
    host: Host = None,
    port: Port = None,
    add_source: AddSource = False,
) -> None:
    """Start everything on this machine until Ctrl-C: database, sales, segments, API and worker.

    Without a source it generates demonstration sales. The next start on the same data directory continues with its
    data.
    """
    settings = settings_with(
        source=source, as_of=as_of, data_dir=data_dir, host=host, port=port, contract=contract, is_up=True
    )
    read_source_contract(settings)  # an invalid contract is refused before anything is started
    if has_source(settings):
        for opened, _ in open_sources(settings):
            next(iter(opened.list()), None)  # raises the source's error before anything is started
    if has_no_database(settings):
        # Imported late, because it takes seconds. A database that does not exist has no key.
        from app.api.middleware.auth import check_binding  # noqa: PLC0415

        check_binding(settings, has_keys=False)
    if not settings.data_dir.exists():
        check_port(settings)  # before the directory is created
    with lock_data_dir(settings):
        check_port(settings)
        if settings.database_url is None:
            print_message(f"Starting PostgreSQL in {settings.data_dir} …")
        # Imported late, because it loads scikit-learn; progress is printed before.
        from app.cli.start import start  # noqa: PLC0415

        start(settings, add_source=add_source)
