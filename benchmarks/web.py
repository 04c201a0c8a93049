"""What a page costs: 100,000 items and 1,000 feeds stored, every page asked for over loopback.

    python benchmarks/web.py                        fill a store (some minutes), then measure
    python benchmarks/web.py --keep DIR             fill DIR once; measure it again and again
    python benchmarks/web.py --keep DIR --polling   measure while another process writes as a poll does

    python benchmarks/web.py --keep DIR --only profile,metrics      only pages with these words in their names

For each address: server time (from the last byte sent to the first one received) of the first request after the page
was opened, p50 and p95 of the 40 that follow, the p95 of the processor time of page and asker together, which a busy
computer hardly changes, and bytes of the document. `PAGES` lists the addresses; a page that is added puts its own
there. Then the same for words said on items: the first while the page is cold. OVER: above 100 ms, or 200 ms for a
search and 300 ms for a word, by the wall. One watch keeps about 2,600 items, the other 10,000.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from wordfreq import top_n_list

# isort: off
from tracker.model import (
    Article, Delivery, DeliveryState, Digest, Entry, Fate, FeedHealth, FeedId, FeedState, Fingerprint,
    Judgement, Likeness, LikenessKind, Message, Period, PollReport, PollStatus, Reason, Record,
    Relevance, Rhythm, TextGrade, TextSource, TopicScore, Validators, Verdict, WatchName,
)  # fmt: skip

# isort: on
from tracker.settings import load_settings
from tracker.store import SqlStore, open_store
from tracker.web import PageServer, open_page
from tracker.web.keys import Keys
from tracker.web.pages.outs import feed_key

ITEMS, FEEDS, STORIES, POLLS_EACH, DIGESTS = 100_000, 1_000, 4_000, 20, 90
WATCHES = (WatchName("drugs"), WatchName("trade"))
SHAPES = {WATCHES[0]: (0.5, 3.5), WATCHES[1]: (0.7, 2.3)}  # of the scores: 2,600 and 10,000 kept
KNOWN_WORDS = 220_000  # of the stream's statistics
TOPICS = ("fentanyl", "working group", "precursor chemicals")
LANGUAGES = ("en",) * 14 + ("es", "es", "zh", "fr", "de", "pt")
PAGES = {
    "inbox, first page": "/",
    "inbox by time": "/?by=time",
    "inbox, page 150": "/?page=150",
    "inbox of a topic": "/?topic=fentanyl",
    "inbox of an outlet": "/?outlet=Outlet+17",
    "inbox of a language": "/?language=zh",
    "inbox, all fates": "/?fate=any&by=time",
    "inbox, since a day": "/?since={day}",
    "inbox of 10,000": "/?watch=trade",
    "inbox of 10,000, page 400": "/?watch=trade&page=400",
    "inbox of 10,000 by time": "/?watch=trade&by=time",
    "search, two words": "/?q=policy+markets&fate=any",
    "search, one common word": "/?q=government&fate=any",
    "search, a rare phrase": "/?q=%22trade+officials%22",
    "search, nothing found": "/?q=government+zzyzx&fate=any",
    "search, a topic without hits": "/?topic=none&fate=any",
    "search, Chinese": "/?q=%E8%B4%B8%E6%98%93&fate=any",
    "search, best first": "/?q=policy",
    "item": "/items/4242",
    "item with versions": "/items/2026",
    "stories": "/stories",
    "story": "/stories/17",
    "stories of 10,000": "/stories?watch=trade",
    "digests": "/digests",
    "digest as mailed": "/digests/40/mail",
    "watch": "/watches/drugs",
    "watch, another line": "/watches/drugs?at=0.4",
    "watch of 10,000": "/watches/trade",
    "profile": "/watches/drugs/profile",
    "profile of 10,000": "/watches/trade/profile",
    "feeds, first page": "/feeds",
    "feeds, a word": "/feeds?q=17",
    "one feed": "/feeds/17",
    "why": "/why?url=https://nowhere.example/x",
    "a watch as Atom": "/out/{key}/drugs.atom",
    "10,000 as Atom": "/out/{key}/trade.atom",
    "10,000 as JSON Feed": "/out/{key}/trade.json",
    "metrics": "/metrics",
    "health": "/healthz",
    "items as JSON": "/api/v1/items?limit=50&watch=drugs",
    "items of all watches as JSON": "/api/v1/items?limit=50",
    "search as JSON": "/api/v1/items?limit=50&watch=drugs&q=policy+markets&fate=any",
    "item as JSON": "/api/v1/items/4242",
    "why as JSON": "/api/v1/why?url=https://nowhere.example/x",
    "stories as JSON": "/api/v1/stories?watch=drugs&since=7d",
    "story as JSON": "/api/v1/stories/17",
    "timeline as JSON": "/api/v1/timeline?watch=drugs&since=30d",
    "feeds as JSON": "/api/v1/feeds",
    "a feed as JSON": "/api/v1/feeds/show?url=https://outlet17.example/feed/17",
    "watches as JSON": "/api/v1/watches",
    "profile as JSON": "/api/v1/watches/drugs/profile",
    "evaluation as JSON": "/api/v1/watches/drugs/evaluation",
    "status as JSON": "/api/v1/status",
    "sample as JSON": "/api/v1/sample?watch=drugs",
}
ANSWERS = {200, 303, 503}  # 503: a store that nobody polls is not well, and `/healthz` says so
SEARCHES = {name for name in PAGES if name.startswith("search")}
_NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
_SPAN = timedelta(days=90)
_CONFIG = """
[http]
contact = "bench@example.org"
[mail]
transport = "folder"
""" + "".join(
    f"""
[[watch]]
name = "{watch}"
seeds = "seeds"
[[watch.topic]]
name = "fentanyl"
phrases = ["fentanyl", "opioid"]
[[watch.topic]]
name = "working group"
phrases = ["working group", "task force"]
[[watch.topic]]
name = "precursor chemicals"
phrases = ["precursor"]
"""
    for watch in WATCHES
)


class News:
    """Articles of common words, most often the most common ones."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.words = top_n_list("en", 20_000)
        self.weights = [1 / (rank + 20) for rank in range(len(self.words))]
        self.sums: list[float] = []
        total = 0.0
        for weight in self.weights:
            total += weight
            self.sums.append(total)

    def text(self, count: int) -> str:
        words = self.chance.choices(self.words, cum_weights=self.sums, k=count)
        return " ".join(w if n % 17 else f"{w.capitalize()}." for n, w in enumerate(words, 1))

    def scores(self, watch: WatchName, text: str) -> Relevance:
        score = self.chance.betavariate(*SHAPES[watch])
        topics = tuple(TopicScore(topic=t, score=round(self.chance.random(), 3)) for t in TOPICS)
        reasons = (
            Reason(kind="topics", text="About your topics: fentanyl (title, 1 more), opioid", weight=1.4),
            Reason(
                kind="places",
                text="Places: China, United States: both of the two your seeds share",
                weight=0.8,
            ),
            Reason(
                kind="wording",
                text="Wording: 0.41, your own seeds score 0.52 (officials, agency)",
                weight=0.6,
            ),
            Reason(kind="length", text="400 words", weight=-0.1),
            Reason(kind="passage", text=text[100:220], start=100, end=220),
        )
        return Relevance(
            watch=watch,
            score=round(score, 4),
            threshold=0.5,
            topics=topics,
            reasons=reasons,
            profile_version="x.1",
        )


def fill(folder: Path) -> None:
    """Write a project and its store."""
    (folder / "config").mkdir(parents=True)
    (folder / "seeds").mkdir()
    (folder / "config/tracker.toml").write_text(_CONFIG, encoding="utf-8")
    for path in (files("tracker.demo") / "newsroom" / "seeds").iterdir():
        (folder / "seeds" / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    store = open_store(f"sqlite:///{folder}/state/tracker.db")
    news = News(8)
    feeds = _feeds(store)
    with store.ingesting() as session:
        stories = [session.new_story(f"Story {n}", _NOW - _SPAN) for n in range(STORIES)]
    records = _records(news, feeds, stories)
    while batch := list(islice(records, 1000)):
        with store.ingesting() as session:
            for one in batch:
                session.record(one)
    _statistics(store, news)
    _judgements(store)
    _digests(store)
    store.close()


def _feeds(store: SqlStore) -> list[FeedId]:
    for n in range(FEEDS):
        tags = ("agencies",) if n % 3 else ("papers",)
        store.add_feed(
            f"https://outlet{n % 300}.example/feed/{n}",
            title=f"Outlet {n % 300}",
            site_url=None,
            tags=tags,
            now=_NOW - _SPAN,
        )
    for turn in range(POLLS_EACH):
        at = _NOW - timedelta(hours=POLLS_EACH - turn)
        for claim in store.claim_due(_NOW, limit=FEEDS, lease=timedelta(hours=1), force=True):
            failed = claim.feed.id % 40 == 0
            status = PollStatus.FAILED if failed else PollStatus.NEW
            report = PollReport(feed_id=claim.feed.id, polled_at=at, status=status, listed=20, new=turn % 3)
            store.finish_poll(claim, _state(claim.feed.id, at, failed=failed), report)
    return [feed.id for feed in store.feeds()]


def _state(feed_id: FeedId, at: datetime, *, failed: bool) -> FeedState:
    """What polling remembers of a feed after some weeks."""
    hours = tuple((feed_id * 7 + hour * 5) % 11 / 3 for hour in range(24))
    return FeedState(
        next_poll_at=_NOW + timedelta(minutes=feed_id % 90), last_polled_at=at, last_new_at=at,
        last_success_at=None if failed else at, failures=3 if failed else 0, error="timeout" if failed else "",
        error_detail="The server took longer than 30 seconds." if failed else "",
        health=FeedHealth.FAILING if failed else FeedHealth.OK, body_hash=f"{feed_id:064x}", listed=20,
        validators=Validators(url=f"https://outlet{feed_id}.example/", etag=f'W/"{feed_id:x}"', last_modified=f"{at:%a, %d %b %Y %H:%M:%S} GMT"),
        mean_gap=timedelta(minutes=50), ttl=timedelta(hours=1), reach=timedelta(hours=20), reach_at=at,
        rhythm=Rhythm(hours=hours, weekdays=hours[:7], weight=sum(hours), span=timedelta(days=30)),
    )  # fmt: skip


def _records(news: News, feeds: Sequence[FeedId], stories: Sequence[object]) -> Iterator[Record]:
    """One in five a copy, one in fifty a version of one of the last thousand."""
    chance = news.chance
    for number in range(1, ITEMS + 1):
        at = _NOW - _SPAN * (1 - number / ITEMS)
        folded = number > 100 and chance.random() < 0.22
        kind = LikenessKind.VERSION if chance.random() < 0.1 else LikenessKind.COPY
        of = chance.randrange(max(1, number - 1000), number) if folded else None
        text = news.text(260)
        relevance = tuple(news.scores(watch, text) for watch in WATCHES)
        kept = any(one.passes for one in relevance)
        url = f"https://outlet{number % 300}.example/2026/{number:06}"
        yield Record(
            feed_id=chance.choice(feeds),
            entry=Entry(key=f"k{number}", url=url, canonical_url=url, title=f"{number}", content_hash=f"h{number}"),
            first_seen_at=at,
            fates={
                one.watch: (Fate.VERSION if kind is LikenessKind.VERSION else Fate.COPY)
                if folded and one.passes
                else Fate.KEPT if one.passes else Fate.BELOW_THRESHOLD
                for one in relevance
            },
            notes=dict.fromkeys(WATCHES, "a sentence about it"),
            article=Article(
                url=url, canonical_url=url, title=news.text(10).replace(".", "").capitalize(), text=text,
                outlet=f"Outlet {number % 300}", language=chance.choice(LANGUAGES), published_at=at - timedelta(hours=1),
                source=TextSource.PAGE, grade=TextGrade.FULL,
            ),
            fingerprint=Fingerprint(scheme=1, exact_key=number, sketch=(), shingles=200),
            likeness=Likeness(kind=kind, of=of, family_id=of, similarity=0.93) if folded else Likeness(kind=LikenessKind.ORIGINAL),
            relevance=relevance,
            story_id=stories[number * STORIES // (ITEMS + 1)] if kept else None,
            story_terms="{}",
            story_at=at,
        )  # fmt: skip


def _statistics(store: SqlStore, news: News) -> None:
    """What scoring would have counted meanwhile: frequent words often, many more once or twice."""
    rare = {("", f"{word}{n}"): 1.0 + n % 3 for n in range(KNOWN_WORDS // 20_000 - 1) for word in news.words}
    often = {("", word): round(ITEMS * 8 / (rank + 20)) for rank, word in enumerate(news.words)}
    with store.ingesting() as session:
        last = Record(
            feed_id=None, entry=Entry(key="statistics", title="statistics", content_hash="s"), first_seen_at=_NOW - _SPAN,
            fates=dict.fromkeys(WATCHES, Fate.UNREADABLE), background={**rare, **often, ("", "#"): float(ITEMS)},
        )  # fmt: skip
        session.record(last)


def _judgements(store: SqlStore) -> None:
    for number in range(1, 400):
        verdict = Verdict.RELEVANT if number % 3 else Verdict.IRRELEVANT
        store.add_judgement(
            Judgement(article_id=number * 97, watch=WATCHES[0], verdict=verdict, judged_at=_NOW)
        )


def _digests(store: SqlStore) -> None:
    for number in range(2 * DIGESTS):
        to_at = _NOW - timedelta(days=DIGESTS - number // 2)
        digest = Digest(
            watch=WATCHES[number % 2], title="News", period=Period(from_at=to_at - timedelta(days=1), to_at=to_at),
            timezone="UTC", composed_at=to_at, subject=f"{number} new",
        )  # fmt: skip
        message = Message(
            message_id=f"<{number}@bench>", sender="t@example.org", recipients=("a@example.org",), subject=f"{number} new",
            plain="p" * 8_000, html="<p>" + "h" * 60_000 + "</p>", sent_at=to_at,
        )  # fmt: skip
        saved = store.save_digest(digest, message, b"mime", to_at.date().isoformat())
        sent = Delivery(recipient="a@example.org", state=DeliveryState.SENT)
        store.mark_delivery(saved, [sent], to_at)


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds of the first request, of half and of 95 in a hundred of the others; processor time; bytes."""

    first: float
    p50: float
    p95: float
    cpu: float
    size: int

    @classmethod
    def of(cls, rows: Sequence[tuple[float, float, int]]) -> Figures:
        """From (wall, processor time, bytes) of each request, the first one first."""
        later = rows[1:] or rows
        late = max(0, int(len(later) * 0.95) - 1)
        took, worked = sorted(row[0] for row in later), sorted(row[1] for row in later)
        return cls(rows[0][0], statistics.median(took), took[late], worked[late], rows[-1][2])


class Asker:
    """A reader with the token, on one connection."""

    def __init__(self, server: PageServer) -> None:
        self.token = server.link.partition("#t=")[2]
        self.host = f"localhost:{server.port}"
        self.key = feed_key(Keys(self.token))
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port)
        self.cookie = self.mark = ""

    def get(self, path: str) -> tuple[float, float, int]:
        """Wall and processor time in milliseconds, and bytes."""
        day = f"{_NOW - timedelta(days=20):%Y-%m-%d}"
        return self._asked("GET", path.replace("{key}", self.key).replace("{day}", day), None)

    def sign_in(self) -> None:
        """Swap the token for a cookie, as a browser does."""
        self._asked("POST", "/login", f"token={self.token}")
        self.connection.request("GET", "/search", headers=self._headers())
        page = self.connection.getresponse().read().decode()
        self.mark = page.partition('data-csrf="')[2].partition('"')[0]

    def judge(self, number: int, verdict: str) -> tuple[float, float, int]:
        """Say a word on an item by the form that stands under it."""
        said = {"id": number, "watch": WATCHES[0], "verdict": verdict, "back": "/", "csrf": self.mark}
        return self._asked("POST", "/judge", urlencode(said))

    def _headers(self) -> dict[str, str]:
        if not self.cookie:
            return {"Host": self.host, "Authorization": f"Bearer {self.token}"}
        return {
            "Host": self.host,
            "Cookie": self.cookie,
            "Sec-Fetch-Site": "same-origin",
            "HX-Request": "true",
        }

    def _asked(self, method: str, path: str, body: str | None) -> tuple[float, float, int]:
        headers = self._headers() | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        self.connection.request(method, path, body=body, headers=headers)
        began, begun = time.perf_counter(), time.process_time()
        answer = self.connection.getresponse()
        arrived = time.perf_counter() - began
        size = len(answer.read())
        self.cookie = (answer.getheader("set-cookie") or self.cookie).partition(";")[0]
        if answer.status not in ANSWERS:
            print(f"{path} answered {answer.status}", file=sys.stderr)
        return arrived * 1000, (time.process_time() - begun) * 1000, size


def measure(server: PageServer, times: int, names: Sequence[str]) -> dict[str, Figures]:
    """Ask for each page one time more than `times`."""
    asker = Asker(server)
    began = time.monotonic()
    asker.get("/")
    warm_after(asker)
    print(f"read ahead in {time.monotonic() - began:.1f} s")
    return {name: Figures.of([asker.get(PAGES[name]) for _ in range(times + 1)]) for name in names}


def warm_after(asker: Asker) -> None:
    """Wait until the page has read ahead what its first visitor made it read."""
    asker.connection.close()  # it would be closed meanwhile; the next request opens it again
    for thread in threading.enumerate():
        if thread.name == "page-warm":
            thread.join()


def judged(server: PageServer, times: int) -> dict[str, Figures]:
    """Say words on items by the page's form; the first before anything was read ahead."""
    asker, chance = Asker(server), random.Random()
    numbers = [chance.randrange(1, ITEMS) for _ in range(times + 1)]
    asker.sign_in()
    rows = [asker.judge(numbers[0], "relevant")]
    warm_after(asker)
    rows += [asker.judge(n, ("relevant", "irrelevant")[n % 2]) for n in numbers[1:]]
    return {"a word on an item": Figures.of(rows)}


def poll_meanwhile(folder: str) -> None:
    """Write as a daemon does that finds ten new articles a second, until ended."""
    store, news, number = open_store(f"sqlite:///{folder}/state/tracker.db"), News(9), 10_000_000
    feeds = [feed.id for feed in store.feeds()]
    while True:
        for claim in store.claim_due(_NOW, limit=2, lease=timedelta(minutes=1), only=feeds[:50], force=True):
            report = PollReport(feed_id=claim.feed.id, polled_at=datetime.now(UTC), status=PollStatus.NEW)
            store.finish_poll(claim, claim.feed.state, report)
        text = news.text(260)
        number += int(time.time() * 1000) % 100_000
        url = f"https://late.example/{number}"
        with store.ingesting() as session:
            session.record(
                Record(
                    feed_id=feeds[0], entry=Entry(key=url, url=url, canonical_url=url, title="late"),
                    first_seen_at=datetime.now(UTC), fates=dict.fromkeys(WATCHES, Fate.BELOW_THRESHOLD),
                    article=Article(url=url, canonical_url=url, title="late", text=text, source=TextSource.PAGE, grade=TextGrade.FULL),
                    likeness=Likeness(kind=LikenessKind.ORIGINAL), relevance=tuple(news.scores(w, text) for w in WATCHES),
                )
            )  # fmt: skip
        time.sleep(0.1)


@contextmanager
def opened(folder: Path, *, is_polled: bool) -> Iterator[PageServer]:
    """The page of a store, with a writer beside it."""
    server = open_page(load_settings(folder / "config/tracker.toml", {}, folder), port=0)
    server.start()
    writer = multiprocessing.Process(target=poll_meanwhile, args=(str(folder),), daemon=True)
    if is_polled:
        writer.start()
    try:
        yield server
    finally:
        if is_polled:
            writer.terminate()
        server.close()


def main() -> None:
    """See the module."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--keep", type=Path)
    options.add_argument("--times", type=int, default=40)
    options.add_argument("--polling", action="store_true")
    options.add_argument("--only", default="", help="parts of the names of pages, with commas")
    given = options.parse_args()
    wanted = given.only.split(",")
    names = [name for name in PAGES if any(part in name for part in wanted)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary) / "project"
        if not (folder / "state/tracker.db").exists():
            began = time.monotonic()
            fill(folder)
            print(f"filled in {time.monotonic() - began:.0f} s")
        rows: dict[str, Figures] = {}
        if not given.only or "word" in wanted:
            with opened(folder, is_polled=given.polling) as server:
                rows |= judged(server, given.times)
        if names:
            with opened(folder, is_polled=given.polling) as server:
                rows |= measure(server, given.times, names)
    for name, one in rows.items():
        limit = 200 if name in SEARCHES else 100 if name in PAGES else 300
        print(
            f"{name:<28} first {one.first:7.1f}   p50 {one.p50:6.1f}   p95 {one.p95:6.1f} ms   "
            f"cpu {one.cpu:6.1f} ms   {one.size / 1000:7.1f} kB{'   OVER' if one.p95 > limit else ''}"
        )


if __name__ == "__main__":
    main()
