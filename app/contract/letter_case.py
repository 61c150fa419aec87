"""Upper and lower case, the same in Python and in a database of any locale: letters one by one, by a table."""

from collections.abc import Mapping
from itertools import chain
from typing import Final, Literal

LetterCase = Literal["lower", "upper"]
BLOCKS: Final = (range(0x41, 0x530), range(0x1E00, 0x1F00))
"""Latin, Greek and Cyrillic letters."""


def _letters(case: LetterCase) -> dict[str, str]:
    pairs = ((char, getattr(char, case)()) for char in map(chr, chain(*BLOCKS)))
    return {char: changed for char, changed in pairs if changed != char and len(changed) == 1}


LETTERS: Final[Mapping[LetterCase, Mapping[str, str]]] = {"lower": _letters("lower"), "upper": _letters("upper")}
"""Letters and their changed forms. A letter that would become two, such as ß, is not changed."""
_TABLES: Final = {case: str.maketrans(dict(letters)) for case, letters in LETTERS.items()}


def in_case(text: str, case: LetterCase) -> str:
    """Return a text in this case."""
    return getattr(text, case)() if text.isascii() else text.translate(_TABLES[case])


def spellings(char: str, case: LetterCase) -> str:
    """Return every letter that becomes this one in this case, and the letter itself."""
    return "".join(sorted({char, *(letter for letter, changed in LETTERS[case].items() if changed == char)}))
