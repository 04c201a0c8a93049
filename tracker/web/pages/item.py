"""One item: its text with what decided set off, reasons as `tracker why` says them, family, versions, judgements."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tracker.app import ArticleView, Tracker
from tracker.errors import ArticleNotFound
from tracker.model import Item, Judgement, LikenessKind, Relevance, StoredArticle, WatchName
from tracker.neardup.credit import correction_in
from tracker.neardup.families import lead_of
from tracker.relevance.telling import telling_words
from tracker.text.display import clean_line, clean_text
from tracker.text.word_diff import changes_between
from tracker.urls import host_of
from tracker.web.lines import credited, item_path, shown_topics
from tracker.web.marking import Layers, marked, passage_spans, query_spans, word_spans
from tracker.web.render import go, page, site_of, text_of

__all__ = ["routes"]

_TEXT: Final = 60_000
_FAMILY: Final = 60
_LISTED: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of a family; `of` is the one that a version replaces, `mark` a correction's or update's own word."""

    stored: StoredArticle
    reference: str
    mark: str
    of: str | None


def _item(request: Request) -> Response:
    reference, address = request.path_params["reference"], request.query_params.get("url", "")
    with site_of(request).reading() as tracker:
        view = _meant(tracker, reference, address)
        article = view.article.article
        own = article.external_id or str(view.article.id or reference)
        if address and own != reference:
            return go(item_path(own))
        why = tracker.why(article.url) if article.url else None
        judgements = tracker.reading.judgements(view.article.id)
    watch = _watch(request, view)
    relevance = next((one for one in view.relevance if one.watch == watch), None)
    return page(
        request, "item.html", view=view, article=article,
        reference=own,
        watch=watch, relevance=relevance, told=_told(relevance), why=why, judgements=judgements,
        topics=shown_topics(relevance.topics) if relevance else (), listed=_listed(view),
        paragraphs=_paragraphs(article.text, relevance, text_of(request, "q")), is_cut=len(article.text) > _TEXT,
        lead=lead_of(view.family) if view.family else None, members=_members(view),
        original=credited(view.fates[0]) if view.fates else "", fate=_fate(view, watch),
        judged=_judged(judgements, watch), others=[one.watch for one in view.relevance if one.watch != watch],
        back=f"{request.url.path}?watch={watch}",
    )  # fmt: skip


def _meant(tracker: Tracker, reference: str, address: str) -> ArticleView:
    """What a digest's link means: the article at its address, where a restored backup gave its id to another."""
    try:
        view = tracker.show(reference)
    except ArticleNotFound:
        if not address:
            raise
        return tracker.show(address)
    is_it = not address or view.article.article.canonical_url == address
    return view if is_it else tracker.show(address)


def _changes(request: Request) -> Response:
    """What a version changed, word by word."""
    with site_of(request).reading() as tracker:
        new, old = (tracker.show(request.path_params[name]).article for name in ("new", "old"))
    if new.family_id != old.family_id:
        raise HTTPException(404)
    changes = changes_between(_whole(old), _whole(new))
    return page(request, "changes.html", new=new, old=old, changes=changes)


def _watch(request: Request, view: ArticleView) -> WatchName:
    """The watch that is asked for, else the one that scored it highest."""
    asked = text_of(request, "watch")
    known = [one.watch for one in sorted(view.relevance, key=lambda one: -one.score)]
    known += [one.watch for one in view.fates]
    if asked in known:
        return WatchName(asked)
    return known[0] if known else WatchName(site_of(request).loaded.settings.watch[0].name)


def _told(relevance: Relevance | None) -> dict[str, object]:
    """The reasons with their shares, what they come to, and the passages without which it would not pass."""
    if relevance is None:
        return {"reasons": (), "total": 0.0, "together": 0.0, "passages": ()}
    reasons = [one for one in relevance.reasons if one.kind != "passage"]
    total = sum(one.weight for one in relevance.reasons)
    passages = [one for one in relevance.reasons if one.kind == "passage"]
    together = 1 / (1 + math.exp(-max(-700.0, total)))
    return {"reasons": reasons, "total": total, "together": together, "passages": passages}


def _paragraphs(text: str, relevance: Relevance | None, query: str) -> list[Markup]:
    """The text in paragraphs, passages and telling words set off; places count in the text as it is stored."""
    reasons = relevance.reasons if relevance else ()
    words, spans = telling_words(reasons), passage_spans(reasons, len(text))
    found: list[Markup] = []
    at = 0
    for line in text[:_TEXT].splitlines(keepends=True):
        start, at = at, at + len(line)
        shown = clean_line(line)
        if not shown:
            continue
        raw = line.rstrip()
        inside = [
            (max(a, start) - start, min(b, start + len(raw)) - start)
            for a, b in spans
            if a < at and b > start
        ]
        if shown == raw:
            layers: Layers = {
                "passage": inside,
                "word": word_spans(raw, words),
                "query": query_spans(raw, query),
            }
            found.append(marked(raw, layers))
        else:  # what had to be cleaned has lost its places: the whole line is set off where a passage was in it
            whole = [(0, len(shown))] if inside else []
            layers = {"passage": whole, "word": word_spans(shown, words), "query": query_spans(shown, query)}
            found.append(marked(shown, layers))
    return found


def _members(view: ArticleView) -> list[Member]:
    """The family, oldest first, unless it has but one member."""
    if len(view.family) < 2:
        return []
    names = {one.id: one.article.external_id or str(one.id) for one in view.family}
    return [
        Member(
            stored=one,
            reference=names[one.id],
            mark=correction_in(one.article.title, one.article.text),
            of=names.get(one.likeness.of)
            if one.likeness.of is not None and one.likeness.kind is LikenessKind.VERSION
            else None,
        )
        for one in view.family[:_FAMILY]
    ]


def _listed(view: ArticleView) -> list[tuple[Item, int]]:
    """Where it was listed; what reads the same stands there once, with how often."""
    seen: dict[tuple[object, ...], tuple[Item, int]] = {}
    for one in view.fates:
        key = (one.fate, one.watch, host_of(one.feed or ""), one.note)
        first, count = seen.get(key, (one, 0))
        seen[key] = (first, count + 1)
    return list(seen.values())[:_LISTED]


def _fate(view: ArticleView, watch: WatchName) -> Item | None:
    return next((one for one in view.fates if one.watch == watch), None)


def _judged(judgements: tuple[Judgement, ...], watch: WatchName) -> str | None:
    """The word that holds: the newest on relevance, else that it stands alone."""
    own = [one.verdict.value for one in judgements if one.watch == watch]
    return next((word for word in reversed(own) if word != "not-duplicate"), own[-1] if own else None)


def _whole(stored: StoredArticle) -> str:
    return f"{clean_line(stored.article.title)}\n{clean_text(stored.article.text)}"


routes = [
    Route("/items/{reference}", _item),
    Route("/changes/{new}/{old}", _changes),
]
