"""What kind of likeness a folding pair has: a copy, a text cut short, or a version that says something else.

Both texts are laid side by side by the word runs they share. What stands in one alone is a *place*: of a few words it
is wording (spelling, misprints, an editor's hand), of a sentence or more (or of half as much, with a new figure in it)
a *passage*. Bylines, datelines and notes of copyright are neither: they stand at the ends of a text and are made of
names, dates and the words of the trade, so a wire text under another paper's line stays a copy. Nor are a site's
invitations to subscribe and to share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from zlib import crc32

from tracker.model import LikenessKind
from tracker.neardup.features import PairFeatures, Wording
from tracker.neardup.policy import LikenessPolicy
from tracker.neardup.prepared import SPACED_WIDTH
from tracker.neardup.rules import counted

__all__ = ["Kind", "Layout", "kind_of", "names_a_correction"]

_CORRECTION_WORDS = """
correct corrected correcting correction corrections corrects update updated updates updating refile refiled
recast recasts recasting clarification clarifies amended rectificación corrección actualización actualizado
korrektur korrigiert aktualisiert berichtigung rectificatif 更正 更新 訂正
"""
_CORRECTION_MARKS = frozenset(_CORRECTION_WORDS.split())
_CREDIT_WORDS = """
by from for with and the of in at on to a an all this is was am pm gmt utc est edt source sources editor editors edited
editing reporting reported reporter reporters writing written compiled additional contributed contributing staff
correspondent bureau desk news agency wire press service services media group company inc ltd plc copyright rights
reserved published updated posted last modified created via story article report first appeared originally
por de la el redacción agencia fuente par avec source rédaction agence von aus quelle redaktion agentur mit und
"""
_CREDIT_HASHES = frozenset(crc32(word.encode()) for word in _CREDIT_WORDS.split())
_FURNITURE_WORDS = """
sign newsletter newsletters subscribe subscribed subscriber subscribers subscription login inbox email read click
follow facebook twitter linkedin whatsapp instagram app download alerts notifications share comments cookies privacy
advertisement rights reserved copyright rewritten redistributed permission website registered guidelines readers
journalism unlimited podcast
suscríbete boletín compartir anuncio derechos reservados abonnez partager publicité droits réservés
abonnieren teilen anzeige rechte vorbehalten
"""
_FURNITURE_HASHES = frozenset(crc32(word.encode()) for word in _FURNITURE_WORDS.split())
_FEWEST_FURNITURE_WORDS = 3


class Place(NamedTuple):
    """Words [first, end) of a text that stand in no run the other text has."""

    first: int
    end: int

    @property
    def words(self) -> int:
        """Length."""
        return self.end - self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What one text has and the other has not, in words: new sentences, and how many places of mere wording.

    `ending`: length of its end as far as most of that is missing in the other, 0 for a few words.
    `changed`: hashes of the words in places of wording. `figures`: those that stand there for others, as
    (new figure, old figure).
    """

    passages: int
    ending: int
    places: int
    changed: frozenset[int]
    figures: tuple[tuple[str, str], ...]


class Kind(NamedTuple):
    """What a folding pair is and why; `hidden` are changed figures, (new, old), that are no examples of the pair.

    Those stand in a slot that the text has several times: by its surroundings alone it was filled alike somewhere.
    """

    kind: LikenessKind
    why: str
    hidden: tuple[tuple[str, str], ...]


def kind_of(new: Wording, old: Wording, pair: PairFeatures, policy: LikenessPolicy) -> Kind:
    """Name the kind of a pair that folds, and say why with its figures."""
    here, there = _Side(new, old), _Side(old, new)
    added, dropped = _lay_out(here, there, policy), _lay_out(there, here, policy)
    corrected = names_a_correction(new.prepared.title) and not names_a_correction(old.prepared.title)
    hidden = _hidden(pair, added)
    facts = _changed_facts(pair, added, policy) + len(hidden)
    if corrected or facts or added.passages:
        named = ", its title says so" if corrected else ""
        said = f"version: {counted(added.passages, 'word')} added, {counted(facts, 'fact')} changed{named}"
        return Kind(LikenessKind.VERSION, said, hidden)
    if _is_cut(pair, dropped, policy):
        said = f"cut short: {len(new.words)} of {counted(len(old.words), 'word')} are left, none added"
        return Kind(LikenessKind.TRUNCATED, said, hidden)
    differs = f"wording differs in {counted(added.places, 'place')}" if added.places else "same wording"
    return Kind(LikenessKind.COPY, f"a copy: no passage added, {differs}", hidden)


def names_a_correction(title: Collection[str]) -> bool:
    """Whether a title's words call the article a correction or an update."""
    return not _CORRECTION_MARKS.isdisjoint(title)


class _Side:
    """One text of a pair, with its places; the rest is made only if one of them asks for it."""

    def __init__(self, text: Wording, other: Wording) -> None:
        self.text = text
        self.places = _places(text, other.shingles)

    @cached_property
    def before(self) -> dict[Place, tuple[int | None, int]]:
        """The shared run that each place follows, and which of the places behind such a run it is.

        By this the same place is found in the other text.
        """
        runs, width = self.text.runs, self.text.prepared.width
        seen = Counter[int | None]()
        found: dict[Place, tuple[int | None, int]] = {}
        for place in self.places:
            run = runs[place.first - width] if place.first else None
            found[place] = run, seen[run]
            seen[run] += 1
        return found

    @cached_property
    def words_after(self) -> dict[tuple[int | None, int], Sequence[int]]:
        """The words of each place, by what it follows."""
        return {self.before[place]: self.text.words[place.first : place.end] for place in self.places}

    @cached_property
    def figures(self) -> dict[int, str]:
        """The figures among the facts, by their hashes."""
        words = {word for fact in self.text.prepared.facts for word in _figures(fact.value)}
        return {crc32(word.encode()): word for word in words}

    @cached_property
    def credit(self) -> frozenset[int]:
        """Hashes of what a credit line is made of: the facts' words and those of the trade."""
        names = {word for fact in self.text.prepared.facts for word in fact.value.split()}
        return _CREDIT_HASHES.union(crc32(word.encode()) for word in names)


def _lay_out(side: _Side, other: _Side, policy: LikenessPolicy) -> Layout:
    """Find what one side has and the other has not."""
    text, places = side.text, side.places
    shortest = policy.passage_words * _unit(text)
    passages = wording = 0
    changed: set[int] = set()
    figures: list[tuple[str, str]] = []
    for place in places:
        words = text.words[place.first : place.end]
        there = other.words_after.get(side.before[place], ())
        at_an_end = place.first == 0 or place.end == len(text.words)
        if (at_an_end and _is_credit(words, there, side, policy)) or _is_furniture(words, policy):
            continue
        is_passage = place.words >= shortest or (
            place.words >= shortest / 2 and _holds_a_new_figure(words, side, other)
        )
        if is_passage and not _is_reworded(words, there, policy):
            passages += place.words
        else:
            wording += 1
            changed.update(words)
            is_alike = len(words) == len(there) if at_an_end else len(there) < shortest
            figures += _changed_figures(words, there, side, other) if is_alike else ()
    ending = _ending(places, len(text.words))
    return Layout(
        passages=passages,
        ending=ending if ending >= shortest else 0,
        places=wording,
        changed=frozenset(changed),
        figures=tuple(figures),
    )


def _holds_a_new_figure(words: Sequence[int], side: _Side, other: _Side) -> bool:
    return bool((side.figures.keys() & words).difference(other.text.words))


def _changed_figures(
    words: Sequence[int], there: Sequence[int], side: _Side, other: _Side
) -> Iterator[tuple[str, str]]:
    """Pair the figures of a place with those that stand in its stead in the other text."""
    come = [side.figures[word] for word in words if word in side.figures and word not in there]
    gone = [other.figures[word] for word in there if word in other.figures and word not in words]
    return zip(come, gone, strict=False)


def _hidden(pair: PairFeatures, added: Layout) -> tuple[tuple[str, str], ...]:
    told = {word for new, _ in pair.examples for word in new.split()}
    return tuple(dict.fromkeys(one for one in added.figures if one[0] not in told))


def _is_reworded(words: Sequence[int], there: Sequence[int], policy: LikenessPolicy) -> bool:
    """Whether a stretch says in other words or letters what the other text has in its place, about as long."""
    return len(there) <= 2 * len(words) and _share(words, there) >= policy.reworded_share


def _ending(places: Sequence[Place], words: int) -> int:
    """Return the length of the longest end of a text most of which stands in places."""
    inside = longest = 0
    for place in reversed(places):
        inside += place.words
        if inside > (words - place.first) / 2:
            longest = words - place.first
    return longest


def _is_cut(pair: PairFeatures, dropped: Layout, policy: LikenessPolicy) -> bool:
    """Whether the new text is the old one without its end, or much shorter than it."""
    if pair.new_in_old < policy.truncated_containment:
        return False
    return pair.ratio < policy.truncated_ratio or 0 < dropped.ending >= dropped.passages / 2


def _changed_facts(pair: PairFeatures, added: Layout, policy: LikenessPolicy) -> int:
    """Count facts that really changed: not in a credit line, and not as a misprint among many."""
    changed = [
        (new, old)
        for new, old in pair.examples
        if any(crc32(word.encode()) in added.changed for word in _own_words(new, old))
    ]
    if len(changed) >= policy.changed_share * added.places:
        return len(changed)
    return sum(_figures(new) != _figures(old) for new, old in changed if _figures(new) and _figures(old))


def _own_words(new: str, old: str) -> set[str]:
    """What one filling of a slot has and the other has not; all of it where it only says less."""
    return set(new.split()).difference(old.split()) or set(new.split())


def _figures(value: str) -> set[str]:
    return {word for word in value.split() if word.isdecimal()}


def _places(text: Wording, there: Collection[int]) -> list[Place]:
    """Find the maximal stretches of words that no shared run covers."""
    shared = bytes(map(there.__contains__, text.runs))
    places, covered, at = list[Place](), 0, shared.find(1)
    while at >= 0:
        if at > covered:
            places.append(Place(covered, at))
        missing = shared.find(0, at)
        end = missing if missing >= 0 else len(shared)
        covered = end - 1 + text.prepared.width
        at = shared.find(1, end)
    if covered < len(text.words):
        places.append(Place(covered, len(text.words)))
    return places


def _is_credit(words: Sequence[int], there: Sequence[int], side: _Side, policy: LikenessPolicy) -> bool:
    """Whether what a stretch has and the other text's has not is a credit: datelines name the same town."""
    own = [word for word in words if word not in there]
    return len(words) <= policy.credit_words and _share(own, side.credit) >= policy.credit_share


def _is_furniture(words: Sequence[int], policy: LikenessPolicy) -> bool:
    """Whether a stretch invites readers to subscribe, share and allow cookies: what sites print around articles."""
    marks = sum(map(_FURNITURE_HASHES.__contains__, words))
    return marks >= max(_FEWEST_FURNITURE_WORDS, policy.furniture_share * len(words))


def _share(words: Sequence[int], known: Collection[int]) -> float:
    return sum(map(known.__contains__, words)) / max(1, len(words))


def _unit(text: Wording) -> int:
    """Words as counted here in what a reader calls a word: two characters where each counts as one."""
    return 1 if text.prepared.width == SPACED_WIDTH else 2
