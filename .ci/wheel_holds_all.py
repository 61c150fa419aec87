"""Refuses a wheel that lacks a file of the package or of the migrations. Usage: wheel_holds_all.py WHEEL."""

import sys
from pathlib import Path
from zipfile import ZipFile


def main() -> None:
    """Compare the checkout with the wheel, file by file: SQL, tables and pages are as needed as modules."""
    inside = set(ZipFile(sys.argv[1]).namelist())
    places = {"app": "app", "migrations": "app/migrations"}
    wanted = {
        f"{place}/{file.relative_to(folder).as_posix()}"
        for folder, place in places.items()
        for file in Path(folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    if missing := sorted(wanted - inside):
        sys.exit(f"the wheel lacks {', '.join(missing)}")
    for suffix in (".py", ".sql", ".toml"):
        if not any(name.endswith(suffix) for name in wanted):
            sys.exit(f"no {suffix} file was looked for: is this the project's folder?")
    sys.stdout.write(f"{len(wanted)} files of the package and the migrations are in the wheel\n")


main()
