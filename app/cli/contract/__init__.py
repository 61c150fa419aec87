"""Commands for data contracts: show, diff, check, init, apply."""

import typer

from app.cli.contract.apply import apply
from app.cli.contract.check import check
from app.cli.contract.init import init
from app.cli.contract.show import diff, show

contract = typer.Typer(no_args_is_help=True, help="Show, compare, check, draft or apply data contracts.")
contract.command()(show)
contract.command()(diff)
contract.command()(check)
contract.command()(init)
contract.command()(apply)
