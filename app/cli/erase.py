"""`regulars erase`: erasure of customers, with certificates."""

from json import loads
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.database import opened_engine
from app.cli.options import DataDir, Json, settings_with
from app.cli.output import print_json, print_message, print_table
from app.erasure.erase import erase as erase_customer
from app.erasure.reapply import erase_again
from app.errors import InvalidSelection
from app.jobs.runs import CLI


def erase(
    customer: Annotated[str | None, typer.Argument(help="Id of the customer.")] = None,
    again: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="After a restore: erase the customers of these certificates of GET /v1/erasures.",
        ),
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Erase a customer and show the certificate; the sales are kept without the customer id."""
    if (customer is None) == (again is None):
        raise InvalidSelection("missing argument: give a customer id, or --again with a file of certificates")
    settings = settings_with(data_dir=data_dir)
    with opened_engine(settings) as engine:
        if again is not None:
            done = erase_again(engine, settings, _read(again))
        else:
            found = erase_customer(engine, settings, customer or "", CLI)
            if found is None:
                raise InvalidSelection(
                    f"customer {customer!r} not found, and no customer with this id was erased; check the id"
                )
            done = [found]
    if json:
        print_json(done if again else done[0])
        return
    for each in done:
        _show(each)
    print_message(f"{len(done):,} erased." if again else "Keep the certificate; --json prints it for a file.")


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        found = loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidSelection(f"{path} has no certificates: {error}; give a file of GET /v1/erasures") from None
    if isinstance(found, dict):
        found = found.get("data", [found])
    if not (isinstance(found, list) and all(isinstance(each, dict) for each in found)):
        raise InvalidSelection(f"{path} has no certificates; give a file of GET /v1/erasures")
    return found


def _show(certificate: dict[str, Any]) -> None:
    rows = [(f"{each['table']}", f"{each['rows']:,} {each['action']}") for each in certificate["removed"]]
    exports = [
        (each["location"], "deleted" if each["deleted_at"] else "to be deleted") for each in certificate["exports"]
    ]
    names = ("erasure_id", "customer_hash", "key_fingerprint", "erased_at", "requested_by", "state", "signature")
    print_table("Certificate", ["", ""], [*((name, certificate[name]) for name in names), *rows, *exports])
