"""`python -m app.cli` is `regulars`."""

from app.cli.command import main

main()
