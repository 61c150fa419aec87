"""Disk space of tables, and their storage parameters."""

from sqlalchemy import Connection, text

from app.db.metadata import SCHEMAS, import_tables, metadata
from app.db.storage import read_storage

OPTIONS = text("""
    select n.nspname || '.' || c.relname, c.reloptions
    from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
    where c.reloptions is not null and n.nspname = any(:schemas)
""")
SPREAD = "autovacuum_vacuum_scale_factor=0.02"


def options(connection: Connection) -> dict[str, list[str]]:
    return {name: found for name, found in connection.execute(OPTIONS, {"schemas": list(SCHEMAS)})}  # noqa: C416


def test_every_table_has_its_size(connection: Connection) -> None:
    import_tables()
    found = {f"{each.layer}.{each.table}" for each in read_storage(connection).tables}
    assert found == {str(table) for table in metadata.sorted_tables}


def test_layers_add_up_to_their_tables(connection: Connection) -> None:
    found = read_storage(connection)
    assert sum(each.total_bytes for each in found.layers) == sum(each.total_bytes for each in found.tables)
    assert all(each.table_bytes + each.index_bytes == each.total_bytes for each in found.layers)
    assert found.database_bytes > found.layers[0].total_bytes


def test_the_largest_tables_come_first(connection: Connection) -> None:
    sizes = [each.total_bytes for each in read_storage(connection).tables]
    assert sizes == sorted(sizes, reverse=True)


def test_tables_that_change_every_night_are_vacuumed_before_the_next(connection: Connection) -> None:
    vacuumed = {name for name, found in options(connection).items() if SPREAD in found}
    assert {"segments.customer_segment", "segments.customer_segment_history", "gold.customer_invoice"} <= vacuumed


def test_rows_that_are_updated_in_place_have_room_in_their_page(connection: Connection) -> None:
    roomy = {name for name, found in options(connection).items() if "fillfactor=70" in found}
    assert roomy == {"pipeline.job_run", "pipeline.lease", "access.rate_window"}
