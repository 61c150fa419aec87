"""SQL expressions that type one column as received, by its declaration and the dialect of its file.

No expression raises an error, whatever the text: every cast is behind a test of the text.
"""

from typing import Final

from app.contract.letter_case import LETTERS, LetterCase, in_case
from app.contract.model import Column, Dialect
from app.contract.number_signs import MINUS_SIGN

DIGITS: Final = "0123456789"
MAX_NUMBER_LENGTH: Final = 1000
LARGEST_INTEGER: Final = 2_147_483_647


def literal(text: str) -> str:
    """Return a SQL string literal for a statement that SQLAlchemy's `text` reads: colons are escaped."""
    return "'" + text.replace("'", "''").replace(":", r"\:") + "'"


def is_return(quantity: str = "quantity", cancellation: str = "is_cancellation") -> str:
    """Return the condition of a typed row that is a return: it cancels a sale, or its quantity or total is negative."""
    return f"({cancellation} or total_price < 0 or {quantity} < 0)"


def array(texts: tuple[str, ...]) -> str:
    """Return a SQL array of string literals."""
    return f"array[{', '.join(map(literal, texts))}]"


def without_null_words(raw: str, dialect: Dialect) -> str:
    """Return a text column with the declared null words as null."""
    words = tuple(word.strip() for word in dialect.null_words if word.strip())
    return f"case when btrim({raw}) <> all({array(words)}) then {raw} end" if words else raw


def typed_text(column: Column, given: str) -> str:
    """Return the normalised text of a column: trimmed, changed and cut as declared; placeholders are null."""
    text = f"btrim({given})" if column.trim else given
    if column.strip_decimal:
        text = rf"regexp_replace({text}, '^([0-9]+)[.]0+$', '\1')"
    if column.strip_leading_zeros:
        text = rf"regexp_replace({text}, '^0+([0-9]+)$', '\1')"
    if column.case != "keep":
        text = in_letter_case(text, given, column.case)
    if column.placeholders:
        words = tuple(sorted({in_case(word, "lower") for word in column.placeholders}))
        text = f"case when {in_letter_case(text, given, 'lower')} <> all({array(words)}) then {text} end"
    return text


def in_letter_case(text: str, given: str, case: LetterCase) -> str:
    """Return a text in a case, whatever the locale of the database.

    given: the expression that `text` was made from; where it is ASCII, no letter is looked up.
    """
    letters = LETTERS[case]
    simple = f'{case}({text} collate "C")'
    others = f"translate({simple}, '{''.join(letters)}', '{''.join(letters.values())}')"
    return f'(case when octet_length({given}) = length({given}) then {simple} else {others} end collate "default")'


def typed_id(column: Column, given: str) -> str:
    """Return the normalised id of a customer; null where the text is blank."""
    normalised = f"nullif({typed_text(column, given)}, '')"
    if column.strip_leading_zeros or column.placeholders:
        return normalised
    marks = f"translate({given}, '{DIGITS}', '')"
    whole = f"when right({given}, 2) = '.0' and {marks} = '.' and {given} <> '.0' then left({given}, -2)"
    cheap = f"when {marks} = '' then nullif({given}, '') {whole if column.strip_decimal else ''}"
    return f"case {cheap} else {normalised} end"


def number_text(given: str, dialect: Dialect) -> str:
    """Return the text of a number with a point as its decimal mark and no other marks, where it is well-formed."""
    text, decimal, thousands = given, dialect.decimal, dialect.thousands
    if dialect.currency_marks:
        text = _without_marks(text, dialect.currency_marks)
    if thousands:
        group = r"[ \u00A0\u202F]" if thousands == " " else _in_brackets(thousands)
        minus, fraction = f"[-{MINUS_SIGN}]?", f"({_in_brackets(decimal)}[0-9]*)?"
        signed = rf"\s*([+]|{minus})[0-9]{{1,3}}({group}[0-9]{{3}})+{fraction}\s*{minus}\s*"
        whole = f"'^{signed}$'"
        grouped = f"translate(regexp_replace({text}, '{group}', '', 'g'), {literal(decimal)}, '.')"
        return f"case when {text} ~ {whole} then {grouped} else {_with_point(text, decimal)} end"
    return _with_point(text, decimal)


def integer(text: str) -> str:
    """Return the int of a number's text, null where it is not a whole number that fits; `12.0` is 12."""
    trimmed = _with_leading_minus(text)
    return f"""case
            when octet_length({text}) between 1 and 9 and translate({text}, '{DIGITS}', '') = ''
            then cast({text} as int)
            when length({text}) <= {MAX_NUMBER_LENGTH} and {trimmed} ~ '^[+-]?[0-9]+[.]?0*$'
            then case
                when abs(cast({trimmed} as numeric)) <= {LARGEST_INTEGER}
                then cast(cast({trimmed} as numeric) as int)
            end
        end"""


def decimal_number(text: str, precision: int, scale: int, minimum: str | None) -> str:
    """Return the numeric(precision, scale) of a number's text, rounded half up; null where it does not fit.

    minimum: a smaller number is null even where it would be rounded to the minimum.
    """
    trimmed = _with_leading_minus(text)
    number = f"cast({trimmed} as numeric)"
    limit = f"{number} >= {minimum} and " if minimum is not None else ""
    largest = f"1{'0' * (precision - scale)}"
    return f"""case
            when octet_length({text}) between 1 and {precision - scale}
                and translate({text}, '{DIGITS}', '') in ('', '.')
                and {text} <> '.'
            then cast({text} as numeric({precision}, {scale}))
            when length({text}) <= {MAX_NUMBER_LENGTH} and {trimmed} ~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)$'
            then case
                when {limit}abs(round({number}, {scale})) < {largest}
                then cast({trimmed} as numeric({precision}, {scale}))
            end
        end"""


def _with_leading_minus(text: str) -> str:
    # SAP and others write the minus of a number at its end, and some write U+2212. Neither has a second meaning.
    return rf"regexp_replace(translate(btrim({text}), '{MINUS_SIGN}', '-'), '^([0-9.]+)\s*-$', '-\1')"


def _with_point(text: str, decimal: str) -> str:
    # The point becomes a comma, so that `1.355` is not a number where the comma is the decimal mark.
    return text if decimal == "." else f"translate({text}, ',.', '.,')"


def _without_marks(text: str, marks: tuple[str, ...]) -> str:
    words = "|".join(_escaped(mark) for mark in sorted(marks, key=len, reverse=True))
    pattern = rf"^\s*([-+({MINUS_SIGN}]?)\s*(?\:{words})\s*|\s*(?\:{words})\s*(\)?)\s*$"
    bare = f"regexp_replace({text}, {_pattern(pattern)}, '\\1\\2', 'g')"
    return rf"regexp_replace({bare}, '^\s*[(]\s*([^-+(){MINUS_SIGN}]*)\s*[)]\s*$', '-\1')"


def _pattern(pattern: str) -> str:
    return "'" + pattern.replace("'", "''") + "'"


def _escaped(mark: str) -> str:
    return "".join(char if char.isalnum() else rf"\u{ord(char):04X}" for char in mark)


def _in_brackets(char: str) -> str:
    return f"[{char}]" if char != "'" else "['']"
