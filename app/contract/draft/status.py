"""States of orders: which of them do not count."""

import re
from collections import Counter
from typing import Final

from app.contract.draft.document import Setting
from app.contract.draft.sales import Names
from app.contract.draft.sample import Sample
from app.plurals import counted

MAX_STATES_SHOWN: Final = 12
MAX_STATE_LENGTH: Final = 40
MAX_EXCLUDED: Final = 20
USUAL: Final = ("cancelled", "refunded", "failed", "pending", "draft", "test")
"""States that are excluded although no order of the sample has them."""
UNCOUNTED: Final = frozenset(
    (
        *(
            "cancelled",
            "canceled",
            "cancel",
            "cancellation",
            "refunded",
            "refund",
            "returned",
            "return",
            "voided",
            "void",
        ),
        *("failed", "failure", "declined", "rejected", "denied", "error", "pending", "awaiting", "hold", "onhold"),
        *("unpaid", "draft", "test", "training", "trash", "expired", "abandoned", "chargeback", "deleted", "reversed"),
        *("storniert", "storno", "abgebrochen", "erstattet", "retourniert", "offen", "entwurf", "fehlgeschlagen"),
        *("annulé", "annulée", "annulee", "remboursé", "remboursée", "échoué", "échouée", "brouillon"),
        *("cancelado", "cancelada", "anulado", "anulada", "reembolsado", "reembolsada", "pendiente", "borrador"),
        *("pendente", "estornado", "estornada", "devolvido", "devolvida", "rascunho", "recusado", "recusada"),
        *("annullato", "annullata", "rimborsato", "rimborsata", "stornato", "stornata", "reso", "fallito", "bozza"),
        *("anulowane", "anulowany", "anulowana", "zwrócone", "zwrócony", "zwrot", "nieopłacone", "oczekujące", "szkic"),
        *("geannuleerd", "terugbetaald", "geretourneerd", "retour", "mislukt", "onbetaald", "concept"),
    )
)
"""Words in states of orders that do not count."""
STILL_COUNTED: Final = frozenset(
    ("not", "non", "no", "partially", "partial", "partly", "teilweise", "não", "nie", "niet")
)


def counted_states(sample: Sample, names: Names, filled: tuple[str, ...]) -> Setting | None:
    """Return the condition on the states of orders that count, with the states found; None without any.

    filled: columns whose value is only on the first row of an order.
    """
    if "status" not in names:
        return None
    name = names["status"]
    states = Counter(text.lower() for text in sample.values(name))
    if not states:
        return None
    uncounted = [state for state, _ in states.most_common() if is_uncounted(state) and len(state) <= MAX_STATE_LENGTH]
    excluded = uncounted[:MAX_EXCLUDED]
    listed = ", ".join(_quoted(state) for state in dict.fromkeys((*excluded, *USUAL)))
    rows = sum(len(file.rows) for file in sample.files)
    blank = rows - states.total() if "status" not in filled else 0
    condition = f"status not in ({listed})"
    setting = Setting("countsWhen", f"status is null or {condition}" if blank else condition)
    shown = [
        f"{state[:MAX_STATE_LENGTH]} ({counted(number, 'row')})"
        for state, number in states.most_common(MAX_STATES_SHOWN)
    ]
    shown += [f"{len(states) - MAX_STATES_SHOWN:,} more"] if len(states) > MAX_STATES_SHOWN else []
    shown += [f"none ({counted(blank, 'row')})"] if blank else []
    setting.remarks.checks.append(
        f"{name} has {', '.join(shown)}: orders that are {', '.join(excluded) or 'in any of these states'} "
        f"{'do not count' if excluded else 'count'}; list the states whose orders do not count."
    )
    return setting


def is_uncounted(state: str) -> bool:
    """Return whether orders in a state usually do not count, such as cancelled ones."""
    words = {*re.findall(r"[^\W\d_]+", state.lower())}
    return bool(words & UNCOUNTED) and not words & STILL_COUNTED


def _quoted(state: str) -> str:
    return "'" + state.replace("'", "''") + "'"
