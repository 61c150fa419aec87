"""A real S3 server on loopback, from a wheel."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACCESS_KEY, SECRET_KEY, REGION = "regulars", "regulars-secret", "us-east-1"
OFF = ["-admin.ui=false", "-webdav=false", "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
WEED = Path(sys.executable).with_name("weed")  # beside the python that runs the tests, activated or not
PORTS = [f"{part}.port{grpc}" for part in ("master", "filer", "volume", "s3", "admin") for grpc in ("", ".grpc")]


@dataclass(frozen=True)
class S3Server:
    """Where it answers, and a client that may do everything."""

    endpoint: str
    client: "S3Client"

    def environment(self) -> dict[str, str]:
        """What a process needs to use this server."""
        return {
            "REGULARS_S3_ENDPOINT_URL": self.endpoint,
            "REGULARS_S3_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        }


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Start SeaweedFS on free ports, wait until it lists its buckets, stop it by its process."""
    process, server = _started(folder)
    try:
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _started(folder: Path, tries: int = 3) -> "tuple[subprocess.Popen[bytes], S3Server]":
    # A port that was free a moment ago may be taken by the time it is bound.
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    data = folder / str(tries)
    data.mkdir()
    arguments = [f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", *OFF]
    arguments += [f"-{name}={port}" for name, port in ports.items()]
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    with (data / "log").open("wb") as log:
        process = subprocess.Popen([WEED, "mini", *arguments], env=environment, cwd=data, stdout=log, stderr=log)
    endpoint = f"http://127.0.0.1:{ports['s3.port']}"
    try:
        return process, S3Server(endpoint, _answering(endpoint, process, data / "log"))
    except RuntimeError:
        process.terminate()
        process.wait(30)
        if tries == 1:
            raise
        return _started(folder, tries - 1)


def make_client(endpoint: str, secret: str = SECRET_KEY) -> "S3Client":
    """A client of the test's own, beside the one under test."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=secret,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, connect_timeout=2),
    )


def free_ports(number: int) -> list[int]:
    """Ports on loopback that nobody listens on just now."""
    sockets = [socket.socket() for _ in range(number)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _answering(endpoint: str, process: "subprocess.Popen[bytes]", log: Path) -> "S3Client":
    client, deadline = make_client(endpoint), time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.list_buckets()
        except (BotoCoreError, ClientError):
            time.sleep(0.1)  # the server has no other sign of being ready than an answer
        else:
            return client
    raise RuntimeError(f"the S3 server did not come up: {log.read_text()[-2000:]}")
