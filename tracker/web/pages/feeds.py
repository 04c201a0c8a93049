"""The feeds: which are followed, how each does and what mends it; found from a site's address, brought in and out.

Whatever fetches goes through the one guarded fetcher and is asked for by POST; of what was fetched only what a feed
says of itself is shown, never a document, and no error repeats an address.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tracker.app import OpmlImport, Progress, Tracker
from tracker.app.feed_views import Followed
from tracker.errors import FeedExists, FeedNotFound, TrackerError
from tracker.model import Activity, Feed, FeedHealth
from tracker.polling.telling import rhythm_words
from tracker.text.display import clean_line
from tracker.web.charts import sparkline
from tracker.web.jobs import Job
from tracker.web.pages.watch import jobs_of
from tracker.web.refusal import unaddressed
from tracker.web.render import counted, form_of, go, page, site_of, text_of

__all__ = ["activity_words", "attachment", "nav", "rhythm_line", "routes"]

_SHOWN: Final = 50
_MOST_OUTLINES: Final = 5_000
_ARRIVALS_DAYS: Final = 30
_TRYING = threading.Lock()
_Row = tuple[Feed, FeedHealth, str]
_SAID: Final = {
    "removed": "It is not followed any more. Its articles stay, and it can be followed again below.",
    "resumed": "It is followed again, from where it was.",
    "reset": "It starts afresh: failures and its host's wish for rest are forgotten, and it is due now.",
    "undone": "It has its former address again; that move is not made again.",
    "polling": "It is being polled.",
    "busy": "Other work runs just now; try again when it has ended.",
    "known": "This address is followed already.",
    "nothing": "There is no such feed any more.",
}


def rhythm_line(feed: Feed) -> str:
    """The sparkline of a feed's hours, "" while nothing is learned."""
    rhythm = feed.state.rhythm
    if rhythm is None or rhythm.weight < 5:
        return ""
    words = f"New entries by hour of the day, UTC: {rhythm_words(rhythm) or 'not known well yet'}"
    return sparkline(rhythm.hours, words)


def activity_words(now: Activity) -> str:
    """Say what goes on in a line."""
    if now.polling:
        waiting = f", {now.due:,} wait" if now.due else ""
        return f"{counted(now.polling, 'feed')} being polled{waiting}."
    last = f"{now.last_poll_at.astimezone():%H:%M}" if now.last_poll_at else ""
    due = f" {counted(now.due, 'feed')} due." if now.due else ""
    return f"Nothing is being polled; the last poll ended at {last}.{due}" if last else f"No poll yet.{due}"


def attachment(content: str | bytes, kind: str, name: str) -> Response:
    """An answer that is saved under a name of ours."""
    return Response(
        content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


# ------------------------------------------------------------ reading


def _list(request: Request) -> Response:
    with site_of(request).reading() as tracker:
        rows = tracker.feeds()
        gone = tracker.unfollowed()
        activity = tracker.activity(datetime.now(UTC))
    words, chosen = text_of(request, "q").casefold(), text_of(request, "health")
    found = sorted((row for row in rows if _is_wanted(row, words, chosen)), key=_order)
    number = _page_number(request)
    counts = Counter(health for _, health, _ in rows)
    return page(
        request,
        "feeds.html",
        rows=found[(number - 1) * _SHOWN : number * _SHOWN],
        total=len(rows),
        found=len(found),
        number=number,
        pages=-(-len(found) // _SHOWN),
        counts=[(health.value, counts[health]) for health in FeedHealth if counts[health]],
        troubled=sum(count for health, count in counts.items() if not health.is_well),
        gone=gone,
        q=text_of(request, "q"),
        chosen=chosen,
        given={"q": text_of(request, "q"), "health": chosen},
        rhythm_line=rhythm_line,
        plainly=_without_command,
        activity=activity_words(activity),
        job=jobs_of(request).latest,
        said=_SAID.get(text_of(request, "said"), ""),
    )


def _one(request: Request) -> Response:
    with site_of(request).reading() as tracker:
        feed = _feed(request, tracker)
        view = tracker.show_feed(feed.url)
        arrivals = tracker.arrivals(feed.id, _ARRIVALS_DAYS)
    now = datetime.now(UTC)
    days = Counter((now - at).days for at in arrivals)
    return page(
        request,
        "feed.html",
        view=view,
        feed=view.feed,
        sentence=_without_command(view.sentence),
        rhythm=rhythm_words(view.feed.state.rhythm),
        hours=rhythm_line(view.feed),
        weekdays=_weekdays(view.feed),
        arrived=len(arrivals),
        daily=sparkline(
            [days[back] for back in reversed(range(_ARRIVALS_DAYS))],
            f"New entries on each of the last {_ARRIVALS_DAYS} days: {len(arrivals)} in all",
        ),
        job=jobs_of(request).latest,
        said=_SAID.get(text_of(request, "said"), ""),
    )


def _opml(request: Request) -> Response:
    with site_of(request).reading() as tracker:
        return attachment(tracker.export_opml(), "text/x-opml", "feeds.opml")


def _is_wanted(row: _Row, words: str, chosen: str) -> bool:
    feed, health, _ = row
    said = f"{feed.title} {feed.url} {' '.join(feed.tags)}".casefold()
    if chosen == "troubled":
        return not health.is_well and words in said
    return (not chosen or health.value == chosen) and words in said


def _order(row: _Row) -> tuple[bool, str]:
    """Those that need a person first."""
    feed, health, _ = row
    return health.is_well, (feed.title or feed.url).casefold()


def _page_number(request: Request) -> int:
    asked = request.query_params.get("page", "1")
    return min(10_000, max(1, int(asked))) if asked.isdecimal() and len(asked) < 6 else 1


def _weekdays(feed: Feed) -> str:
    rhythm = feed.state.rhythm
    if rhythm is None or rhythm.weight < 5:
        return ""
    return sparkline(rhythm.weekdays, "New entries by weekday, from Monday")


def _without_command(sentence: str) -> str:
    """The sentence of a feed's condition; the page has buttons for the command behind it."""
    return sentence.partition(" tracker feeds ")[0]


# ------------------------------------------------------------ changing


def _add(request: Request) -> Response:
    """Follow an address, or show what is to be chosen from."""
    form = form_of(request)
    url, title = clean_line(str(form.get("url", "")), 2_000), clean_line(str(form.get("title", "")), 200)
    tags = [tag for part in str(form.get("tags", "")).split(",") if (tag := clean_line(part, 60))]
    wants_all = form.get("discover") is not None
    try:
        with _trying(request) as tracker:
            if form.get("untried") is not None:
                followed = Followed(feed=tracker.add_feed(url, title=title, tags=tags))
            elif wants_all:
                followed = Followed(feed=None, choice=tracker.discover(url))
            else:
                followed = tracker.follow_feed(url, title=title, tags=tags)
    except TrackerError as error:
        said = _SAID["known"] if isinstance(error, FeedExists) else unaddressed(error, url)
        return page(request, "feed_found.html", said=said, choice=None, tags="")
    if followed.feed is not None:
        return go(f"/feeds/{followed.feed.id}?said={'resumed' if followed.feed.state.last_polled_at else ''}")
    return page(request, "feed_found.html", said="", choice=followed.choice, tags=", ".join(tags))


def _try(request: Request) -> Response:
    """Try a feed once and show what it lists; nothing is stored."""
    url = clean_line(str(form_of(request).get("url", "")), 2_000)
    try:
        with _trying(request) as tracker:
            tried = tracker.test_feed(url)
    except TrackerError as error:
        return page(request, "feed_tried.html", tried=None, said=unaddressed(error, url))
    return page(request, "feed_tried.html", tried=tried, said="")


def _import(request: Request) -> Response:
    given = form_of(request).get("file")
    content = b""
    if given is not None and not isinstance(given, str):
        with given.file as file:
            content = file.read()
    if not content:
        raise HTTPException(400)
    if content.lower().count(b"<outline") > _MOST_OUTLINES:
        done = OpmlImport(added=0, known=0, problems=(f"It lists more than {_MOST_OUTLINES:,} feeds.",))
    else:
        with site_of(request).working() as tracker:
            done = tracker.import_opml(content)
    return page(request, "feeds_imported.html", done=done)


def _poll_all(request: Request) -> Response:
    return go(f"/feeds?said={'' if _start_poll(request, (), '/feeds') else 'busy'}")


def _poll(request: Request) -> Response:
    with site_of(request).reading() as tracker:
        feed = _feed(request, tracker)
    path = f"/feeds/{feed.id}"
    return go(f"{path}?said={'polling' if _start_poll(request, (feed.url,), path) else 'busy'}")


def _start_poll(request: Request, urls: Sequence[str], path: str) -> bool:
    def work(tracker: Tracker, note: Callable[[Progress], None]) -> str:
        report = tracker.fetch(urls=urls, progress=note)
        failed = f", {report.failed} failed" if report.failed else ""
        return (
            f"{counted(len(report.polls), 'feed')} polled{failed}; {counted(len(report.kept), 'item')} kept."
        )

    job = Job(name="Polling" if urls else "Polling what is due", path=path, total=len(urls))
    return jobs_of(request).start(job, site_of(request), work)


def _act(said: str, do: Callable[[Tracker, str], object]) -> Callable[[Request], Response]:
    """An action on one feed that ends on a page which says so."""

    def acting(request: Request) -> Response:
        with site_of(request).working() as tracker:
            feed = _feed(request, tracker)
            do(tracker, feed.url)
        where = "/feeds" if said == "removed" else f"/feeds/{feed.id}"
        return go(f"{where}?said={said}")

    return acting


def _resume(request: Request) -> Response:
    """Follow a feed again that was left: it keeps its entries and goes on from there."""
    number = request.path_params["id"]
    with site_of(request).working() as tracker:
        feed = next((one for one in tracker.unfollowed() if one.id == number), None)
        if feed is None:
            return go("/feeds?said=nothing")
        tracker.add_feed(feed.url, title=feed.title, tags=feed.tags)
    return go(f"/feeds/{number}?said=resumed")


def _feed(request: Request, tracker: Tracker) -> Feed:
    number = request.path_params["id"]
    for feed, _, _ in tracker.feeds():
        if feed.id == number:
            return feed
    raise FeedNotFound("No such feed.")


@contextmanager
def _trying(request: Request) -> Iterator[Tracker]:
    """One attempt at an address at a time; judging goes on beside it."""
    with _TRYING, site_of(request).reading() as tracker:
        yield tracker


routes = [
    Route("/feeds", _list),
    Route("/feeds/feeds.opml", _opml),
    Route("/feeds/add", _add, methods=["POST"]),
    Route("/feeds/test", _try, methods=["POST"]),
    Route("/feeds/import", _import, methods=["POST"]),
    Route("/feeds/poll", _poll_all, methods=["POST"]),
    Route("/feeds/{id:int}", _one),
    Route("/feeds/{id:int}/poll", _poll, methods=["POST"]),
    Route("/feeds/{id:int}/remove", _act("removed", Tracker.remove_feed), methods=["POST"]),
    Route("/feeds/{id:int}/reset", _act("reset", Tracker.reset_feed), methods=["POST"]),
    Route("/feeds/{id:int}/undo-move", _act("undone", Tracker.undo_move), methods=["POST"]),
    Route("/feeds/{id:int}/resume", _resume, methods=["POST"]),
]
nav = (("Feeds", "/feeds"),)
