"""What programs get of items, articles, feeds and stories: the fields of `--json` and of the JSON API, in one place.

Fields are only ever added. `tracker.outputs.json_text` writes them. Every command that prints JSON imports this at its
start, so what only some of them need is loaded where it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.neardup.credit import correction_in, credited
from tracker.outputs.json_text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracker.app import ArticleView, Drawn, Explanation, Status
    from tracker.app.feed_views import FeedView
    from tracker.app.stories import StoryView
    from tracker.model import Feed, FeedHealth, Item, Reason, StoredArticle
    from tracker.stories.timeline import StorySummary, Timeline

__all__ = [
    "article_fields",
    "drawn_fields",
    "explanation_fields",
    "feed_fields",
    "feed_view_fields",
    "item_fields",
    "reason_fields",
    "status_fields",
    "story_fields",
    "story_view_fields",
    "timeline_fields",
]


def item_fields(item: Item, *, full: bool = False) -> dict[str, Any]:
    """Return the fields of `--jsonl`, in their fixed order; `full` adds the article's text."""
    fields: dict[str, Any] = {
        "id": item.id,
        "url": item.url,
        "canonical_url": item.canonical_url,
        "title": item.title,
        "outlet": item.outlet,
        "feed": item.feed,
        "published": item.published_at,
        "first_seen": item.first_seen_at,
        "lang": item.language,
        "watch": item.watch,
        "score": item.score,
        "threshold": item.threshold,
        "topics": {topic.topic: topic.score for topic in item.topics},
        "reasons": [reason_fields(reason) for reason in item.reasons],
        "fate": item.fate,
        "duplicate_of": item.duplicate_of,
        "similarity": item.similarity,
        "kind": item.kind,
        "family": item.family,
        "story": item.story,
        "carriers": [
            {
                "outlet": c.outlet,
                "url": c.url,
                "kind": c.kind,
                "title": c.title,
                "published": c.published_at,
                "seen": c.seen_at,
            }
            for c in item.carriers
        ],
        "original": credited(item),
        "note": item.note,
        "source": item.source,
        "grade": item.grade,
        "judged": item.judged,
    }
    return {**fields, "text": item.text} if full else fields


def reason_fields(reason: Reason) -> dict[str, Any]:
    """Return a reason; one that quotes says where in the stored text it stands, in characters; the title is nowhere."""
    fields = {"kind": reason.kind, "text": reason.text, "weight": reason.weight}
    return fields if reason.start is None else {**fields, "start": reason.start, "end": reason.end}


def article_fields(view: ArticleView) -> dict[str, Any]:
    """Return the same as one document."""
    return {
        "article": view.article,
        "relevance": view.relevance,
        "fates": [
            {"watch": item.watch, "fate": item.fate, "feed": item.feed, "note": item.note}
            for item in view.fates
        ],
        "original": _original(view.family),
        "family": [_member_fields(member) for member in view.family],
        "story": [_member_fields(member) for member in view.story],
    }


def feed_fields(feed: Feed, health: FeedHealth, sentence: str) -> dict[str, object]:
    """Return one feed for programs."""
    from tracker.polling.telling import rhythm_words

    state = feed.state
    return {
        "url": feed.url,
        "title": feed.title,
        "site": feed.site_url,
        "tags": feed.tags,
        "health": health,
        "problem": sentence,
        "added": feed.added_at,
        "last_polled": state.last_polled_at,
        "last_success": state.last_success_at,
        "last_new": state.last_new_at,
        "next_poll": state.next_poll_at,
        "failures": state.failures,
        "rhythm": rhythm_words(state.rhythm),
        "held_until": state.held_until,
        "moved_to": state.moved_to,
        "notice": state.notice,
        "gaps": state.gaps,
    }


def feed_view_fields(view: FeedView) -> dict[str, object]:
    """Return all that is known of one feed for programs."""
    return {
        **feed_fields(view.feed, view.health, view.sentence),
        "state": plain(view.feed.state),
        "polls": plain(view.polls),
        "moves": plain(view.moves),
    }


def story_fields(story: StorySummary) -> dict[str, Any]:
    """Return a story as one object."""
    return {
        "id": story.id,
        "title": story.title,
        "first": story.first_at,
        "last": story.last_at,
        "reports": story.reports,
        "outlets": story.outlets,
        "copies": story.copies,
        "versions": story.versions,
        "score": story.score,
        "items": story.items,
    }


def story_view_fields(view: StoryView) -> dict[str, Any]:
    """Return one story with its timeline."""
    fields = story_fields(view.summary)
    history = {"asked": view.asked, "merged": view.merged, "split_from": view.split_from}
    return {**fields, **history, "timeline": view.reports}


def timeline_fields(timeline: Timeline) -> dict[str, Any]:
    """Return coverage as one document."""
    return {
        "by": timeline.by,
        "step_days": timeline.step_days,
        "days": [day.isoformat() for day in timeline.days],
        "series": [{"label": one.label, "total": one.total, "counts": one.counts} for one in timeline.series],
    }


def drawn_fields(one: Drawn) -> dict[str, object]:
    """Return an article that waits to be judged."""
    return {
        "id": one.item.id,
        "watch": one.item.watch,
        "score": one.item.score,
        "title": one.item.title,
        "url": one.item.url,
        "stratum": one.stratum,
        "kept": one.kept,
        "chance": one.chance,
    }


def _member_fields(member: StoredArticle) -> dict[str, Any]:
    return {
        "id": member.id,
        "title": member.article.title,
        "url": member.article.url,
        "outlet": member.article.outlet,
        "published": member.article.published_at,
        "mark": correction_in(member.article.title, member.article.text),
        "first_seen": member.first_seen_at,
        "likeness": member.likeness,
    }


def _original(family: Sequence[StoredArticle]) -> dict[str, Any] | None:
    if not family:
        return None
    from tracker.neardup.families import lead_of

    lead = lead_of(family)
    return {"id": lead.id, "source": lead.source, "evidence": lead.reason}


def explanation_fields(answer: Explanation) -> dict[str, Any]:
    """Return what happened to an address."""
    return {
        "url": answer.url,
        "canonical_url": answer.canonical_url,
        "outcome": answer.outcome,
        "sentence": answer.sentence,
        "command": answer.command,
        "items": [item_fields(item) for item in answer.items],
    }


def status_fields(status: Status) -> dict[str, Any]:
    """Return the installation in numbers."""
    return {**plain(status), "troubled": [feed_fields(*row) for row in status.troubled]}
