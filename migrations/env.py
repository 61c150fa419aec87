from alembic import context
from sqlalchemy import Connection, text

from app.db.engine import make_engine
from app.db.metadata import SCHEMAS, import_tables, metadata
from app.settings import read_settings

import_tables()


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_schemas=True,
        include_name=lambda name, kind, _: kind != "schema" or name in SCHEMAS,
        version_table="schema_version",
        compare_server_default=False,
    )
    with context.begin_transaction():
        # A migration that waits behind a long reader would make every later query wait behind itself.
        connection.execute(text("set local lock_timeout = '5s'"))
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = read_settings().database_url
    if url is None:
        raise SystemExit("set REGULARS_DATABASE_URL, or use: regulars migrate --data-dir DIR")
    with make_engine(url.get_secret_value()).connect() as connection:
        run(connection)
        connection.commit()
