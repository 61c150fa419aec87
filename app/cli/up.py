"""`regulars up`: the whole service on this machine, by one command."""

from app.cli.data_dir_lock import exclusive
from app.cli.options import AddSource, AsOf, DataDir, Host, Port, Source, settings_with
from app.cli.output import say
from app.cli.ports import check_port
from app.source.open import open_source


def up(
    source: Source = None,
    as_of: AsOf = None,
    data_dir: DataDir = None,
    host: Host = None,
    port: Port = None,
    add_source: AddSource = False,
) -> None:
    """Start everything on this machine until Ctrl-C: database, sales, segments, API and worker.

    Without a source it generates sales for a demonstration. Started again on the same data directory it continues.
    """
    settings = settings_with(source=source, as_of=as_of, data_dir=data_dir, host=host, port=port, is_up=True)
    if settings.source is not None:
        next(iter(open_source(settings).list()), None)  # raises the source's error before anything is started
    with exclusive(settings):
        check_port(settings)
        if settings.database_url is None:
            say(f"Starting PostgreSQL in {settings.data_dir} …")
        # Imported late: scikit-learn takes seconds, and errors and progress are to be printed before.
        from app.cli.start import start  # noqa: PLC0415

        start(settings, add_source=add_source)
