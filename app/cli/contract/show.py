"""Commands `regulars contract show` and `regulars contract diff`."""

import sys
from dataclasses import asdict
from typing import Annotated, Final

import typer

from app.cli.options import Json
from app.cli.output import print_json, print_message, print_table
from app.contract.compare import Difference
from app.contract.compare import diff as differences
from app.contract.describe import Description, describe
from app.contract.open import open_contract
from app.settings import read_settings

MAX_NAMES_SHOWN: Final = 4
"""Names of a column that a table shows."""
NamedContract = Annotated[str, typer.Argument(metavar="NAME|PATH", help="Name of a built-in contract, or a file.")]


def show(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME|PATH]", help="Built-in contract, or a file. [REGULARS_CONTRACT]"),
    ] = None,
    yaml: Annotated[bool, typer.Option("--yaml", help="Print the document, to copy and change it.")] = False,
    json: Json = False,
) -> None:
    """Show a data contract: sources, columns, expectations and business rules."""
    contract = open_contract(name or read_settings().contract)
    if yaml:
        sys.stdout.write(contract.text)
    elif json:
        print_json(asdict(describe(contract)))
    else:
        _show(describe(contract))


def diff(before: NamedContract, after: NamedContract, json: Json = False) -> None:
    """Show the differences of two data contracts by their meaning; exit code 1 if there are any."""
    found = differences(open_contract(before), open_contract(after))
    if json:
        print_json([asdict(difference) for difference in found])
    elif found:
        columns = ["changes", "key", "before", "after"]
        print_table("Differences", columns, [_row(difference) for difference in found])
    print_message(f"{len(found):,} differences." if found else "The contracts are equal.")
    if found:
        raise typer.Exit(1)


def _show(description: Description) -> None:
    print_table("Contract", ["", ""], description.summary)
    print_table("Sources", ["source", "location and dialect"], description.sources)
    sentences = {each.column: each.sentence for each in description.expectations if each.name == f"valid_{each.column}"}
    columns = ["column", "names in the header", "type", "read", "expectation"]
    rows = [(c.name, _names(c.header_names), c.type, c.reading, sentences.get(c.name, "")) for c in description.columns]
    print_table("Columns", columns, rows)
    others = [each for each in description.expectations if each.name != f"valid_{each.column}"]
    rows_of_others = [(each.name, each.sentence, each.severity) for each in others]
    print_table("Other expectations", ["expectation", "holds for a valid row", "severity"], rows_of_others)
    print_table("Business rules", ["rule", ""], description.rules)


def _names(header_names: str) -> str:
    names = header_names.split(", ")
    more = len(names) - MAX_NAMES_SHOWN
    return header_names if more <= 0 else f"{', '.join(names[:MAX_NAMES_SHOWN])} and {more:,} more (--yaml)"


def _row(difference: Difference) -> tuple[str, ...]:
    values = (difference.before, difference.after)
    return (difference.effect, difference.where, *("-" if value is None else value for value in values))
