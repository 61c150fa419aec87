"""TypeScript clients that openapi-typescript and hey-api generate from the document type-check under `strict`."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import pytest

from app.main import create_app
from app.settings import Settings

PACKAGES: Final = ("openapi-typescript@7.13.0", "@hey-api/openapi-ts@0.95.0", "typescript@5.9.3")
VERSIONS: Final = "-".join(each.rpartition("@")[2] for each in PACKAGES)
CACHE: Final = Path(tempfile.gettempdir()) / f"regulars-npm-{os.getuid()}-{VERSIONS}"
"""One for each user: another one's may be unreadable."""
USAGES: Final = Path(__file__).parent / "typescript"
OPTIONS: Final = {
    "strict": True,
    "noEmit": True,
    "target": "es2022",
    "module": "esnext",
    "moduleResolution": "bundler",
    "lib": ["es2022", "dom", "dom.iterable"],
    "types": [],
}


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the generators' commands, installed once on this machine."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    if not CACHE.exists():
        folder = tmp_path_factory.mktemp("npm")
        done = run("npm", "install", "--no-audit", "--no-fund", "--prefix", ".", *PACKAGES, folder=folder)
        if done.returncode:
            pytest.skip(f"npm cannot install the generators: {done.stderr.strip().splitlines()[-1:]}")
        try:
            folder.rename(CACHE)
        except OSError:  # on another file system, or another process was faster
            return folder / "node_modules" / ".bin"
    return CACHE / "node_modules" / ".bin"


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(create_app(Settings()).openapi()), encoding="utf-8")
    return path


def check(tools: Path, folder: Path, usage: str) -> str:
    """The complaints of the compiler about the generated files and their usage."""
    shutil.copy(USAGES / usage, folder)
    options = {"compilerOptions": OPTIONS, "include": ["**/*.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(options), encoding="utf-8")
    return run(str(tools / "tsc"), "-p", ".", folder=folder).stdout


def test_types_of_openapi_typescript(tools: Path, document: Path, tmp_path: Path) -> None:
    done = run(str(tools / "openapi-typescript"), document.name, "-o", "schema.d.ts", folder=tmp_path)
    assert (done.returncode, check(tools, tmp_path, "usage.ts")) == (0, ""), done.stderr


def test_client_of_hey_api(tools: Path, document: Path, tmp_path: Path) -> None:
    done = run(str(tools / "openapi-ts"), "-i", document.name, "-o", "client", folder=tmp_path)
    assert (done.returncode, check(tools, tmp_path, "usage_client.ts")) == (0, ""), done.stdout + done.stderr
