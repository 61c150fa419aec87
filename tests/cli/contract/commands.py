"""Runs of `regulars contract` in this process."""

from typer.testing import CliRunner, Result

from app.cli.command import make_app

WIDE = {"COLUMNS": "200"}


def contract(*arguments: str) -> Result:
    result = CliRunner().invoke(make_app("contract"), ["contract", *arguments], env=WIDE)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
