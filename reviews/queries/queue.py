"""The queue: what waits, grouped by whose turn it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reviews.models import Change, Person
from reviews.queries.card import Card, card_of
from reviews.queries.facts import facts_of
from reviews.queries.turn import DONE
from reviews.services.permissions import visible_changes

MOST_OPEN = 300
MOST_DONE = 20
TITLES = {
    "you": "Needs you",
    "agent": "Waiting for the agent",
    "others": "Waiting for others",
    "done": "Done",
}


@dataclass(frozen=True, slots=True)
class Section:
    """Cards of one turn: those that need you oldest first, the done newest first."""

    key: str
    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """The sections in order; needs_you and running are the counts of the navigation."""

    sections: tuple[Section, ...]
    needs_you: int
    running: int
    is_cut: bool

    @property
    def is_empty(self) -> bool:
        return not any(section.cards for section in self.sections)


def queue_for(asker: Person, only: str = "") -> Queue:
    """All open changes the asker may see (the newest 300) and the last 20 done ones.

    only: a section's key, to leave the others out.
    """
    seen = visible_changes(asker).select_related("repository", "author").order_by("-pk")
    opened = list(seen.exclude(status__in=DONE)[: MOST_OPEN + 1])
    done = list(seen.filter(status__in=DONE).order_by("-status_at")[:MOST_DONE])
    cards = _cards([*opened[:MOST_OPEN], *done], asker)
    by_turn = {key: [c for c in cards if c.turn.whose == key] for key in TITLES}
    by_turn["you"].sort(key=lambda card: card.at)
    by_turn["done"].sort(key=lambda card: card.at, reverse=True)
    by_turn["agent"] = _with_places(by_turn["agent"])
    sections = tuple(
        Section(key, TITLES[key], tuple(found))
        for key, found in by_turn.items()
        if (not only or only == key)
    )
    return Queue(
        sections, len(by_turn["you"]), len(by_turn["agent"]), is_cut=len(opened) > MOST_OPEN
    )


def _cards(changes: list[Change], asker: Person) -> list[Card]:
    return [card_of(facts) for facts in facts_of(changes, asker)]


def _with_places(cards: list[Card]) -> list[Card]:
    """Running first; each queued card knows how many are ahead of it."""
    running = [card for card in cards if not card.is_queued]
    queued = sorted((card for card in cards if card.is_queued), key=lambda card: card.number)
    return [*running, *(replace(card, ahead=place) for place, card in enumerate(queued))]


def next_for(asker: Person, after: int) -> int | None:
    """The number of the change that needs the asker next, other than `after`."""
    for section in queue_for(asker, only="you").sections:
        for card in section.cards:
            if card.number != after:
                return card.number
    return None
