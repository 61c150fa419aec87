"""Targets of exports in tests, and the objects in them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.s3 import S3Server


class Place(Protocol):
    """Target of exports, seen from outside."""

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that name it."""
        ...

    def seen(self) -> dict[str, bytes]:
        """Return the visible objects by key."""
        ...

    def begun(self) -> list[str]:
        """Return the keys of unfinished objects."""
        ...


@dataclass
class Folder:
    """Folder as a target."""

    root: Path

    @property
    def settings(self) -> dict[str, Any]:
        return {"export_target": str(self.root)}

    def seen(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self._files() if path.name[0] != "."}

    def begun(self) -> list[str]:
        return [path.name for path in self._files() if path.name.startswith(".")]

    def _files(self) -> list[Path]:
        return [path for path in self.root.rglob("*") if path.is_file()]


@dataclass
class Bucket:
    """Prefix of a bucket as a target."""

    s3: S3Server
    name: str

    @property
    def settings(self) -> dict[str, Any]:
        target, endpoint = f"s3://{self.name}/crm", self.s3.endpoint
        return {"export_target": target, "s3_endpoint_url": endpoint, "s3_region": "us-east-1"}

    def seen(self) -> dict[str, bytes]:
        listed = self.s3.client.list_objects_v2(Bucket=self.name, Prefix="crm/").get("Contents", [])
        bodies = {each["Key"]: self.s3.client.get_object(Bucket=self.name, Key=each["Key"])["Body"] for each in listed}
        return {key.removeprefix("crm/"): body.read() for key, body in bodies.items()}

    def begun(self) -> list[str]:
        uploads = self.s3.client.list_multipart_uploads(Bucket=self.name).get("Uploads", [])
        return [upload["Key"] for upload in uploads]
