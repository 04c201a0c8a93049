"""Everything known of one article, as lines for a terminal. Pure functions over the front door's values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from tracker.app.fields import article_fields
from tracker.cli.output import ago, local
from tracker.model import DateConfidence, Item, LikenessKind, Relevance, StoredArticle, Verdict
from tracker.neardup.credit import correction_in
from tracker.neardup.families import lead_of
from tracker.relevance.telling import telling_words
from tracker.text.columns import display_width, wrap
from tracker.text.display import clean_line, clean_text
from tracker.text.tokens import base_word
from tracker.text.word_diff import Change, changes_between

if TYPE_CHECKING:
    from tracker.app import ArticleView

__all__ = ["article_fields", "article_text", "diff_text", "relevance_lines"]

_EXCERPT_LINES = 12
_WORD = re.compile(r"[^\W\d_]+")


def article_text(view: ArticleView, *, width: int, now: datetime, full: bool = False) -> str:
    """Write article, scores, fates, family with what changed, story, text."""
    blocks = [
        _head(view.article, width, now),
        *("\n".join(relevance_lines(one, width, judged=view.judged(one.watch))) for one in view.relevance),
        _fates(view.fates, width),
        _family(view, width, now),
        *_versions(view, width),
        _story(view, width, now),
        _text(view.article, width, full=full),
    ]
    return "\n\n".join(block for block in blocks if block)


def relevance_lines(relevance: Relevance, width: int, *, judged: Verdict | None = None) -> list[str]:
    """Write one watch's score, its topics, every reason with its share of the log-odds, and the passages that decided.

    The shares add up to the score's log-odds, which the last of them says. What a person said, `judged`, comes first:
    it decides over the score.
    """
    verdict = "kept" if relevance.passes else "under the line"
    if judged in {Verdict.RELEVANT, Verdict.IRRELEVANT}:
        verdict = "over the line" if relevance.passes else "under the line"
    said = f"you judged it {judged.value}; " if judged else ""
    head = f"{clean_line(relevance.watch)}: {said}{relevance.score:.2f}, {verdict} (line {relevance.threshold:.2f})"
    topics = ", ".join(f"{clean_line(t.topic)} {t.score:.2f}" for t in relevance.topics)
    lines = [click.style(head, bold=True)]
    if topics:
        lines += _indented(f"topics: {topics}", width)
    told = [reason for reason in relevance.reasons if reason.kind != "passage"]
    for reason in told:
        lines += _indented(
            clean_line(reason.text), width, f"{reason.weight:+.2f}  " if reason.weight else " " * 7
        )
    if told:
        total = sum(reason.weight for reason in relevance.reasons)
        lines.append(f"  {total:+.2f}  together, as log-odds: {1 / (1 + math.exp(-total)):.2f}")
    return lines + _passages(relevance, width)


def _passages(relevance: Relevance, width: int) -> list[str]:
    """Quote what carried the article over the line, the words that tell set off on a terminal."""
    quoted = [reason for reason in relevance.reasons if reason.kind == "passage"]
    if not quoted:
        return []
    telling = telling_words(relevance.reasons)
    lines = ["  Without these passages it would not pass:"]
    for reason in quoted:
        place = "" if reason.start is None else f"  ({reason.start}-{reason.end})"
        lines += [_set_off(line, telling) for line in _indented(clean_line(reason.text) + place, width, "  ")]
    return lines


def _set_off(line: str, telling: frozenset[str]) -> str:
    return _WORD.sub(lambda m: click.style(m[0], bold=True) if base_word(m[0]) in telling else m[0], line)


def diff_text(changes: Sequence[Change]) -> str:
    """Write changes as [-went-] {+came+}, coloured on a terminal."""
    return " ".join(filter(None, (_piece(change) for change in changes)))


def _piece(change: Change) -> str:
    text = clean_line(change.text)
    if change.kind == "removed":
        return click.style(f"[-{text}-]", fg="red")
    if change.kind == "added":
        return click.style(f"{{+{text}+}}", fg="green")
    return " ".join(filter(None, ("…" if change.skipped else "", text)))


def _indented(text: str, width: int, lead: str = "") -> list[str]:
    """Wrap below a hanging `lead`."""
    lines = wrap(text, width - 2 - display_width(lead)) or [""]
    return [f"  {lead}{lines[0]}", *(f"  {' ' * display_width(lead)}{line}" for line in lines[1:])]


def _head(stored: StoredArticle, width: int, now: datetime) -> str:
    article = stored.article
    doubt = " (date uncertain)" if article.date_confidence is DateConfidence.LOW else ""
    published = (
        f"published {local(article.published_at)}{doubt}"
        if article.published_at
        else "publication date unknown"
    )
    facts = (
        " · ".join(
            filter(None, (clean_line(article.outlet), clean_line(article.byline), article.language or ""))
        ),
        f"{published}, first seen {ago(stored.first_seen_at, now)}",
        clean_line(article.url),
        f"text: {article.grade.value}, from the {article.source.value}",
        clean_line(article.note),
    )
    title = [click.style(line, bold=True) for line in wrap(clean_line(article.title), width)]
    return "\n".join([*title, *(line for fact in facts if fact for line in wrap(fact, width))])


def _fates(items: Sequence[Item], width: int) -> str:
    lines: list[str] = []
    for item in items:
        place = f" by {clean_line(item.feed)}" if item.feed else ""
        note = f": {clean_line(item.note)}" if item.note else ""
        lines += wrap(f"{item.fate.value} for {clean_line(item.watch)}, listed{place}{note}", width)
    return "\n".join(lines)


def _member(member: StoredArticle, now: datetime) -> str:
    kind, alike = member.likeness.kind, member.likeness.similarity
    likeness = kind.value if kind is LikenessKind.ORIGINAL else f"{kind.value}, {alike:.2f} alike"
    if kind is LikenessKind.RELATED:  # of no other's family: the original of its own
        likeness = f"original, {alike:.2f} like {member.likeness.of}"
    place = clean_line(member.article.outlet) or clean_line(member.article.url)
    title = clean_line(member.article.title)
    return f"{place}: {title} ({likeness}; {ago(member.first_seen_at, now)})"


def _family(view: ArticleView, width: int, now: datetime) -> str:
    if len(view.family) < 2:
        return ""
    lead = lead_of(view.family)
    source = clean_line(lead.source) or str(lead.id)
    told = _indented(f"original: {source} ({lead.reason})", width)
    return "\n".join([_members("Family", view.family, width, now), *told])


def _story(view: ArticleView, width: int, now: datetime) -> str:
    others = [member for member in view.story if member.family_id != view.article.family_id]
    return _members("Same story", others, width, now) if others else ""


def _members(label: str, members: Sequence[StoredArticle], width: int, now: datetime) -> str:
    lines = [line for one in members for line in _indented(_member(one, now), width, f"{one.id}  ")]
    return "\n".join([click.style(f"{label}:", bold=True), *lines])


def _versions(view: ArticleView, width: int) -> Iterator[str]:
    """Each version against the article it replaces."""
    texts = {member.id: member for member in view.family}
    for member in view.family:
        earlier = texts.get(member.likeness.of) if member.likeness.of is not None else None
        if member.likeness.kind is not LikenessKind.VERSION or earlier is None:
            continue
        changes = changes_between(_whole(earlier), _whole(member))
        told = diff_text(changes) if changes else "no word of the text differs"
        mark = correction_in(member.article.title, member.article.text)
        named = f", {mark}" if mark else ""
        head = click.style(f"Changed from {earlier.id} to {member.id}{named}:", bold=True)
        yield "\n".join([head, *_indented(told, width)])


def _whole(stored: StoredArticle) -> str:
    return f"{stored.article.title}\n{stored.article.text}"


def _text(stored: StoredArticle, width: int, *, full: bool) -> str:
    lines = [line for part in clean_text(stored.article.text).splitlines() for line in wrap(part, width)]
    if full or len(lines) <= _EXCERPT_LINES:
        return "\n".join(lines)
    return "\n".join([*lines[:_EXCERPT_LINES], f"… {len(lines) - _EXCERPT_LINES} more lines: add --full"])
