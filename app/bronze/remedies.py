"""Contract keys to change so that a rejected file is accepted, as named in messages."""

import json
import re
from typing import Final

DELIMITER_WORDS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
PLAIN_VALUE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]*")
MAX_SHOWN: Final = 200


def declare(key: str, value: str) -> str:
    """Return the advice to declare a key of the server."""
    return f"declare `{key}: {_value(value)}` of the server in the contract"


def declare_delimiter(delimiter: str) -> str:
    """Return the advice to declare a delimiter, by its word if it has one."""
    return declare("delimiter", DELIMITER_WORDS.get(delimiter, delimiter))


def add_synonym(column: str, name: str) -> str:
    """Return the advice to declare another name of a column."""
    return f"add `synonym: {_value(name)}` to the synonyms of {column} in the contract"


def remove_synonym(column: str, name: str) -> str:
    """Return the advice to declare a name of a column no longer."""
    return f"remove `synonym: {_value(name)}` from the synonyms of {column} in the contract"


def instead_of(column: str, name: str, other: str) -> str:
    """Return the advice to declare a name as that of a column, and no longer as that of another one."""
    return f"write `physicalName: {_value(name)}` for {column} in the contract, and remove the column {other} from it"


def not_required(column: str) -> str:
    """Return the advice to accept files without a column."""
    return f"declare `required: false` of {column} in the contract"


def excerpt(text: str) -> str:
    """Return a text of a file for a message: printable, and cut if it is long."""
    printable = "".join(each if each.isprintable() or each == "\t" else f"\\x{ord(each):02x}" for each in text)
    return printable if len(printable) <= MAX_SHOWN else f"{printable[:MAX_SHOWN]} …"


def _value(text: str) -> str:
    return text if PLAIN_VALUE.fullmatch(text) and text == text.strip() else json.dumps(text, ensure_ascii=False)
