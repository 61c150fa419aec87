"""Zip archives in memory and in folders."""

import io
import zipfile
from pathlib import Path

from app.jobs.context import Context
from tests.conftest import HEADER
from tests.pipeline.declaring import declaring

ZIPS = {"suffixes": [".csv", ".csv.gz", ".zip"]}
"""Server that reads archives too."""


def sales(*rows: str) -> bytes:
    """A file with these rows."""
    return "\n".join([HEADER, *rows, ""]).encode()


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The bytes of an archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as built:
        for name, text in members.items():
            built.writestr(zipfile.ZipInfo(name, (2026, 2, 1, 8, 0, 0)), text, compression)
    return content.getvalue()


def zip_into(folder: Path, members: dict[str, bytes], name: str = "sales.zip") -> Path:
    """Write an archive into a folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zipped(members))
    return path


def reading_zips(context: Context) -> Context:
    """The context with a contract that reads archives."""
    return declaring(context, server=ZIPS)
