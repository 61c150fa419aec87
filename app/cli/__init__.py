"""The command `regulars`."""

from app.cli.command import main

__all__ = ["main"]
