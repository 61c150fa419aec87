"""Commands for data contracts: show, diff, apply."""

import typer

from app.cli.contract.apply import apply
from app.cli.contract.show import diff, show

contract = typer.Typer(no_args_is_help=True, help="Show, compare, check, draft or apply data contracts.")
contract.command()(show)
contract.command()(diff)
contract.command()(apply)
