"""What must be true of an installation, kept as small as can be: which entries there are, and what was said of them.

It knows nothing of scores and likeness; it takes them from what is stored and holds fates and mail against them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from tests.builders import NOW
from tests.crash.kill_world import rows
from tests.property.model_world import TO, Installation, tokens_of
from tracker.model import Verdict
from tracker.store import open_store

ENTRIES = """
SELECT e.id, coalesce(f.url, ''), e.canonical_url, e.title, group_concat(t.fate), e.article_id, a.title, a.family_id,
    a.grade, a.text, r.score, r.threshold
FROM entry e LEFT JOIN feed f ON f.id = e.feed_id LEFT JOIN fate t ON t.entry_id = e.id
LEFT JOIN article a ON a.id = e.article_id LEFT JOIN relevance r ON r.article_id = a.id GROUP BY e.id ORDER BY e.id
"""
YOUNG = timedelta(days=20)
Listed = tuple[str, str, str]
"""An entry as the world knows it: its feed ("" for an archive), its address and its title."""


class Row(NamedTuple):
    """An entry as it is stored."""

    id: int
    feed: str
    url: str
    title: str
    fate: str
    article_id: int
    headline: str
    family: int
    grade: str
    text: str
    score: float
    threshold: float

    @property
    def listed(self) -> Listed:
        return self.feed, self.url, self.title

    @property
    def passes(self) -> bool:
        return self.score >= self.threshold


@dataclass
class Oracle:
    """`recorded_at` of every entry that must be there, and the `words` that a person has said of which article.

    `unsettled`: families of which a person spoke since they were last decided; `answered` and `unheard`: how often the
    mail server took a message for a recipient, in a conversation that came to its end, or in one of which nobody knows.
    """

    recorded_at: dict[Listed, datetime] = field(default_factory=dict)
    words: dict[int, tuple[Verdict, ...]] = field(default_factory=dict)
    unsettled: set[int] = field(default_factory=set)
    forgotten: set[int] = field(default_factory=set)
    fates: dict[int, str] = field(default_factory=dict)
    answered: Counter[tuple[str, str]] = field(default_factory=Counter)
    unheard: Counter[tuple[str, str]] = field(default_factory=Counter)

    # ------------------------------------------------------------ what happened

    def record(self, listed: Iterable[Listed], at: datetime) -> int:
        """These entries are looked at now; how many are new."""
        new = [one for one in listed if one not in self.recorded_at]
        self.recorded_at |= dict.fromkeys(new, at)
        return len(new)

    def judge(self, row: Row, verdict: Verdict | None) -> None:
        """A person says a word of an article, or takes the last one back."""
        self.unsettled.add(row.family)
        said = self.words.get(row.article_id, ())
        self.words[row.article_id] = said[:-1] if verdict is None else (*said, verdict)

    @property
    def verdicts(self) -> dict[int, Verdict]:
        """The last word on each article."""
        return {article_id: said[-1] for article_id, said in self.words.items() if said}

    def rescored(self, found: list[Row]) -> None:
        """All was decided anew, but for families of which a text is forgotten: they stay as they are for ever."""
        self.forgotten |= self.unsettled & {row.family for row in found if row.grade == "deleted"}
        self.unsettled.clear()
        self.fates = {row.id: row.fate for row in found}

    # ------------------------------------------------------------ what must be true

    def check(self, world: Installation) -> None:
        """Look at all there is after a step."""
        found = entries(world)
        self.nothing_lost(world, found)
        self.decided_rightly(found)
        self.texts_kept(world, found)
        self.told_once(world)
        with closing(open_store(world.loaded.settings.store.url)) as store:
            flaws, _ = store.flaws()
        assert not flaws, flaws

    def nothing_lost(self, world: Installation, found: list[Row]) -> None:
        """Every entry is there once, with one fate, and every list and count says so."""
        there, wanted = Counter(row.listed for row in found), Counter(self.recorded_at.keys())
        assert there == wanted, f"lost {wanted - there}, not expected {there - wanted}"
        assert all(row.fate and "," not in row.fate for row in found), "exactly one fate"
        items = world.items()
        shown = Counter((item.title, item.fate.value) for item in items)
        assert shown == Counter((row.headline, row.fate) for row in found), "the list shows other entries"
        fates = Counter(row.fate for row in found)
        assert {fate.value: n for fate, n in world.tracker.fates().get("w", {}).items() if n} == fates, (
            "the counts do not add up"
        )
        judged = {item.article_id: item.judged for item in items if item.judged}
        assert judged == self.verdicts, "a person's word is lost"
        kept = {row.id: row.fate for row in found if row.id in self.fates}
        assert kept == self.fates, "a fate has changed, and not because all was scored anew"
        self.fates = {row.id: row.fate for row in found}

    def decided_rightly(self, found: list[Row]) -> None:
        """One member of a family is kept if any is wanted: by its score, or because a person said so."""
        families: dict[int, list[Row]] = {}
        for row in found:
            families.setdefault(row.family, []).append(row)
        for family, members in families.items():
            if family not in self.unsettled | self.forgotten:
                kept = [row for row in members if row.fate == "kept"]
                wanted = any(self._is_wanted(row, members) for row in members)
                assert len(kept) == wanted, f"family {family}: {kept} kept of {members}"

    def _is_wanted(self, row: Row, family: list[Row]) -> bool:
        said = {self.verdicts[one.article_id] for one in family if one.article_id in self.verdicts}
        of_all = next(iter(said)) if len(said) == 1 else None
        verdict = self.verdicts.get(row.article_id, of_all)
        return verdict is Verdict.RELEVANT or (row.passes and verdict is not Verdict.IRRELEVANT)

    def texts_kept(self, world: Installation, found: list[Row]) -> None:
        """What is young, or was judged, has its text."""
        first_seen: dict[int, datetime] = {}
        for row in found:
            first_seen.setdefault(row.article_id, self.recorded_at[row.listed])
        for row in found:
            is_young = world.at - first_seen[row.article_id] < YOUNG
            if row.article_id in self.verdicts or is_young:
                assert row.text, f"the text of {row} is gone"

    def told_once(self, world: Installation) -> None:
        """What was mailed is what is in the archive; what came again is the same to the byte, and nobody could know."""
        mails, saved = world.mails(), {one.message_id: one.tokens for one in digests(world)}
        for mail in mails:
            assert saved.get(mail.message_id) == mail.tokens, "mail went out that was never stored"
        letters = Counter(message_id for message_id, _ in {(mail.message_id, mail.raw) for mail in mails})
        assert max(letters.values(), default=1) == 1, "a message came again with other bytes"
        assert max(self.answered.values(), default=0) <= 1, (
            "a message came again though its arrival was known"
        )


@dataclass(frozen=True)
class Saved:
    """A digest of the archive."""

    message_id: str
    at: datetime
    tokens: frozenset[str]


def entries(world: Installation) -> list[Row]:
    """All entries, as a connection beside the program's sees them."""
    return [Row(*row) for row in rows(world.loaded.settings.store.url, ENTRIES)]


def digests(world: Installation) -> list[Saved]:
    """All digests of the archive."""
    leaf = world.tracker.reading.digests(None, 1, 1000)
    return [
        Saved(
            one.message.message_id, one.message.sent_at.replace(microsecond=0), tokens_of(one.message.plain)
        )
        for one in leaf.rows
    ]


def born(oracle: Oracle, found: list[Row]) -> dict[str, datetime]:
    """Since when each report is known: what a restore took away and a feed brought again is told again."""
    known: dict[str, datetime] = {}
    for row in found:
        at = oracle.recorded_at[row.listed]
        report = tokens_of(row.headline)
        for one in report:
            known[one] = min(known.get(one, at), at)
    return known


def unreported(world: Installation, oracle: Oracle) -> frozenset[str]:
    """The kept reports that no digest holds."""
    found = entries(world)
    since, saved = born(oracle, found), digests(world)
    kept = frozenset(one for row in found if row.fate == "kept" for one in tokens_of(row.headline))
    return frozenset(one for one in kept if not any(one in s.tokens and s.at >= since[one] for s in saved))


def arrived(world: Installation, saved: Saved) -> None:
    """Each recipient has a digest, or it is known and said that he has not."""
    with closing(open_store(world.loaded.settings.store.url)) as store:
        given_up = {(one.delivery.recipient, one.message_id) for one in store.undelivered(NOW)}
    has = {mail.to for mail in world.mails() if mail.message_id == saved.message_id}
    for to in TO:
        assert to in has or (to, saved.message_id) in given_up, f"{to} never got {saved.message_id}"
