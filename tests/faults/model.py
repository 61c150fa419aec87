"""Model of ingestion in plain Python: what any sequence of deliveries, crashes and ingests must leave behind.

A key serves the last content that was accepted under it. Equal contents are served once, by the key that had them
first, until it has another: then a duplicate inherits the rows as they are, and nothing is validated again. A
duplicate of a file that is missing is that file renamed: its correction replaces both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.validating import (
    ISO,
    NO_CUSTOMERS,
    NOTHING,
    Content,
    Sold,
    Validated,
    names,
    validate,
    validate_changed,
    validate_quarantine,
    without,
)

ACTIVE, DUPLICATE = "active", "duplicate"


@dataclass
class Place:
    """State of a key: the content that it serves or duplicates, what became of its rows, what was rejected since.

    rejected_by: the date format under which it was rejected; queued: what an ingest that died was to read again.
    """

    serving: Content | None = None
    role: str = ACTIVE
    validated: Validated = NOTHING
    rejected: Content | None = None
    rejected_by: str | None = None
    queued: Content | None = None
    is_missing: bool = False

    @property
    def active(self) -> Content | None:
        return self.serving if self.role == ACTIVE else None


@dataclass
class Model:
    """Keys, and every content that was ever read (known) or loaded (received) under one."""

    places: dict[str, Place]
    date_format: str = ISO
    erased: frozenset[str] = NO_CUSTOMERS
    known: set[tuple[str, Content]] = field(default_factory=set)
    received: set[tuple[str, Content]] = field(default_factory=set)

    def tick(self, standing: Mapping[str, Content], read: Sequence[str]) -> None:
        """A complete ingest: contents of the source, and the downloaded keys in order."""
        for key, place in self.places.items():
            place.is_missing = key not in standing
            if place.is_missing:
                place.rejected = None
                if place.role == DUPLICATE:
                    place.serving, place.role = None, ACTIVE
            place.queued = None
        self.validate_changed()
        unread = [key for key in sorted(standing.keys() - set(read)) if not self.knows(key, standing[key])]
        for key in [*read, *unread]:
            self._read(key, standing[key])

    def erase(self, customer: str) -> bool:
        """Erase a customer from all active contents; return whether any content had them."""
        # Bronze keeps every version that was loaded, and says of a row whose it is in whatever state it is.
        is_known = any(names(content, customer) for _, content in self.received) and customer not in self.erased
        if is_known:
            self.erased |= {customer}
            for place in self.places.values():
                place.validated = without(place.validated, customer)
        return is_known

    def replay(self) -> None:
        """Validate what is in quarantine by today's date format; what is in silver stays."""
        for place in self.places.values():
            if place.active is not None:
                place.validated = validate_quarantine(place.active, place.validated, self.date_format, self.erased)

    def validate_changed(self) -> None:
        """Validate what another date format has quarantined, once."""
        for place in self.places.values():
            if place.active is not None:
                place.validated = validate_changed(place.active, place.validated, self.date_format, self.erased)

    def apply(self) -> None:
        """Validate all that is served by today's date format; what it would reject stays as it is."""
        for place in self.places.values():
            if place.active is not None and place.validated.by != self.date_format:
                validated = validate(place.active, self.date_format, self.erased)
                place.validated = place.validated if validated.is_too_bad else validated

    def knows(self, key: str, content: Content) -> bool:
        """Whether this is what the key serves, or what today's date format rejected of it."""
        place = self.places[key]
        return content == place.serving or (content == place.rejected and place.rejected_by == self.date_format)

    def _read(self, key: str, content: Content) -> None:
        place = self.places[key]
        self.known.add((key, content))
        if place.active == content:
            place.rejected = None
        elif content.rows and self.holder(content) is not None:
            self._take(key, content, DUPLICATE)
        elif content.is_broken or validate(content, self.date_format, self.erased).is_too_bad:
            place.rejected, place.rejected_by = content, self.date_format
        else:
            self._take(key, content, ACTIVE)
            place.validated = validate(content, self.date_format, self.erased)
            self.received.add((key, content))

    def _take(self, key: str, content: Content, role: str) -> None:
        place, giver = self.places[key], self.places[key]
        if place.role == DUPLICATE and place.serving is not None and place.serving != content:
            original = self.places[self.holder(place.serving) or key]
            giver = original if original.is_missing else place
        given_up, validated = giver.active, giver.validated
        if giver is not place:
            giver.serving = None
        place.serving, place.role, place.rejected = content, role, None
        for other_key, other in sorted(self.places.items()):
            if given_up is not None and other.serving == given_up and other.role == DUPLICATE and other is not place:
                other.role, other.validated = ACTIVE, validated
                self.received.add((other_key, given_up))
                return

    def holder(self, content: Content) -> str | None:
        """The key that serves a content."""
        return next((key for key, place in self.places.items() if place.active == content), None)

    def states(self) -> dict[tuple[str, str], str]:
        """What the ledger says of every content that was read, by key and hash."""
        states = {(key, content.sha256): "superseded" for key, content in self.known}
        for key, place in self.places.items():
            if place.queued is not None:
                states[key, place.queued.sha256] = "discovered"
            if place.rejected is not None:
                states[key, place.rejected.sha256] = "rejected"
            if place.serving is not None:
                states[key, place.serving.sha256] = _state(place, place.serving)
        return states

    def active(self) -> Iterator[tuple[str, Content, Validated]]:
        """Keys that serve, with their contents and what became of them."""
        for key, place in sorted(self.places.items()):
            if place.active is not None:
                yield key, place.active, place.validated

    def sales(self) -> list[Sold]:
        """All that is in silver."""
        return [sale for _, _, validated in self.active() for sale in validated.silver]


def _state(place: Place, serving: Content) -> str:
    if place.role == DUPLICATE:
        return "duplicate"
    if place.is_missing:
        return "source_missing"
    return "loaded" if serving.rows else "empty"
