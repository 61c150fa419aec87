"""Columns of received files, and sheets of workbooks that are not read, in the ledger."""

from dataclasses import asdict

from sqlalchemy import Connection, update

from app.bronze.load import ReceivedFile
from app.pipeline.tables import source_file


def record_layout(connection: Connection, file: ReceivedFile) -> None:
    """Record the names of the header of a file, and the sheets that are not read."""
    sheets = [asdict(sheet) for sheet in file.other_sheets] or None
    found = {"columns": file.columns or None, "other_sheets": sheets}
    connection.execute(update(source_file).where(source_file.c.id == file.file_id).values(found))
