"""Settings of the database and the data directory."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings

from app.settings.locations import DatabaseUrl
from app.settings.readers import BY_ALL


class DatabaseSettings(BaseSettings):
    """Database of every process."""

    data_dir: Path = Field(
        Path("regulars-data"),
        description=(
            "Data directory of the embedded database. `regulars up` without a source runs the demonstration, by "
            "default in `regulars-demo`. Other commands without a source use the one of these two directories that "
            "has a database, and exit if both have one."
        ),
        json_schema_extra=BY_ALL,
    )
    database_url: DatabaseUrl | None = Field(
        None,
        description=(
            "PostgreSQL 16 or newer, `postgresql://user@host/database`; the embedded one when unset. libpq's own "
            "variables, such as `PGPASSWORD` and `PGSSLMODE`, are used too."
        ),
        json_schema_extra=BY_ALL,
    )
