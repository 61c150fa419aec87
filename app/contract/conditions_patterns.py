"""Patterns of conditions: regular expressions and LIKE patterns that every database reads alike."""

import re
from typing import Final, NoReturn

MAX_LENGTH: Final = 300
MAX_REPEAT: Final = 200
MAX_DEPTH: Final = 10
MAX_COPIES: Final = 2000
"""Bound of the product of nested repetitions, which a database writes out."""
CLASS: Final = re.compile(r"\[\^?+\]?+(?:\[:[a-z]+:\]|\\[dsw\\\]\[^\-.]|[^\\\[\]])+\]")
CLASS_NAMES: Final = ("alnum", "alpha", "blank", "digit", "lower", "punct", "space", "upper", "xdigit")
ESCAPE: Final = re.compile(r"\\([dDsSwW]|[^A-Za-z0-9\s])")
QUANTIFIER: Final = re.compile(r"([*+?]|\{(\d{1,3})(,(\d{1,3})?)?\})\??")
KNOWN: Final = r"allowed are letters, . [] () (?:) | * + ? {1,9} ^ $ and \d \s \w, each the same in every database"


def check_regular_expression(pattern: str) -> None:
    """Raise ValueError for a pattern that is malformed, that databases read differently, or that may take forever."""
    if len(pattern) > MAX_LENGTH:
        raise ValueError(f"the pattern is longer than {MAX_LENGTH} characters; write several conditions")
    scanner = _Scanner(pattern)
    scanner.alternatives()
    if scanner.at < len(pattern):
        raise ValueError(f"the pattern {pattern!r} has a ) too many at character {scanner.at + 1}")


def check_like_pattern(pattern: str) -> None:
    r"""Raise ValueError for a LIKE pattern with a backslash, which databases read differently."""
    if "\\" in pattern:
        raise ValueError(r"a pattern of like may contain no backslash; use ~ with \% or \_ written as [%] or [_]")


class _Scanner:
    """Recursive descent over one pattern.

    Attributes:
        at: place of the next character.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.depth = 0

    def alternatives(self) -> bool:
        """Read branches separated by |; return whether each has an atom that is not optional or repeated."""
        found = [self.branch()]
        while self.peek() == "|":
            self.at += 1
            found.append(self.branch())
        return all(found)

    def branch(self) -> bool:
        start, is_anchored = self.at, False
        while self.at < len(self.pattern) and self.peek() not in ("|", ")"):
            begin = self.at
            is_mandatory = self.atom()
            quantifier = QUANTIFIER.match(self.pattern, self.at)
            if quantifier:
                self.quantified(begin, quantifier, is_mandatory)
            elif is_mandatory:
                is_anchored = True
        if self.at == start:
            self.fail("an empty branch")
        return is_anchored

    def atom(self) -> bool:
        """Read one atom; return whether it has to be there, and fixed, so that a repetition of it is unambiguous."""
        character = self.peek()
        if character == "(":
            return self.group()
        if character == "[":
            self.bracket()
        elif character == "\\":
            if not (found := ESCAPE.match(self.pattern, self.at)):
                self.fail("an escape that is not allowed")
            self.at = found.end()
        elif character in "*+?{}":
            self.fail("a repetition of nothing")
        else:
            self.at += 1
        return character not in "^$"

    def group(self) -> bool:
        self.depth += 1
        start = self.at
        self.at += 3 if self.pattern.startswith("(?:", self.at) else 1
        if self.peek() == "?" or self.depth > MAX_DEPTH:
            self.fail("(?, or too many groups in each other")
        is_mandatory = self.alternatives()
        if self.peek() != ")":
            self.at = start
            self.fail("a ( without its )")
        self.at += 1
        self.depth -= 1
        return is_mandatory

    def bracket(self) -> None:
        found = CLASS.match(self.pattern, self.at)
        if not found:
            self.fail("a [ without its ], or an escape in it that is not allowed")
        inside = found[0][1:-1].removeprefix("^")
        if set(re.findall(r"\[:([a-z]+):\]", inside)) - {*CLASS_NAMES}:
            self.fail(f"a class that is unknown; known are {', '.join(CLASS_NAMES)}")
        plain = re.sub(r"\[:[a-z]+:\]", "", inside)
        ranges = re.findall(r"(\\.|[^\\])-(\\.|[^\\])", plain)
        if any(len(low) > 1 or len(high) > 1 or low > high for low, high in ranges) or "[" in plain.replace("\\[", ""):
            self.fail("a range that is reversed")
        self.at = found.end()

    def quantified(self, begin: int, quantifier: re.Match[str], is_mandatory: bool) -> None:
        low, high = quantifier[2], quantifier[4]
        if low is not None and max(int(low), int(high or 0)) > MAX_REPEAT:
            self.fail(f"more than {MAX_REPEAT} repetitions")
        if high is not None and int(low) > int(high):
            self.fail("a reversed repetition")
        atom = self.pattern[begin : self.at]
        is_unbounded = quantifier[1] in ("*", "+") or (quantifier[3] is not None and high is None)
        if atom in ("^", "$"):
            self.fail("a repetition of ^ or $")
        if is_unbounded and not is_mandatory:
            self.fail("a repetition of a group that can repeat within itself")
        if _copies(atom) * max(int(low or 1), int(high or 1)) > MAX_COPIES:
            self.fail("repetitions in each other that are too large")
        self.at = quantifier.end()
        if QUANTIFIER.match(self.pattern, self.at):
            self.fail("a repetition of a repetition")

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def fail(self, problem: str) -> NoReturn:
        raise ValueError(f"the pattern {self.pattern!r} has {problem}, at character {self.at + 1}; {KNOWN}")


def _copies(atom: str) -> int:
    """Return a bound of the copies that the repetitions inside an atom make."""
    total = 1
    for low, _, high in re.findall(r"\{(\d{1,3})(,(\d{1,3})?)?\}", atom):
        total *= max(int(low), int(high or 1), 1)
    return total
