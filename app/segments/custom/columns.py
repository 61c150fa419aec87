"""Columns of a customer that the condition of a custom segment may use, and their SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from app.contract.conditions import Condition, parse_condition
from app.contract.conditions_texts import check_texts
from app.contract.model import Contract
from app.contract.quoting import escape_colons
from app.db.sql import rendered
from app.segments.model.features import FEATURES
from app.segments.model.rfm_scores import SCORES
from app.segments.model.schemes import SCHEMES
from app.segments.model.segment_table.table import SegmentTable

AS_OF: Final = "greatest(s.as_of, cast(:scored_as_of as date))"
LAST: Final = "last_"
"""Prefix of the columns with the attributes of a customer's last sale."""
CASTS: Final = {
    "string": "nullif(*, '')",
    "integer": "cast(case when * ~ '^-?[0-9]{1,18}$' then * end as bigint)",
    "number": "cast(case when * ~ '^-?[0-9]{1,25}([.][0-9]+)?$' then * end as numeric)",
    "boolean": "cast(case when * in ('true', 'false') then * end as boolean)",
    "date": (
        "case when * ~ '^[1-9][0-9]{3}-(0[1-9]|1[0-2])-[0-9]{2}$' then make_date(cast(left(*, 4) as integer), "
        "cast(substr(*, 6, 2) as integer), 1) + cast(right(*, 2) as integer) - 1 end"
    ),
}
"""Value of a type from a text in place of `*`, null if it is another: an earlier contract may have read it."""


@dataclass(frozen=True, slots=True)
class ConditionColumn:
    """A column of a customer in conditions.

    Attributes:
        name: name in conditions.
        type: `string`, `integer`, `number`, `date` or `boolean`.
        sql: expression over the state `s`, the forecast `f`, the run's cut points `r` and the last sale `l`.
        description: what it is, for the documentation.
        is_of_model: whether its value depends on the published model.
        is_attribute: whether it is an attribute that the contract declares.
        values: all its values; empty if they are not known.
    """

    name: str
    type: str
    sql: str
    description: str
    is_of_model: bool = False
    is_attribute: bool = False
    values: tuple[str, ...] = ()


def _score(feature: str, value: str) -> str:
    above = " + ".join(
        f"cast(cast({value} as float8) > r.{feature}_cuts[{position}] as integer)" for position in range(1, SCORES)
    )
    return f"{SCORES} - ({above})" if feature == "recency" else f"1 + {above}"


RECENCY: Final = f"{AS_OF} - s.last_invoice_date"
SCORE_SQL: Final = {
    feature: _score(feature, RECENCY if feature == "recency" else f"s.{feature}") for feature in FEATURES
}
COLUMNS: Final = (
    ConditionColumn("recency", "integer", RECENCY, "days since the last purchase"),
    ConditionColumn("frequency", "integer", "s.frequency", "number of invoices"),
    ConditionColumn("monetary", "number", "s.monetary", "sum of sales, in currency units"),
    ConditionColumn("returned", "number", "s.returned", "sum of returns, in currency units"),
    ConditionColumn("first_invoice_date", "date", "s.first_invoice_date", "day of the first purchase"),
    ConditionColumn("last_invoice_date", "date", "s.last_invoice_date", "day of the last purchase"),
    ConditionColumn("tenure", "integer", f"{AS_OF} - s.first_invoice_date", "days since the first purchase"),
    ConditionColumn("country", "string", "s.country", "country of the latest sale"),
    ConditionColumn("cluster", "integer", "s.cluster", "number of the cluster", is_of_model=True),
    *(
        ConditionColumn(
            scheme, "string", f"s.{scheme}", f"slug of the segment in the scheme {scheme}", is_of_model=True
        )
        for scheme in SCHEMES
    ),
    *(
        ConditionColumn(f"{feature}_score", "integer", sql, f"RFM score of {feature}, 1 to 5", is_of_model=True)
        for feature, sql in SCORE_SQL.items()
    ),
    ConditionColumn(
        "rfm_score",
        "integer",
        " + ".join(f"({sql})" for sql in SCORE_SQL.values()),
        "sum of the three scores, 3 to 15",
        is_of_model=True,
    ),
    ConditionColumn(
        "expected_purchases",
        "number",
        "f.expected_purchases",
        "orders expected in the forecast's days",
        is_of_model=True,
    ),
    ConditionColumn("clv", "number", "f.clv", "spend expected in the forecast's days", is_of_model=True),
    ConditionColumn("p_buys", "number", "f.p_buys", "probability of an order in these days, 0 to 1", is_of_model=True),
    ConditionColumn("p_alive", "number", "f.p_alive", "probability that the customer still buys", is_of_model=True),
    ConditionColumn("next_order", "date", "f.next_order", "day by which the next order is expected", is_of_model=True),
)
"""Columns of every shop."""
BY_NAME: Final[Mapping[str, ConditionColumn]] = {column.name: column for column in COLUMNS}


def columns_for(contract: Contract, segment_table: SegmentTable) -> Mapping[str, ConditionColumn]:
    """Return the columns of conditions by name: those of every shop, and `last_…` for each attribute of the contract.

    An attribute has its value in the customer's latest sale that counts. The values of a scheme are the slugs of the
    segment table.
    """
    attributes = (column for column in contract.columns if not column.is_known)
    schemes: dict[str, ConditionColumn] = {
        scheme: replace(BY_NAME[scheme], values=segment_table.known_slugs(scheme)) for scheme in SCHEMES
    }
    return {**BY_NAME, **schemes, **{LAST + column.name: _attribute(column.name, column.type) for column in attributes}}


def stored_columns(types: Mapping[str, str]) -> Mapping[str, ConditionColumn]:
    """Return the columns of a stored condition by name, without their values: the segment table may be another now.

    Args:
        types: of the attributes that it uses, by name.
    """
    return {**BY_NAME, **{name: _attribute(name.removeprefix(LAST), type_) for name, type_ in types.items()}}


def _attribute(name: str, type_: str) -> ConditionColumn:
    text = f"(l.attributes ->> '{name}')"
    sql = CASTS[type_].replace("*", text)
    return ConditionColumn(LAST + name, type_, sql, f"{name} of the latest sale that counts", is_attribute=True)


@dataclass(frozen=True, slots=True)
class CustomerCondition:
    """A checked condition over the columns of a shop's customers.

    Attributes:
        condition: the condition.
        columns: the columns that it uses, by name.
    """

    condition: Condition
    columns: Mapping[str, ConditionColumn]

    @classmethod
    def parse(cls, written: str, known: Mapping[str, ConditionColumn]) -> Self:
        """Check a condition over known columns; raises InvalidCondition with the place and the remedy."""
        condition = parse_condition(written, {name: column.type for name, column in known.items()})
        check_texts(condition, {name: column.values for name, column in known.items() if column.values})
        return cls(condition, {name: known[name] for name in sorted(condition.names)})

    @property
    def attribute_types(self) -> dict[str, str]:
        """Types of the attributes that it uses, by name, which are stored with it."""
        return {name: column.type for name, column in self.columns.items() if column.is_attribute}

    @property
    def is_of_model(self) -> bool:
        """Whether it depends on the published model."""
        return any(column.is_of_model for column in self.columns.values())

    @property
    def slots(self) -> dict[str, str]:
        """Parts of the statements that read the customers who meet the condition."""
        return self.slots_with()

    def slots_with(self, *aliases: str) -> dict[str, str]:
        """Return the parts with the joins of more tables, such as `f.` for forecasts, than the condition uses."""
        columns = (f', {column.sql} as "{name}"' for name, column in self.columns.items())
        uses = {alias for column in self.columns.values() for alias in ("f.", "r.", "l.") if alias in column.sql}
        uses.update(aliases)
        joins = {
            "f.": "left join segments.customer_forecast as f on f.customer_id = s.customer_id",
            "r.": f"cross join ({rendered(__package__, 'score_cuts', {})}) as r",
            "l.": "left join last_sale as l on l.customer_id = s.customer_id",
        }
        holds = self.condition.sql({name: f'c."{name}"' for name in self.columns})
        return {
            "columns": "".join(columns),
            "joins": " ".join(sql for alias, sql in joins.items() if alias in uses),
            "last sales": rendered(__package__, "last_sales", {}) if "l." in uses else "",
            "condition": f"coalesce({escape_colons(holds)}, false)",
        }
