"""Language of conditions: functions, operators and their types."""

from collections.abc import Mapping
from typing import Final

from sqlglot import exp

NUMERIC: Final = ("integer", "number")
TYPE_NAMES: Final = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "date": "a date",
    "boolean": "true or false",
    "null": "null",
}
"""Names of types in messages."""
FUNCTIONS: Final = (
    *("abs", "ceil", "coalesce", "concat", "floor", "left", "length", "lower", "ltrim", "nullif", "replace", "right"),
    *("round", "rtrim", "starts_with", "strpos", "substr", "trim", "upper"),
)
"""Functions that conditions may use: immutable, and the same in PostgreSQL, Spark and DuckDB."""
# The arguments of functions: name in sqlglot's tree, and type; `count` is a whole number that is written out.
SIGNATURES: Final[dict[type[exp.Expr], tuple[str, dict[str, str]]]] = {
    exp.Upper: ("string", {"this": "string"}),
    exp.Lower: ("string", {"this": "string"}),
    exp.Length: ("integer", {"this": "string"}),
    exp.Left: ("string", {"this": "string", "expression": "count"}),
    exp.Right: ("string", {"this": "string", "expression": "count"}),
    exp.Substring: ("string", {"this": "string", "start": "count", "length": "count"}),
    exp.StrPosition: ("integer", {"this": "string", "substr": "string"}),
    exp.StartsWith: ("boolean", {"this": "string", "expression": "string"}),
    exp.Abs: ("number", {"this": "number"}),
    exp.Ceil: ("number", {"this": "number"}),
    exp.Floor: ("number", {"this": "number"}),
    exp.Round: ("number", {"this": "number", "decimals": "count"}),
    exp.Trim: ("string", {"this": "string", "expression": "literal", "position": "word"}),
    exp.Replace: ("string", {"this": "string", "expression": "literal", "replacement": "literal"}),
    exp.Add: ("number", {"this": "number", "expression": "number"}),
    exp.Sub: ("number", {"this": "number", "expression": "number"}),
    exp.Mul: ("number", {"this": "number", "expression": "number"}),
    exp.Div: ("number", {"this": "number", "expression": "number"}),
    exp.Mod: ("number", {"this": "number", "expression": "number"}),
    exp.Neg: ("number", {"this": "number"}),
    exp.Not: ("boolean", {"this": "boolean"}),
    exp.DPipe: ("string", {"this": "string", "expression": "string"}),
    exp.Like: ("boolean", {"this": "string", "expression": "literal"}),
    exp.ILike: ("boolean", {"this": "string", "expression": "literal"}),
    exp.RegexpLike: ("boolean", {"this": "string", "expression": "literal"}),
    exp.RegexpILike: ("boolean", {"this": "string", "expression": "literal"}),
}
OPTIONAL: Final = {(exp.Substring, "length"), (exp.Round, "decimals"), (exp.Trim, "expression"), (exp.Trim, "position")}
"""Arguments that may be left out."""
OPERATORS: Final[dict[type[exp.Expr], str]] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Neg: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.Pow: "^",
    exp.DPipe: "||",
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.RegexpLike: "~",
    exp.RegexpILike: "~*",
    exp.SimilarTo: "similar to",
    exp.NullSafeEQ: "is not distinct from",
    exp.NullSafeNEQ: "is distinct from",
    exp.BitwiseAnd: "&",
    exp.BitwiseOr: "|",
    exp.BitwiseXor: "#",
    exp.BitwiseNot: "~",
}
"""Operators as they are written."""
COMPARISONS: Final = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
INNER_OPERATORS: Final = (exp.Binary, exp.Not, exp.Neg, exp.Between, exp.In)


def remedy_for(types: set[str]) -> str:
    """Return the remedy for a comparison of values of these types."""
    if "string" in types and types & {*NUMERIC}:
        return "write numbers without quotes"
    return "write date '2026-01-31'" if "date" in types else "compare values of one type"


def example_for(types: Mapping[str, str]) -> str:
    """Return a condition over the first numeric column, or else over the first text."""
    for wanted, comparison in (*((each, "> 0") for each in NUMERIC), ("string", "= 'text'")):
        for name in sorted(types):
            if types[name] == wanted:
                return f"{exp.to_identifier(name).sql(dialect='postgres')} {comparison}"
    return "a comparison of a column"


def name_of(node: exp.Expr) -> str:
    """Return the name of a function or an operator, as it is written."""
    if type(node) in OPERATORS:
        return OPERATORS[type(node)]
    name = node.name if isinstance(node, exp.Anonymous) else node.sql_name() if isinstance(node, exp.Func) else node.key
    return name.lower()


def excerpt(node: exp.Expr) -> str:
    """Return the SQL of a part of a condition for a message, at most 40 characters."""
    return node.sql(dialect="postgres", normalize_functions="lower").replace('"', "")[:40]
