"""Check of a parsed condition: allowed operations, types, and nothing that can fail when it runs."""

import re
from collections.abc import Callable
from datetime import date
from difflib import get_close_matches
from typing import Final, NoReturn

from sqlglot import exp

from app.contract.conditions_errors import raise_invalid
from app.contract.conditions_language import (
    COMPARISONS,
    FUNCTIONS,
    INNER_OPERATORS,
    NUMERIC,
    OPTIONAL,
    SIGNATURES,
    TYPE_NAMES,
    example_for,
    excerpt,
    name_of,
    remedy_for,
)
from app.contract.conditions_patterns import check_like_pattern, check_regular_expression

MAX_DEPTH: Final = 30
MAX_COUNT: Final = 10_000
NUMBER_TEXT, INTEGER_TEXT = "^[+-]?[0-9]{1,25}([.][0-9]{1,9})?$", "^[+-]?[0-9]{1,9}$"


class Checker:
    """Check and rewriting of one condition; raises InvalidCondition."""

    def __init__(self, text: str, types: dict[str, str]) -> None:
        self.text = text
        self.types = types
        self.depth = 0
        self.special: dict[type[exp.Expr], Callable[[exp.Expr], tuple[str, exp.Expr]]] = {
            exp.Column: self._column,
            exp.Literal: self._literal,
            exp.Boolean: lambda node: ("boolean", node),
            exp.Null: lambda node: ("null", node),
            exp.Paren: lambda node: self._visit(node.this),
            exp.Is: self._is,
            exp.In: self._in,
            exp.Between: self._between,
            exp.Case: self._case,
            exp.Cast: self._cast,
            exp.Coalesce: lambda node: (self._common(node, [node.this, *node.expressions]), node),
            exp.Nullif: lambda node: (self._common(node, [node.this, node.expression]), node),
            exp.Concat: self._concat,
            exp.And: self._connector,
            exp.Or: self._connector,
            **dict.fromkeys(COMPARISONS, self._comparison),
        }

    def condition(self, tree: exp.Expr) -> exp.Expr:
        """Return the checked and rewritten condition."""
        type_, checked = self._visit(tree)
        if type_ != "boolean":
            example = example_for(self.types)
            self._raise_invalid(tree, f"this is {TYPE_NAMES[type_]}, not a condition; compare it, e.g. {example}")
        return checked

    def _raise_invalid(self, node: exp.Expr, problem: str) -> NoReturn:
        raise_invalid(self.text, node, problem)

    def _visit(self, node: exp.Expr) -> tuple[str, exp.Expr]:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._raise_invalid(node, "the condition is nested too deep; write several")
        found = self.special.get(type(node))
        if found is None and type(node) not in SIGNATURES:
            self._raise_unknown(node)
        result = found(node) if found else self._call(node)
        self.depth -= 1
        return result

    def _operand(self, parent: exp.Expr, node: exp.Expr) -> str:
        """Check a part of an expression, put it in parentheses if need be; return its type."""
        type_, checked = self._visit(node)
        if isinstance(checked, INNER_OPERATORS) and not isinstance(parent, (exp.Func, exp.If)):
            checked = exp.Paren(this=checked)
        if checked is not node:
            node.replace(checked)
        return type_

    def _only(self, node: exp.Expr, *allowed: str) -> None:
        given = {key for key, value in node.args.items() if value not in (None, [], False)}
        if given - {*allowed, "typed", "safe", "coalesce", "negate"}:
            self._raise_invalid(node, f"this form of {name_of(node)} is not allowed; write the plain one")

    def _call(self, node: exp.Expr) -> tuple[str, exp.Expr]:
        result, arguments = SIGNATURES[type(node)]
        self._only(node, *arguments)
        for key, wanted in arguments.items():
            argument = node.args.get(key)
            if argument is None and (type(node), key) not in OPTIONAL:
                self._raise_invalid(node, f"{name_of(node)} needs another argument, the {key}")
            if wanted == "word" or argument is None:
                continue
            if wanted in ("count", "literal"):
                self._written_out(node, argument, wanted)
                continue
            type_ = self._operand(node, argument)
            if type_ != wanted and not (wanted == "number" and type_ in NUMERIC):
                self._raise_invalid(
                    node, f"{name_of(node)} needs {TYPE_NAMES[wanted]}, and {excerpt(argument)} is {TYPE_NAMES[type_]}"
                )
            if type_ == "integer" and result == "number":
                self._mark(node, key)
        return result, self._rewritten(node)

    def _written_out(self, node: exp.Expr, argument: exp.Expr, wanted: str) -> None:
        is_literal = isinstance(argument, exp.Literal)
        if wanted == "count" and not (is_literal and argument.is_int and int(argument.name) <= MAX_COUNT):
            self._raise_invalid(node, f"{name_of(node)} needs a whole number from 0 to {MAX_COUNT}, written out")
        if wanted == "literal" and not (is_literal and argument.is_string):
            self._raise_invalid(node, f"{name_of(node)} needs a 'text' that is written out")

    def _mark(self, node: exp.Expr, key: str) -> None:
        """Mark a whole number that is calculated with: PostgreSQL's have a limit."""
        if not isinstance(node.args[key], exp.Literal) or not node.find(exp.Column):
            node.args[key].meta["is_integer_operand"] = True

    def _rewritten(self, node: exp.Expr) -> exp.Expr:
        try:
            if isinstance(node, (exp.Like, exp.ILike)):
                check_like_pattern(node.expression.name)
            if isinstance(node, (exp.RegexpLike, exp.RegexpILike)):
                check_regular_expression(node.expression.name)
        except ValueError as error:
            self._raise_invalid(node, str(error))
        if isinstance(node, exp.RegexpILike):  # of which Spark has none
            pattern = exp.Literal.string(f"(?i){node.expression.name}")
            return exp.RegexpLike(this=node.this, expression=pattern)
        if isinstance(node, (exp.Div, exp.Mod)):
            node.set("expression", exp.Nullif(this=node.expression.unnest(), expression=exp.Literal.number(0)))
            node.set("typed", None)
        if isinstance(node, exp.Round) and node.args.get("decimals") and int(node.args["decimals"].name) > MAX_DEPTH:
            self._raise_invalid(node, f"round needs at most {MAX_DEPTH} decimals")
        if isinstance(node, exp.Replace) and len(node.args["replacement"].name) > len(node.expression.name):
            self._raise_invalid(node, "replace may not make the text longer")
        return node

    def _column(self, node: exp.Expr) -> tuple[str, exp.Expr]:
        self._only(node, "this")
        name = node.name
        folded = [known for known in self.types if known.lower() == name.lower()]
        if name not in self.types and len(folded) == 1:
            name = folded[0]
        if name not in self.types:
            near = get_close_matches(name, self.types, n=1, cutoff=0.5)
            remedy = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(self.types)) or 'none'}"
            if self._is_compared_with_text(node):
                remedy = f"write texts in single quotes: {exp.Literal.string(name).sql()}"
            self._raise_invalid(node, f"there is no column {name}; {remedy}")
        return self.types[name], exp.column(exp.to_identifier(name, quoted=True))

    def _is_compared_with_text(self, node: exp.Expr) -> bool:
        """Return whether the other side of a comparison is a column of texts."""
        comparison = node.parent
        if not isinstance(comparison, COMPARISONS):
            return False
        other = comparison.expression if comparison.this is node else comparison.this
        return isinstance(other, exp.Column) and self.types.get(other.name) == "string"

    def _literal(self, node: exp.Expr) -> tuple[str, exp.Expr]:
        if node.is_string:
            if "\0" in node.name:
                self._raise_invalid(node, "a text may contain no NUL")
            return "string", node
        if not re.fullmatch(r"[0-9]{1,25}([.][0-9]{1,15})?", node.name):
            self._raise_invalid(node, "write numbers with up to 25 digits, and 15 decimals, without exponent")
        return ("number" if "." in node.name else "integer"), node

    def _connector(self, node: exp.Expr) -> tuple[str, exp.Expr]:
        for part in list(node.flatten(unnest=False)):
            if (type_ := self._operand(node, part)) != "boolean":
                self._raise_invalid(
                    part, f"{name_of(node)} needs conditions on both sides, and {excerpt(part)} is {TYPE_NAMES[type_]}"
                )
        return "boolean", node

    def _comparison(self, node: exp.Expr) -> tuple[str, exp.Expr]:
        self._only(node, "this", "expression")
        self._same(node, [node.this, node.expression])
        return "boolean", node

    def _is(self, node: exp.Expr) -> tuple[str, exp.Expr]:
        self._only(node, "this", "expression")
        type_ = self._operand(node, node.this)
        if isinstance(node.expression, exp.Boolean) and type_ == "boolean":
            return "boolean", node
        if not isinstance(node.expression, exp.Null):
            self._raise_invalid(node, "write is null, is not null, or is true after a condition")
        return "boolean", node

    def _in(self, node: exp.Expr) -> tuple[str, exp.Expr]:
        self._only(node, "this", "expressions")
        if not node.expressions:
            self._raise_invalid(node, "in needs at least one value: in ('A', 'B')")
        for each in node.expressions:
            if not isinstance(each.this if isinstance(each, (exp.Neg, exp.Cast)) else each, exp.Literal):
                self._raise_invalid(each, "in needs values that are written out: in ('A', 'B')")
        self._same(node, [node.this, *node.expressions])
        return "boolean", node

    def _between(self, node: exp.Expr) -> tuple[str, exp.Expr]:
        self._only(node, "this", "low", "high")
        self._same(node, [node.this, node.args["low"], node.args["high"]])
        return "boolean", node

    def _case(self, node: exp.Expr) -> tuple[str, exp.Expr]:
        self._only(node, "this", "ifs", "default")
        ifs = node.args["ifs"]
        if node.this:
            self._same(node, [node.this, *(each.this for each in ifs)])
        for each in ifs if not node.this else ():
            if (type_ := self._operand(each, each.this)) != "boolean":
                self._raise_invalid(each, f"when needs a condition, and {excerpt(each.this)} is {TYPE_NAMES[type_]}")
        results = [each.args["true"] for each in ifs]
        default = node.args.get("default")
        return self._common(node, [*results, default] if default else results), node

    def _concat(self, node: exp.Expr) -> tuple[str, exp.Expr]:
        self._only(node, "expressions")
        if (type_ := self._common(node, node.expressions)) != "string":
            self._raise_invalid(node, f"concat needs text, and this is {TYPE_NAMES[type_]}")
        return "string", node

    def _cast(self, node: exp.Expr) -> tuple[str, exp.Expr]:
        self._only(node, "this", "to")
        to, value = node.args["to"], node.this
        kind = to.this
        if kind == exp.DataType.Type.DATE and isinstance(value, exp.Literal) and value.is_string:
            try:
                if date.fromisoformat(value.name).isoformat() == value.name:
                    return "date", node
            except ValueError:
                pass
            self._raise_invalid(node, f"{value.name!r} is not a date; write date '2026-01-31'")
        if value.find(exp.Cast):
            self._raise_invalid(node, "a cast in a cast is not allowed")
        type_ = self._operand(node, value)
        if kind == exp.DataType.Type.TEXT and type_ in ("string", "integer"):
            return "string", node
        if type_ != "string" or kind not in (exp.DataType.Type.DECIMAL, exp.DataType.Type.INT) or to.expressions:
            self._raise_invalid(
                node, "casts are text as numeric or integer, and integer as text; dates are date '2026-01-31'"
            )
        is_integer = kind == exp.DataType.Type.INT
        pattern = exp.Literal.string(INTEGER_TEXT if is_integer else NUMBER_TEXT)
        number = node if is_integer else exp.Cast(this=node.this, to=exp.DataType.build("decimal(38, 9)"))
        test = exp.RegexpLike(this=node.this.copy(), expression=pattern)
        return "integer" if is_integer else "number", exp.Case(ifs=[exp.If(this=test, true=number.copy())])

    def _same(self, node: exp.Expr, parts: list[exp.Expr]) -> str:
        """Check values that are compared; return their type."""
        type_ = self._common(node, parts)
        if type_ == "null":
            self._raise_invalid(node, f"nothing equals null; write {excerpt(parts[0])} is null")
        return type_

    def _common(self, node: exp.Expr, parts: list[exp.Expr]) -> str:
        types: list[tuple[str, str]] = []
        for part in parts:
            written = excerpt(part)
            type_ = self._operand(node, part)
            if type_ == "null" and not isinstance(node, (exp.Case, exp.Coalesce)):
                self._raise_invalid(node, f"nothing equals null; write {excerpt(parts[0])} is null")
            first = next((each for each in types if each[0] != "null"), None)
            if first and type_ not in ("null", first[0]) and not {type_, first[0]} <= {*NUMERIC}:
                remedy = remedy_for({type_, first[0]})
                self._raise_invalid(
                    node, f"{first[1]} is {TYPE_NAMES[first[0]]}, and {written} is {TYPE_NAMES[type_]}; {remedy}"
                )
            types.append((type_, written))
        found = [each for each, _ in types if each != "null"]
        return "number" if "number" in found else next(iter(found), "null")

    def _raise_unknown(self, node: exp.Expr) -> NoReturn:
        if isinstance(node, (exp.Anonymous, exp.Func)):
            name = name_of(node)
            near = get_close_matches(name, FUNCTIONS, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            self._raise_invalid(node, f"{name} is not allowed; {hint}functions are {', '.join(FUNCTIONS)}")
        self._raise_invalid(
            node, f"{name_of(node)} is not allowed; write comparisons, and, or, not, in, between, like, ~ or case"
        )
