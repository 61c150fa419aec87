"""Decision of the policy `stable` after a training: publish a model or names, keep the champion, or hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from app.segments.model.choose_k import KScore
from app.segments.model.compare import ModelComparison, compare
from app.segments.model.features import IntArray
from app.segments.model.identity import Identity, match_clusters
from app.segments.model.naming import ClusterNaming, TrainingCustomers
from app.segments.model.policy import PolicyState, StablePolicy
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable

Action = Literal["publish", "keep", "hold"]
Change = Literal["model", "names"]


@dataclass(frozen=True, eq=False)
class Decision:
    """Outcome of a training.

    Attributes:
        action: publish `proposed`, keep the champion, or hold `proposed` until a person promotes or discards it.
        change: kind of the proposal: the challenger, or the champion with other names.
        proposed: model that a publication makes current, with names and lasting ids.
        champion: model that is current without a publication; a cluster with its first members has got a name.
        reasons: sentences for people: why it is published, kept or held.
        state: for the next training.
        identity: relation of the challenger's clusters to the champion's.
        comparison: of the champion and `proposed`; None for the first model.
    """

    action: Action
    change: Change
    proposed: Scorer
    champion: Scorer
    reasons: tuple[str, ...]
    state: PolicyState
    identity: Identity
    comparison: ModelComparison | None

    @property
    def current(self) -> Scorer:
        """Model that is current after the training, unless a person decides otherwise."""
        return self.proposed if self.action == "publish" else self.champion


def decide_first(challenger: Scorer, customers: TrainingCustomers, table: SegmentTable) -> Decision:
    """Return the publication of the first model, by the plain rule: ids from 0, the table's names without tenure."""
    naming = ClusterNaming.of(customers, challenger.predict(customers.rfm), table)
    named = naming.applied(challenger, {each: naming.plain_name(each) for each in naming.medians})
    k = len(challenger.centroids)
    identity = Identity(challenger.ids, next_id=k, births=challenger.ids)
    reasons = ("Published: it is the first model.",)
    return Decision("publish", "model", named, named, reasons, PolicyState(next_id=k, k=k), identity, None)


def decide_latest(
    champion: Scorer, challenger: Scorer, customers: TrainingCustomers, state: PolicyState, table: SegmentTable
) -> Decision:
    """Return the publication of a model by the plain rule: the table's names without tenure, and lasting ids."""
    before = champion.predict(customers.rfm)
    champion = _with_new_clusters(champion, ClusterNaming.of(customers, before, table))
    identity, after = _match(champion, challenger, customers, before, state)
    naming = ClusterNaming.of(customers, after, table)
    names = {each: naming.plain_name(each) for each in naming.medians}
    named = naming.applied(replace(challenger, cluster_ids=identity.ids), names)
    found = compare(customers.rfm, champion, named, before, after)
    reasons = ("Published: under the policy latest every model is.",)
    state = state.after_publication(len(named.centroids), identity.next_id)
    return Decision("publish", "model", named, champion, reasons, state, identity, found)


def decide(
    policy: StablePolicy,
    champion: Scorer,
    challenger: Scorer,
    scores: Sequence[KScore],
    customers: TrainingCustomers,
    state: PolicyState,
    table: SegmentTable,
    *,
    forced: str | None = None,
) -> Decision:
    """Decide what a training publishes.

    Args:
        policy: thresholds.
        champion: published model, with names and lasting ids.
        challenger: model fitted today with `state.pick_k`, without names.
        scores: of the challenger's curve.
        customers: everybody to segment, as of today.
        state: after the last training.
        table: segment table.
        forced: reason for which the challenger is published whatever the thresholds, as a sentence; None without one.
    """
    before = champion.predict(customers.rfm)
    today = ClusterNaming.of(customers, before, table)
    champion = _with_new_clusters(champion, today)
    identity, after = _match(champion, challenger, customers, before, state)
    naming = ClusterNaming.of(customers, after, table)
    names = naming.names(champion.segment_of_cluster, policy.name_margin)
    challenger = naming.applied(replace(challenger, cluster_ids=identity.ids), names)
    found = compare(customers.rfm, champion, challenger, before, after)
    untrue = today.share_untrue(champion.segment_of_cluster, policy.name_margin)
    state = _count(state, policy, found, untrue, scores, customers)

    why_kept = _why_kept(policy, state, found)
    kept = Decision("keep", "model", challenger, champion, why_kept, state, identity, found)
    if forced:
        return _publish_or_hold(policy, kept, (forced,), force=True)
    if reasons := _why_model(policy, state, found, champion, challenger):
        return _publish_or_hold(policy, kept, reasons)
    if state.untrue.days(customers.as_of) < policy.untrue_days:
        return kept
    renamed = today.applied(champion, today.names(champion.segment_of_cluster, policy.name_margin))
    found = compare(customers.rfm, champion, renamed, before, before)
    reasons = (
        f"Published with other names: {_percent(untrue)} of the customers had another name than the segment "
        f"table's for {state.untrue.days(customers.as_of)} days.",
    )
    return _publish_or_hold(policy, replace(kept, change="names", proposed=renamed, comparison=found), reasons)


def _match(
    champion: Scorer, challenger: Scorer, customers: TrainingCustomers, before: IntArray, state: PolicyState
) -> tuple[Identity, IntArray]:
    """Return the lasting ids of the challenger's clusters, and the cluster (n,) of each customer under it."""
    positions = replace(challenger, cluster_ids=()).predict(customers.rfm)
    identity = match_clusters(champion.ids, before, positions, len(challenger.centroids), state.next_id)
    return identity, np.where(positions >= 0, np.asarray(identity.ids)[np.maximum(positions, 0)], positions)


def _with_new_clusters(champion: Scorer, today: ClusterNaming) -> Scorer:
    """Return the champion with names for outlier clusters that have their first members."""
    new = [each for each in today.medians if each not in champion.segment_of_cluster]
    return replace(
        champion,
        segment_of_cluster={**champion.segment_of_cluster, **{each: today.name(each) for each in new}},
        cluster_medians={**champion.cluster_medians, **{each: today.medians[each] for each in new}},
    )


def _count(
    state: PolicyState,
    policy: StablePolicy,
    found: ModelComparison,
    untrue: float,
    scores: Sequence[KScore],
    customers: TrainingCustomers,
) -> PolicyState:
    lags = found.inertia_ratio > 1 + policy.lag_inertia or found.across_fences > policy.lag_fences
    return replace(
        state.after_scores(scores, policy, customers.as_of),
        lagging=state.lagging.after(lags, customers.as_of),
        untrue=state.untrue.after(untrue > policy.untrue_share, customers.as_of),
    )


def _why_model(
    policy: StablePolicy, state: PolicyState, found: ModelComparison, champion: Scorer, challenger: Scorer
) -> tuple[str, ...]:
    old, new = len(champion.centroids), len(challenger.centroids)
    reasons = []
    if old != new:
        reasons.append(
            f"Published: {new} clusters scored better than {old} on {policy.k_trainings} trainings in a row."
        )
    if state.lagging.length >= policy.lag_trainings:
        reasons.append(f"Published: on {state.lagging.length} trainings in a row {_lag(policy, found)}.")
    return tuple(reasons)


def _why_kept(policy: StablePolicy, state: PolicyState, found: ModelComparison) -> tuple[str, ...]:
    if not state.lagging.length:
        return ("Kept: the published model fits today's customers.",)
    return (f"Kept: on {state.lagging.length} of {policy.lag_trainings} trainings in a row {_lag(policy, found)}.",)


def _lag(policy: StablePolicy, found: ModelComparison) -> str:
    """Return which limit is exceeded today, as a clause."""
    parts = []
    if found.inertia_ratio > 1 + policy.lag_inertia:
        parts.append(f"the inertia of the published model was {_percent(found.inertia_ratio - 1)} above the new one's")
    if found.across_fences > policy.lag_fences:
        parts.append(f"{_percent(found.across_fences)} of the customers were on another side of the fences")
    return " and ".join(parts)


def _publish_or_hold(
    policy: StablePolicy, proposal: Decision, reasons: tuple[str, ...], *, force: bool = False
) -> Decision:
    found = proposal.comparison
    held = [] if force or not policy.hold or found is None else _why_held(policy, found)
    if held:
        proposed = (reason.replace("Published", "Proposed", 1) for reason in reasons)
        return replace(proposal, action="hold", reasons=(*proposed, *held))
    next_id = proposal.identity.next_id if proposal.change == "model" else proposal.state.next_id
    state = proposal.state.after_publication(len(proposal.proposed.centroids), next_id, proposal.change)
    return replace(proposal, action="publish", reasons=reasons, state=state)


def _why_held(policy: StablePolicy, found: ModelComparison) -> list[str]:
    reasons = []
    if found.moved > policy.hold_moved:
        reasons.append(f"Held: it would move {_percent(found.moved)} of the customers.")
    if found.ari < policy.hold_ari:
        reasons.append(f"Held: the adjusted Rand index to the published model is {found.ari:.2f}.")
    return reasons


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
