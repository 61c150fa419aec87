"""Policy `stable`: thresholds, the counters carried from training to training, and the choice of k."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, Self

from app.segments.model.choose_k import KScore, best_k
from app.segments.model.chosen_k import K_LEAD, K_TRAININGS
from app.segments.model.naming import NAME_MARGIN


@dataclass(frozen=True)
class StablePolicy:
    """Thresholds of the policy `stable`. Shares are of all customers, 0..1.

    Attributes:
        k_lead: lead of another k's combined score that counts.
        k_trainings: trainings in a row with this lead, of the same k, before it is used.
        lag_inertia: excess of the champion's inertia over the challenger's that counts, as a share.
        lag_fences: share on another side of today's fences that counts.
        lag_trainings: trainings in a row with either before the challenger is published.
        name_margin: share of a bound by which medians may pass it before a name is no longer the table's.
        untrue_share: share with another name than the table's that counts.
        untrue_days: days for which it counts before the names are published.
        hold: whether a publication that moves many waits for a person.
        hold_moved: share moved above which it waits.
        hold_ari: adjusted Rand index to the champion below which it waits.
    """

    k_lead: float = K_LEAD
    k_trainings: int = K_TRAININGS
    lag_inertia: float = 0.05
    lag_fences: float = 0.02
    lag_trainings: int = 3
    name_margin: float = NAME_MARGIN
    untrue_share: float = 0.05
    untrue_days: int = 14
    hold: bool = True
    hold_moved: float = 0.30
    hold_ari: float = 0.60


@dataclass(frozen=True)
class Streak:
    """Trainings in a row for which a condition holds; several of one day, or of a day before, count once.

    Attributes:
        length: number of days with a training since the condition began to hold.
        first: first of these days.
        last: last day that was counted.
    """

    length: int = 0
    first: date | None = None
    last: date | None = None

    def after(self, holds: bool, as_of: date) -> Self:
        """Return the streak after a training: 0 if the condition does not hold."""
        if not holds:
            return type(self)()
        if self.first is None or self.last is None:
            return type(self)(1, as_of, as_of)
        return replace(self, length=self.length + 1, last=as_of) if as_of > self.last else self

    def days(self, as_of: date) -> int:
        """Return the number of days since the condition began to hold."""
        return 0 if self.first is None else (as_of - self.first).days


@dataclass(frozen=True)
class PolicyState:
    """State of the policy after a training, for the next one.

    Attributes:
        next_id: lowest cluster id that was never used.
        k: number of clusters of the challengers; None before the first training.
        leader: other k that leads, with the trainings in a row.
        lagging: trainings in a row in which the challenger was ahead of the champion.
        untrue: trainings in a row in which too many customers had another name than the table's.
    """

    next_id: int = 0
    k: int | None = None
    leader: int | None = None
    leading: Streak = Streak()
    lagging: Streak = Streak()
    untrue: Streak = Streak()

    def to_json(self) -> dict[str, Any]:
        """Return the state as JSON stores it."""
        streaks = {name: _streak_to_json(getattr(self, name)) for name in ("leading", "lagging", "untrue")}
        return {"next_id": self.next_id, "k": self.k, "leader": self.leader, **streaks}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Self:
        """Return a stored state; the initial one for None."""
        if stored is None:
            return cls()
        streaks = {name: _streak_from_json(stored[name]) for name in ("leading", "lagging", "untrue")}
        return cls(stored["next_id"], stored["k"], stored["leader"], **streaks)

    def after_scores(self, scores: Sequence[KScore], policy: StablePolicy, as_of: date) -> Self:
        """Return the state with the k of this training: that of the last one unless another one led for long enough.

        A k that is no longer possible is replaced at once by the best one.
        """
        combined = {score.k: score.combined for score in scores}
        if not combined:
            return replace(self, k=1, leader=None, leading=Streak())
        best = best_k(scores)
        if self.k not in combined:
            return replace(self, k=best, leader=None, leading=Streak())
        leads = best != self.k and combined[best] > combined[self.k] + policy.k_lead
        before = self.leading if best == self.leader else Streak()
        leading = before.after(leads, as_of)
        if leading.length >= policy.k_trainings:
            return replace(self, k=best, leader=None, leading=Streak())
        return replace(self, leader=best if leads else None, leading=leading)

    def pick_k(self, policy: StablePolicy, as_of: date) -> Callable[[Sequence[KScore]], int]:
        """Return the choice of k for `RFMSegmenter.fit`."""
        return lambda scores: self.after_scores(scores, policy, as_of).k or best_k(scores)

    def after_publication(self, k: int, next_id: int, change: Literal["model", "names"] = "model") -> Self:
        """Return the state after a model of `k` clusters, or other names, were published by the policy or a person."""
        if change == "names":
            return replace(self, untrue=Streak())
        return replace(self, k=k, next_id=next_id, lagging=Streak(), untrue=Streak())

    def after_discard(self, champion_k: int) -> Self:
        """Return the state after a person discarded the challenger: every count begins anew with the champion's k."""
        return replace(self, k=champion_k, leader=None, leading=Streak(), lagging=Streak())


def _streak_to_json(streak: Streak) -> dict[str, Any]:
    days = {"first": streak.first, "last": streak.last}
    return {"length": streak.length, **{name: day and day.isoformat() for name, day in days.items()}}


def _streak_from_json(stored: Mapping[str, Any]) -> Streak:
    first, last = (stored[name] and date.fromisoformat(stored[name]) for name in ("first", "last"))
    return Streak(stored["length"], first, last)
