"""One entry from article to record: compare, score, decide, group, record.

The same path for polled entries and for archives. Everything here happens inside one `ingesting()` transaction and in
one thread, so which article is the original does not depend on luck.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.model import (
    Article,
    Entry,
    EntryId,
    Fate,
    FeedId,
    Fingerprint,
    KnownArticle,
    Likeness,
    LikenessKind,
    Record,
    StorySketch,
    Watch,
    WatchName,
)
from tracker.neardup.policy import LikenessPolicy
from tracker.pipeline.decide import fate_of_article, fates_for_all
from tracker.pipeline.grouping import Grouping
from tracker.pipeline.likeness import find_likeness, is_like
from tracker.pipeline.scoring import Scored, Scoring
from tracker.ports import IngestSession
from tracker.stories import StoryPolicy

__all__ = ["Draft", "Ingested", "Ingester"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry ready to be judged. `article` None: nothing readable, `fate` and `note` say what happened instead."""

    feed_id: FeedId | None
    entry: Entry
    revision: int = 0
    first_seen_at: datetime
    article: Article | None
    known: KnownArticle | None = None
    fate: Fate = Fate.UNREADABLE
    note: str = ""
    retry_at: datetime | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """Where an entry was recorded, and its fate for each watch."""

    entry_id: EntryId
    fates: Mapping[WatchName, Fate]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    likeness: Likeness
    fingerprint: Fingerprint
    prepared: bytes
    sentences: tuple[int, ...]


class Ingester:
    """Turns drafts into records. `scoring` is shared by all runs of a process."""

    def __init__(self, scoring: Scoring, likeness: LikenessPolicy, stories: StoryPolicy) -> None:
        self._scoring = scoring
        self._likeness = likeness
        self._grouping = Grouping(scoring, stories)

    def refresh(self) -> None:
        """Bring profiles up to the stream's present statistics; between transactions."""
        self._scoring.refresh()

    def reload(self) -> None:
        """Forget what a failed transaction left in memory."""
        self._scoring.reload()
        self._grouping.reload()

    def ingest(self, session: IngestSession, draft: Draft, watches: Sequence[Watch]) -> Ingested:
        """Judge one draft for the watches that follow its feed, and record the outcome."""
        record = self._judge(session, draft, watches)
        entry_id = session.record(record).entry_id
        if record.story_id is not None and record.story_terms:
            self._grouping.refine(session, record.story_id)
        return Ingested(entry_id=entry_id, fates=record.fates)

    def _judge(self, session: IngestSession, draft: Draft, watches: Sequence[Watch]) -> Record:
        if draft.article is None:
            return self._without_article(session, draft, watches)
        known = session.known_article(draft.article.canonical_url)
        verdict = self._compare(session, draft.article, draft.first_seen_at)
        if known is not None and verdict.fingerprint.exact_key == known.exact_key:
            return _same_page(draft, known, watches)
        if known is not None and self._tells_on(session, draft, draft.article, known):
            verdict = _as_version(verdict, known)
        return self._new_article(session, draft, verdict, watches)

    def _without_article(self, session: IngestSession, draft: Draft, watches: Sequence[Watch]) -> Record:
        """An entry that shows a page stored already, or one that has no readable text."""
        url = draft.entry.canonical_url
        known = draft.known or (session.known_article(url) if url and draft.fate is Fate.COPY else None)
        if known is not None:
            return _same_page(draft, known, watches)
        names = [watch.name for watch in watches]
        fates, notes = fates_for_all(names, draft.fate, draft.note)
        return _record(draft, fates=fates, notes=notes)

    def _compare(self, session: IngestSession, article: Article, seen_at: datetime) -> _Verdict:
        published = article.published_at or seen_at
        found = find_likeness(session, article.title, article.text, published, self._likeness)
        likeness, fingerprint, prepared, sentences = found
        return _Verdict(likeness=likeness, fingerprint=fingerprint, prepared=prepared, sentences=sentences)

    def _tells_on(self, session: IngestSession, draft: Draft, article: Article, known: KnownArticle) -> bool:
        """Whether other text at an address tells on what stood there; a front page holds one article after another."""
        if draft.revision > 0:
            return True
        return is_like(session, known.article_id, article.title, article.text, self._likeness)

    def _new_article(
        self, session: IngestSession, draft: Draft, verdict: _Verdict, watches: Sequence[Watch]
    ) -> Record:
        article = draft.article
        if article is None:
            raise AssertionError("only drafts with an article come here")
        scored = self._scoring.score(article, watches)
        likeness = verdict.likeness
        family = likeness.family_id
        settled = session.settled_in_family(family) if likeness.is_duplicate and family else frozenset()
        decided = {r.watch: fate_of_article(r, likeness, settled) for r in scored.relevance}
        kept = any(fate is Fate.KEPT for fate, _ in decided.values())
        story = self._group(session, draft, scored, likeness, kept=kept)
        self._scoring.observe(scored)
        return _record(
            draft,
            fates={watch: fate for watch, (fate, _) in decided.items()},
            notes={watch: note for watch, (_, note) in decided.items()},
            article=article,
            fingerprint=verdict.fingerprint,
            prepared=verdict.prepared,
            likeness=likeness,
            relevance=scored.relevance,
            background=scored.increments,
            sentences=verdict.sentences,
            story_id=story.id if story else None,
            story_terms=story.terms if story else "",
            story_at=story.last_at if story else None,
        )

    def _group(
        self, session: IngestSession, draft: Draft, scored: Scored, likeness: Likeness, *, kept: bool
    ) -> StorySketch | None:
        """The story of an article as changed by it; without terms where it changes nothing."""
        at = _told_at(draft)
        family = likeness.family_id if likeness.is_duplicate else None
        story_id = session.story_of_family(family) if family is not None else None
        if story_id is not None:
            return StorySketch(id=story_id, terms="", last_at=at)
        if not kept or draft.article is None:
            return None
        return self._grouping.place(session, draft.article, scored.analysed, at)


def _told_at(draft: Draft) -> datetime:
    """When the event was told: an archive's articles are stored today but belong to their own day."""
    published = draft.article.published_at if draft.article else None
    return min(published, draft.first_seen_at) if published else draft.first_seen_at


def _same_page(draft: Draft, known: KnownArticle, watches: Sequence[Watch]) -> Record:
    """An address that is stored already, unchanged: the entry is one more carrier of it."""
    names = [watch.name for watch in watches]
    fates, notes = fates_for_all(names, Fate.COPY, "the same page, listed again or by another feed")
    return _record(draft, fates=fates, notes=notes, article_id=known.article_id)


def _as_version(verdict: _Verdict, known: KnownArticle) -> _Verdict:
    """The text at an address that has changed is a new version of what stood there."""
    likeness = Likeness(
        kind=LikenessKind.VERSION,
        of=known.article_id,
        family_id=known.family_id,
        similarity=verdict.likeness.similarity if verdict.likeness.family_id == known.family_id else 0.0,
        reasons=("the page at the same address has changed", *verdict.likeness.reasons),
    )
    return _Verdict(
        likeness=likeness,
        fingerprint=verdict.fingerprint,
        prepared=verdict.prepared,
        sentences=verdict.sentences,
    )


def _record(draft: Draft, **outcome: object) -> Record:
    return Record(
        feed_id=draft.feed_id,
        entry=draft.entry,
        revision=draft.revision,
        first_seen_at=draft.first_seen_at,
        retry_at=draft.retry_at,
        attempts=draft.attempts,
        **outcome,  # type: ignore[arg-type]
    )
