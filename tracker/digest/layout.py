"""How much room each item gets when there are too many for a mail: full, one linked line, a short title, only its id.

The best stories keep the most room, wherever their section stands; every item keeps at least its id.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tracker.digest.policy import DigestPolicy
from tracker.digest.view import DigestView, ItemView, SectionView, StoryView

__all__ = ["Plan", "Room", "SectionRoom", "StoryRoom", "arrange", "fitting"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many stories are told in full; of the items left, best first, how many get a link, a title, an id."""

    full: int
    linked: int
    titled: int
    ids: int


@dataclass(frozen=True, slots=True)
class StoryRoom:
    """A story in full: its lead, and its other items on a line each."""

    lead: ItemView
    linked: tuple[ItemView, ...]
    titled: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class SectionRoom:
    """A section's items by the room they get; `count` is all of them, `without` those for which there is none."""

    heading: str
    count: int
    stories: tuple[StoryRoom, ...]
    linked: tuple[ItemView, ...]
    titled: tuple[ItemView, ...]
    ids: tuple[ItemView, ...]
    without: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """A whole digest laid out."""

    sections: tuple[SectionRoom, ...]

    @property
    def omitted(self) -> int:
        """How many items have no room at all."""
        return sum(len(section.without) for section in self.sections)


def fitting(view: DigestView, policy: DigestPolicy, size: Callable[[Room], int]) -> Room:
    """Return the richest layout whose size is within the policy's, found by bisection; the poorest when none is."""
    stories = [story for section in view.sections for story in section.stories]
    plans = _plans(len(stories), sum(map(len, stories)), policy)
    richest = arrange(view, plans[-1])
    if size(richest) <= policy.html_bytes:
        return richest
    fit = bisect_right(plans, policy.html_bytes, key=lambda plan: size(arrange(view, plan)))
    return arrange(view, plans[max(0, fit - 1)])


def _plans(stories: int, items: int, policy: DigestPolicy) -> list[Plan]:
    """All plans worth trying, from the poorest to the richest; each is larger than the one before."""
    full = min(policy.full_stories, stories)
    rest = items - full
    return [
        *(Plan(0, 0, 0, n) for n in range(items)),
        *(Plan(n, 0, 0, items - n) for n in range(full)),
        *(Plan(full, 0, n, rest - n) for n in range(rest)),
        *(Plan(full, n, rest - n, 0) for n in range(rest)),
        *(Plan(n, items - n, 0, 0) for n in range(full, min(stories, policy.full_at_most) + 1)),
    ]


def arrange(view: DigestView, plan: Plan) -> Room:
    """Give every item its room."""
    ranked = sorted((s for section in view.sections for s in section.stories), key=lambda s: -s[0].worth)
    full = {id(story) for story in ranked[: plan.full]}
    rest = [item for story in ranked for item in (story[1:] if id(story) in full else story)]
    linked, titled = plan.linked, plan.linked + plan.titled
    kinds = _Kinds(
        full=full,
        linked={id(item) for item in rest[:linked]},
        titled={id(item) for item in rest[linked:titled]},
        ids={id(item) for item in rest[titled : titled + plan.ids]},
        without={id(item) for item in rest[titled + plan.ids :]},
    )
    return Room(tuple(kinds.section(section) for section in view.sections))


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Which stories and items (by identity) get which room."""

    full: set[int]
    linked: set[int]
    titled: set[int]
    ids: set[int]
    without: set[int]

    def section(self, section: SectionView) -> SectionRoom:
        outside = [i for story in section.stories if id(story) not in self.full for i in story]
        everything = [item for story in section.stories for item in story]
        return SectionRoom(
            heading=section.heading,
            count=len(everything),
            stories=tuple(self._story(story) for story in section.stories if id(story) in self.full),
            linked=_of(outside, self.linked),
            titled=_of(outside, self.titled),
            ids=_of(everything, self.ids),
            without=_of(everything, self.without),
        )

    def _story(self, story: StoryView) -> StoryRoom:
        others: Sequence[ItemView] = story[1:]
        return StoryRoom(story[0], _of(others, self.linked), _of(others, self.titled))


def _of(items: Iterable[ItemView], chosen: set[int]) -> tuple[ItemView, ...]:
    return tuple(item for item in items if id(item) in chosen)
