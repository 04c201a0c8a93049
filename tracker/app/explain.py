"""`why`: what happened to an address, in one sentence, with the command that would change it."""

from __future__ import annotations

from tracker.app.views import Explanation
from tracker.errors import ArticleNotFound
from tracker.model import Fate, Feed, Item, Verdict
from tracker.ports import Store
from tracker.urls import canonical_url, host_of

__all__ = ["explain"]

_RANK = (
    Fate.KEPT, Fate.VERSION, Fate.COPY, Fate.BELOW_THRESHOLD, Fate.PENDING, Fate.FILTERED, Fate.UNREADABLE,
    Fate.REFUSED, Fate.TOO_OLD,
)  # fmt: skip


def explain(store: Store, url: str) -> Explanation:
    """Find an address among entries, then articles, then feeds, and say what became of it."""
    canonical = canonical_url(url)
    if canonical is None:
        sentence = f"{url} is not a web address." if url.strip() else "No address is given."
        return Explanation(url=url, canonical_url="", outcome="bad_url", sentence=sentence)
    items = store.fates_of(canonical) or _items_of_article(store, canonical) or _items_of_article(store, url)
    if items:
        return _of_item(url, canonical, items)
    return _of_unseen(store, url, canonical)


def _items_of_article(store: Store, reference: str) -> tuple[Item, ...]:
    """An address that entries reached only through a redirect."""
    try:
        stored = store.article(reference)
    except ArticleNotFound:
        return ()
    return store.fates_of(stored.article.canonical_url) or store.items_of(stored.id)


def _of_item(url: str, canonical: str, items: tuple[Item, ...]) -> Explanation:
    item = min(items, key=lambda found: _RANK.index(found.fate))
    sentence, command = _judged(item) or _words(item)
    return Explanation(
        url=url,
        canonical_url=canonical,
        outcome=item.fate.value,
        sentence=sentence,
        command=command,
        items=items,
    )


def _judged(item: Item) -> tuple[str, str] | None:
    """What a person's own word has done, or will do at the next rescoring; None where there is none."""
    wanted = {Verdict.RELEVANT: Fate.KEPT, Verdict.IRRELEVANT: Fate.BELOW_THRESHOLD}
    if item.judged not in wanted or item.fate not in wanted.values():
        return None
    said = f"You judged it {item.judged.value}"
    is_done = item.fate is wanted[item.judged]
    is_kept = "is kept" if item.fate is Fate.KEPT else "is not kept"
    score = f"its score of {item.score or 0:.2f} (line {item.threshold or 0:.2f})"
    if is_done:
        return f"{said}, so it {is_kept}, whatever {score}. {_seen(item)}.", f"tracker judge {item.id} --undo"
    return f"{said}; until the next rescoring it {is_kept} by {score}. {_seen(item)}.", "tracker rescore"


def _seen(item: Item) -> str:
    return f"Seen {item.first_seen_at:%Y-%m-%d %H:%M} UTC" + (f" in {item.feed}" if item.feed else "")


def _words(item: Item) -> tuple[str, str]:
    seen, score, line = _seen(item), f"{item.score or 0:.2f}", f"{item.threshold or 0:.2f}"
    relevant = f"tracker judge {item.id} relevant"
    match item.fate:
        case Fate.KEPT:
            return f"{seen} and kept with score {score} (line {line}).", f"tracker show {item.id}"
        case Fate.COPY | Fate.VERSION:
            kind = "a new version" if item.fate is Fate.VERSION else "a copy"
            of = f" of {item.duplicate_of}" if item.duplicate_of else ""
            return (
                f"{seen} and folded as {kind}{of}: {item.note}.",
                f"tracker judge {item.id} not-duplicate",
            )
        case Fate.BELOW_THRESHOLD:
            return f"{seen} and scored {score}, under the line {line}: {_reasons(item)}", relevant
        case Fate.PENDING:
            return (
                f"{seen}; the page could not be had yet ({item.note}). It will be tried again.",
                "tracker fetch",
            )
        case Fate.TOO_OLD:
            return (
                f"{seen} and passed over: {item.note}.",
                f"tracker feeds reset {item.feed}",
            )
        case Fate.REFUSED:  # nor would anything else of ours ask for it
            return f"{seen}, but not asked for: {item.note}", ""
        case _:
            return f"{seen}, but not readable: {item.note}", f"tracker score {item.url}"


def _reasons(item: Item) -> str:
    return "; ".join(reason.text for reason in item.reasons[:3]) or item.note


def _of_unseen(store: Store, url: str, canonical: str) -> Explanation:
    feeds = [feed for feed in store.feeds() if _same_site(feed, canonical)]
    if not feeds:
        sentence = f"Never seen: no feed of {host_of(canonical)} is followed, and no other feed listed it."
        command = f"tracker feeds discover {url}"
        return Explanation(
            url=url, canonical_url=canonical, outcome="no_feed", sentence=sentence, command=command
        )
    feed = feeds[0]
    if feed.state.last_success_at is None:
        failed = f" ({feed.state.error_detail})" if feed.state.error_detail else ""
        sentence = f"Not polled yet: {feed.url} was never read{failed}."
        return Explanation(
            url=url,
            canonical_url=canonical,
            outcome="not_polled",
            sentence=sentence,
            command=f"tracker fetch --feed {feed.url}",
        )
    sentence = f"Never seen: {feed.url}, read last {feed.state.last_success_at:%Y-%m-%d %H:%M} UTC, has not listed it."
    return Explanation(
        url=url,
        canonical_url=canonical,
        outcome="not_listed",
        sentence=sentence,
        command=f"tracker feeds test {feed.url}",
    )


def _same_site(feed: Feed, canonical: str) -> bool:
    wanted = _site(host_of(canonical))
    return any(_site(host_of(address)) == wanted for address in (feed.url, feed.site_url) if address)


def _site(host: str) -> str:
    """The last two labels, or three where the second is a short one (co.uk): near enough to name the likely feed."""
    labels = host.split(".")
    count = 3 if len(labels) > 2 and len(labels[-2]) <= 3 else 2
    return ".".join(labels[-count:])
