"""Observations on sample files: columns, formats, spelling of ids and numbers."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from app.contract.draft import sales
from app.contract.draft.candidates import Candidates, find_candidates
from app.contract.draft.currencies import with_currency
from app.contract.draft.ids import IdSpelling, id_spelling
from app.contract.draft.names import Match, best_match, is_amount
from app.contract.draft.numbers import NumberStyle, number_style
from app.contract.draft.sample import Sample
from app.contract.draft.time import Times, find_times
from app.contract.draft.totals import FACTORS, TotalsAssessment, assess_totals
from app.contract.model import ALWAYS_NEEDED
from app.contract.remedies import NULL_WORDS


@dataclass(frozen=True, slots=True)
class Observations:
    """Observations on a sample; names: in the header, by the column; candidates: for needed columns without a name."""

    sample: Sample
    match: Match
    names: Mapping[str, str]
    ids: IdSpelling
    numbers: NumberStyle
    null_words: tuple[str, ...]
    times: Times
    filled: tuple[str, ...]
    totals: TotalsAssessment | None
    candidates: Candidates

    @property
    def others(self) -> list[str]:
        """Names in the header of columns that are not declared."""
        return _others(self.sample, self.names)

    @property
    def numeric(self) -> list[str]:
        """Names in the header of columns of numbers."""
        return _numeric(self.match, self.names, self.candidates)


def observe(sample: Sample) -> Observations:
    """Return the observations on a sample."""
    match = with_currency(best_match(sample.names()), sample)
    names = {column.name: name for column, name in match.columns}
    if "customer_id" not in names and "email" in names:
        names["customer_id"] = names.pop("email")
    totals = _totals(sample, match, names)
    if totals is not None and totals.is_of_order:
        del names["line_total"]
    filled = tuple(column for column in sales.fill_down(sample, names) if column not in (*FACTORS, "line_total"))
    orders: dict[str, set[str]] = defaultdict(set)
    if "customer_id" in names:
        # Without a known order number, each customer counts as one order, and their ids are still compared.
        for _, (customer, invoice) in sample.rows([names["customer_id"], names.get("invoice_no", "")]):
            if customer.strip():
                orders[customer.strip()].add(invoice)
    ids = id_spelling({one: len(invoices) for one, invoices in orders.items()})
    candidates = find_candidates(sample, _others(sample, names)) if _lacks_columns(names) else Candidates()
    numeric = _numeric(match, names, candidates)
    numbers = number_style(dict.fromkeys(text for name in numeric for text in sample.values(name)))
    words = tuple(sorted({*ids.null_words, *(text for text in numbers.unread if text.lower() in NULL_WORDS)}))
    day = names.get("invoice_date", next(iter(candidates.dates), None))
    texts = ((file.key, text) for file, (text,) in sample.rows([day]) if text.strip()) if day else ()
    return Observations(sample, match, names, ids, numbers, words, find_times(texts), filled, totals, candidates)


def _numeric(match: Match, names: Mapping[str, str], candidates: Candidates) -> list[str]:
    found = [
        names[column.name]
        for column, _ in match.columns
        if column.name in names and column.type in {"integer", "number"}
    ]
    return found if _has_money(names) else [*found, *candidates.decimals]


def _others(sample: Sample, names: Mapping[str, str]) -> list[str]:
    declared = {*names.values()}
    return [name for name in sample.names().values() if name not in declared]


def _lacks_columns(names: Mapping[str, str]) -> bool:
    return not {*ALWAYS_NEEDED} <= names.keys() or not _has_money(names)


def _has_money(names: Mapping[str, str]) -> bool:
    return "line_total" in names or {*FACTORS} <= names.keys()


def _totals(sample: Sample, match: Match, names: Mapping[str, str]) -> TotalsAssessment | None:
    """Assessment of the column of totals; None without one, or if the shop system's contract declares it."""
    if match.is_shop or "line_total" not in names:
        return None
    return assess_totals(sample, names, is_certain=not is_amount(names["line_total"]))
