"""Words of true and false in columns of the type boolean, compared without case and blanks."""

from typing import Final

TRUE_WORDS: Final = ("true", "t", "yes", "y", "1")
FALSE_WORDS: Final = ("false", "f", "no", "n", "0")
