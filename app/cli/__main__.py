"""`python -m app.cli` is `regulars`."""

from app.cli import main

main()
