"""Reason why a training has its number of clusters, in words."""

from collections.abc import Mapping
from typing import Any, Final

K_LEAD: Final = 0.02
"""Lead of another k's combined score that counts."""
K_TRAININGS: Final = 7
"""Trainings in a row with this lead, of the same k, before it is used."""


def why_k(k: int, combined: Mapping[int, float], policy_state: Mapping[str, Any]) -> str:
    """Return why a training has `k` clusters, as a sentence.

    Args:
        k: number of clusters of the core.
        combined: combined score of each k that is possible.
        policy_state: state of the policy after the training, as segments.model stores it.
    """
    if not combined:
        return "The customers differ too little for more clusters."
    best = max(combined, key=lambda each: (combined[each], -each))
    if best == k:
        return f"{k} clusters have the highest combined score."
    lead = combined[best] - combined.get(k, 0)
    leads = f"{best} clusters have a score higher by {lead:.4f}"
    rule = f"k changes after a lead of more than {K_LEAD} on {K_TRAININGS} trainings in a row"
    if policy_state.get("leader") != best:
        return f"{k} clusters are kept: {leads}, and {rule}."
    return f"{k} clusters are kept: {leads}, and {rule}; this was training {policy_state['leading']['length']}."
