"""What a page costs: 100,000 items and 1,000 feeds stored, every page asked for over loopback.

    python benchmarks/web.py                        fill a store (some minutes), then measure
    python benchmarks/web.py --keep DIR             fill DIR once; measure it again and again
    python benchmarks/web.py --keep DIR --polling   measure while another process writes as a poll does

For each address: server time (from the last byte sent to the first one received), p50 and p95 of 40 requests after two
unmeasured ones, the p95 of the processor time of page and asker together, which a busy computer hardly changes, and
bytes of the document. `PAGES` lists the addresses; a page that is added puts its own there. OVER: the processor time is
above 100 ms, or 200 ms for a search.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from wordfreq import top_n_list

from tracker.model import (
    Article,
    Digest,
    Entry,
    Fate,
    FeedId,
    Fingerprint,
    Judgement,
    Likeness,
    LikenessKind,
    Message,
    Period,
    PollReport,
    PollStatus,
    Reason,
    Record,
    Relevance,
    TextGrade,
    TextSource,
    TopicScore,
    Verdict,
    WatchName,
)
from tracker.settings import load_settings
from tracker.store import SqlStore, open_store
from tracker.web import PageServer, open_page
from tracker.web.keys import Keys
from tracker.web.pages.outs import feed_key

ITEMS, FEEDS, STORIES, POLLS_EACH, DIGESTS = 100_000, 1_000, 4_000, 20, 90
WATCHES = (WatchName("drugs"), WatchName("trade"))
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
    "inbox, since a day": "/?since=2026-11-01",
    "search, two words": "/?q=policy+markets&fate=any",
    "search, one common word": "/?q=government&fate=any",
    "search, a rare phrase": "/?q=%22trade+officials%22",
    "item": "/items/4242",
    "item with versions": "/items/2026",
    "stories": "/stories",
    "story": "/stories/17",
    "digests": "/digests",
    "digest as mailed": "/digests/40/mail",
    "watch": "/watches/drugs",
    "watch, another line": "/watches/drugs?at=0.4",
    "profile": "/watches/drugs/profile",
    "feeds, first page": "/feeds",
    "feeds, a word": "/feeds?q=17",
    "one feed": "/feeds/17",
    "why": "/why?url=https://nowhere.example/x",
    "a watch as Atom": "/out/{key}/drugs.atom",
    "metrics": "/metrics",
    "health": "/healthz",
    "items as JSON": "/api/v1/items?limit=50",
}
SEARCHES = {name for name in PAGES if name.startswith("search")}
_NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
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
        score = self.chance.betavariate(0.5, 3.5)
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
            store.finish_poll(claim, claim.feed.state, report)
    return [feed.id for feed in store.feeds()]


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


def _judgements(store: SqlStore) -> None:
    for number in range(1, 400):
        verdict = Verdict.RELEVANT if number % 3 else Verdict.IRRELEVANT
        store.add_judgement(
            Judgement(article_id=number * 97, watch=WATCHES[0], verdict=verdict, judged_at=_NOW)
        )


def _digests(store: SqlStore) -> None:
    for number in range(DIGESTS):
        to_at = _NOW - timedelta(days=DIGESTS - number)
        digest = Digest(
            watch=WATCHES[0], title="Drugs", period=Period(from_at=to_at - timedelta(days=1), to_at=to_at),
            timezone="UTC", composed_at=to_at, subject=f"{number} new",
        )  # fmt: skip
        message = Message(
            message_id=f"<{number}@bench>", sender="t@example.org", recipients=("a@example.org",), subject=f"{number} new",
            plain="p" * 8_000, html="<p>" + "h" * 60_000 + "</p>", sent_at=to_at,
        )  # fmt: skip
        store.save_digest(digest, message, b"mime", to_at.date().isoformat())


def measure(server: PageServer, times: int) -> dict[str, tuple[float, float, float, int]]:
    """p50, p95 and p95 of processor time in milliseconds, and bytes, of every page."""
    token = server.link.partition("#t=")[2]
    key = feed_key(Keys(token))
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    found = {}
    for name, path in PAGES.items():
        took, worked, size = [], [], 0
        for turn in range(times + 2):
            connection.request(
                "GET",
                path.replace("{key}", key),
                headers={"Host": f"localhost:{server.port}", "Authorization": f"Bearer {token}"},
            )
            began, begun = time.perf_counter(), time.process_time()
            answer = connection.getresponse()
            arrived = time.perf_counter() - began
            size = len(answer.read())
            if answer.status != 200:
                print(f"{path} answered {answer.status}", file=sys.stderr)
                break
            if turn >= 2:
                took.append(arrived * 1000)
                worked.append((time.process_time() - begun) * 1000)
        if took:
            late = int(len(took) * 0.95) - 1
            found[name] = (statistics.median(took), sorted(took)[late], sorted(worked)[late], size)
    connection.close()
    return found


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


def main() -> None:
    """See the module."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--keep", type=Path)
    options.add_argument("--times", type=int, default=40)
    options.add_argument("--polling", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary) / "project"
        if not (folder / "state/tracker.db").exists():
            began = time.monotonic()
            fill(folder)
            print(f"filled in {time.monotonic() - began:.0f} s")
        server = open_page(load_settings(folder / "config/tracker.toml", {}, folder), port=0)
        server.start()
        writer = multiprocessing.Process(target=poll_meanwhile, args=(str(folder),), daemon=True)
        if given.polling:
            writer.start()
        try:
            rows = measure(server, given.times)
        finally:
            if given.polling:
                writer.terminate()
            server.close()
    for name, (p50, p95, cpu, size) in rows.items():
        over = cpu > (200 if name in SEARCHES else 100)
        print(
            f"{name:<28} p50 {p50:7.1f} ms   p95 {p95:7.1f} ms   cpu {cpu:6.1f} ms   {size / 1000:7.1f} kB{'   OVER' if over else ''}"
        )


if __name__ == "__main__":
    main()
