"""Numbers with their nouns."""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 file`, `1,200 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def agreeing(number: int, noun: str, singular: str, plural: str) -> str:
    """Return a number with its noun and verb: `1 file is`, `2 files are`."""
    return f"{counted(number, noun)} {singular if number == 1 else plural}"
