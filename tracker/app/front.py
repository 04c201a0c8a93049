"""The front door: one method per thing a person can ask, and `open_tracker`, which wires the rooms together.

Expensive parts (HTTP client, parser children, profiles) are made at first need, so a listing costs only the database.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tracker.app.explain import explain
from tracker.app.run import Run, silent
from tracker.app.threshold import with_thresholds
from tracker.app.views import (
    ArticleView,
    DigestPreview,
    Explanation,
    FeedTest,
    OpmlImport,
    ProfileView,
    ProgressListener,
    RunReport,
    SentDigest,
    Status,
    WatchStatus,
)
from tracker.app.wiring import article_of_answer, make_fetcher, make_poll_policy, make_sandbox
from tracker.errors import ConfigError, SeedError, UsageError, WatchNotFound
from tracker.feeds import find_feeds, parse_opml, render_opml
from tracker.model import (
    Article,
    Fate,
    Feed,
    FeedHealth,
    Fetched,
    FetchFailed,
    FetchRequest,
    Item,
    ItemQuery,
    Judgement,
    Refused,
    Relevance,
    TextGrade,
    TextSource,
    Verdict,
    Watch,
    WatchName,
)
from tracker.neardup.policy import LikenessPolicy
from tracker.pipeline.acquire import Acquirer
from tracker.pipeline.ingest import Ingester
from tracker.pipeline.scoring import Scoring
from tracker.polling import PollPolicy, assess_feed
from tracker.ports import Clock, Store
from tracker.relevance import RelevancePolicy, describe_profile
from tracker.settings import LoadedSettings, WatchSettings, watch_of
from tracker.settings.seeds import read_seeds
from tracker.store import open_store
from tracker.stories import StoryPolicy
from tracker.urls import is_web_url

if TYPE_CHECKING:
    from tracker.app.reports import Reports
    from tracker.fetch import HttpFetcher
    from tracker.sandbox import ProcessSandbox

__all__ = ["SystemClock", "Tracker", "open_tracker"]


_log = logging.getLogger(__name__)


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)


class Tracker:
    """One open installation. Use as a context manager, or call `close`."""

    def __init__(self, loaded: LoadedSettings, store: Store, clock: Clock) -> None:
        self._loaded = loaded
        self._settings = loaded.settings
        self._store = store
        self._clock = clock
        self._open = ExitStack()
        self._open.callback(store.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release database, sockets and child processes."""
        self._open.close()

    @cached_property
    def watches(self) -> tuple[Watch, ...]:
        """The followed subjects with their seeds; what cannot be read is said in the log and harms no other.

        Raises `SeedError` when no watch has a usable seed.
        """
        chosen, found, failed = [], [], []
        for one in self._settings.watch:
            try:
                folder = read_seeds(one.seeds or self._loaded.root / "seeds" / one.name)
            except SeedError as error:
                failed.append(error)
                continue
            failed += folder.problems
            chosen.append(one)
            found.append(watch_of(one, folder.seeds))
        if not found:
            raise failed[0]
        for problem in failed:
            _log.warning("seed left out: %s %s", problem, problem.hint)
        return with_thresholds(found, chosen, self._store, self._clock)

    # ------------------------------------------------------------ feeds

    def feeds(self) -> tuple[tuple[Feed, FeedHealth, str], ...]:
        """All feeds with their condition and, where something is wrong, a sentence and the command that mends it."""
        now = self._clock.now()
        return tuple((feed, *assess_feed(feed, now)) for feed in self._store.feeds())

    def add_feed(self, url: str, *, title: str = "", tags: Sequence[str] = ()) -> Feed:
        """Follow a feed; it is first polled by the next fetch."""
        if not is_web_url(url):
            raise UsageError(
                f"{url} is not a web address.", hint="Give an address that starts with http:// or https://."
            )
        return self._store.add_feed(url, title=title, site_url=None, tags=tags, now=self._clock.now())

    def remove_feed(self, url: str) -> Feed:
        """Stop following; its articles stay."""
        return self._store.remove_feed(url, now=self._clock.now())

    def reset_feed(self, url: str) -> None:
        """Forget a feed's failures and validators; it is due at once."""
        self._store.reset_feed(self._store.feed_by_url(url), self._clock.now())

    def import_opml(self, content: bytes) -> OpmlImport:
        """Follow every feed of an OPML file that is not followed yet."""
        listed = parse_opml(content)
        known = {feed.url for feed in self._store.feeds()}
        fresh = [item for item in listed.feeds if item.url not in known]
        now = self._clock.now()
        for item in fresh:
            self._store.add_feed(item.url, title=item.title, site_url=item.site_url, tags=item.tags, now=now)
        problems = tuple(problem.detail for problem in listed.problems)
        return OpmlImport(added=len(fresh), known=len(listed.feeds) - len(fresh), problems=problems)

    def export_opml(self) -> str:
        """All feeds as OPML, tags as folders."""
        return render_opml(self._store.feeds())

    def test_feed(self, url: str) -> FeedTest:
        """Try a feed once; stores nothing."""
        feed = Feed(id=0, url=url, added_at=self._clock.now())  # type: ignore[arg-type]  # not a stored feed
        answer = self._acquirer().feed(feed, self._clock.now()).result()
        if isinstance(answer.result, FetchFailed):
            return FeedTest(url=url, ok=False, sentence=answer.result.detail)
        if answer.parsed is None or isinstance(answer.parsed, Refused):
            return FeedTest(
                url=url, ok=False, sentence=answer.parsed.detail if answer.parsed else "no answer"
            )
        parsed = answer.parsed
        notes = "; ".join(problem.detail for problem in parsed.problems)
        sentence = f"{len(parsed.entries)} entries" + (f"; {notes}" if notes else "")
        return FeedTest(
            url=url,
            ok=True,
            sentence=sentence,
            format=parsed.format.value,
            title=parsed.title,
            entries=parsed.entries,
        )

    def discover(self, url: str) -> tuple[tuple[str, str], ...]:
        """The feeds a web page announces: (address, title)."""
        result = self._fetcher.submit(FetchRequest(url=url, purpose="page")).result()
        if isinstance(result, FetchFailed):
            raise UsageError(f"{url}: {result.detail}", hint="Check the address in a browser.")
        return find_feeds(result.body, result.url) if isinstance(result, Fetched) else ()

    # ------------------------------------------------------------ runs

    def fetch(
        self,
        *,
        urls: Sequence[str] = (),
        everything: bool = False,
        backfill: timedelta | None = None,
        progress: ProgressListener = silent,
    ) -> RunReport:
        """Poll what is due (or `urls`, or everything), run the whole pipeline, and report."""
        only = [self._store.feed_by_url(url).id for url in urls] or None
        run = self._run(progress)
        window = backfill or self._settings.polling.backfill
        run.poll(self._fetcher, self._sandbox, only=only, force=everything or bool(urls), backfill=window)
        return run.report()

    def ingest(
        self, rows: Iterable[Mapping[str, object] | str], *, progress: ProgressListener = silent
    ) -> RunReport:
        """Store an archive's articles exactly as if polled, in their order."""
        run = self._run(progress)
        run.ingest(rows)
        return run.report()

    # ------------------------------------------------------------ reading

    def items(self, query: ItemQuery) -> tuple[Item, ...]:
        """List items."""
        if query.watch is not None:
            self._check_name(query.watch)
        return self._store.items(query)

    def show(self, reference: str) -> ArticleView:
        """All that is known of one article. Raises `ArticleNotFound`."""
        stored = self._store.article(reference)
        return ArticleView(
            article=stored,
            relevance=self._store.relevance_of(stored.id),
            fates=self._store.fates_of(stored.article.canonical_url),
            family=self._store.family(stored.family_id),
            story=self._store.story(stored.story_id) if stored.story_id is not None else (),
        )

    def why(self, url: str) -> Explanation:
        """What happened to an address, and the command that would change it."""
        return explain(self._store, url)

    def judge(self, reference: str, verdict: Verdict, watch: WatchName | None = None) -> Judgement:
        """Remember a person's word on an article."""
        stored = self._store.article(reference)
        chosen = self.watch(watch) if watch else self._only_watch()
        judgement = Judgement(
            article_id=stored.id, watch=chosen.name, verdict=verdict, judged_at=self._clock.now()
        )
        self._store.add_judgement(judgement)
        if verdict is Verdict.NOT_DUPLICATE and stored.likeness.is_duplicate:
            passing = {relevance.watch: relevance.passes for relevance in self._store.relevance_of(stored.id)}
            with self._store.ingesting() as session:
                session.split(stored.id, passing, self._clock.now())
        return judgement

    def score_text(self, title: str, text: str, language: str | None = None) -> tuple[Relevance, ...]:
        """Score a document against every watch; stores nothing."""
        article = Article(
            url="", canonical_url="", title=title, text=text, language=language,
            source=TextSource.ARCHIVE, grade=TextGrade.FULL,
        )  # fmt: skip
        return self._scoring.score(article, self.watches).relevance

    def score_url(self, url: str) -> tuple[Article | None, tuple[Relevance, ...], str]:
        """Fetch and score a page; stores nothing. The sentence says what could not be had."""
        article, sentence = article_of_answer(self._acquirer().page(url, url).result(), self._clock.now())
        if article is None:
            return None, (), sentence
        return article, self._scoring.score(article, self.watches).relevance, sentence

    def profile(self, watch: WatchName | None = None) -> ProfileView:
        """What was learned from a watch's seeds and topics, in words."""
        chosen = self.watch(watch) if watch else self._only_watch()
        described = describe_profile(self._scoring.profile(chosen), limit=25)
        return ProfileView(
            watch=chosen.name,
            mode=described.mode,
            version=described.version,
            terms=described.terms,
            places=described.places,
            topics=tuple((topic.name, topic.phrases) for topic in chosen.topics),
            seeds=chosen.seeds,
            quality=described.cohesion,
            sentence=described.sentence,
        )

    def watch(self, name: str) -> Watch:
        """One watch by name. Raises `WatchNotFound`."""
        self._check_name(name)
        for watch in self.watches:
            if watch.name == name:
                return watch
        raise SeedError(f"The watch {name} has no usable seed.", hint="tracker seeds check tells more.")

    # ------------------------------------------------------------ digest

    def preview_digest(self, watch: WatchName | None = None, since: datetime | None = None) -> DigestPreview:
        """Compose a digest now; nothing is stored or sent."""
        return self._reports.preview(self.watch(watch) if watch else self._only_watch(), since)

    def send_digest(
        self, watch: WatchName | None = None, since: datetime | None = None
    ) -> tuple[SentDigest, ...]:
        """Compose, store and send: one watch, or all. What an earlier run could not deliver goes first."""
        chosen = (self.watch(watch),) if watch else self.watches
        return self._reports.send(chosen, since)

    # ------------------------------------------------------------ numbers

    def status(self) -> Status:
        """The installation in numbers."""
        feeds = self.feeds()
        polled = [feed.state.last_polled_at for feed, _, _ in feeds if feed.state.last_polled_at]
        due = [feed.state.next_poll_at for feed, _, _ in feeds if feed.state.next_poll_at]
        counts = self._store.fate_counts()
        fates: dict[WatchName, dict[Fate, int]] = {}
        for count in counts:
            fates.setdefault(count.watch, {})[count.fate] = count.count
        troubled = {FeedHealth.OK, FeedHealth.NEW}
        return Status(
            config_path=str(self._loaded.config_path or "(built-in defaults)"),
            mode=self._loaded.mode,
            store_url=self.store_url,
            entries=self._store.entry_count(),
            feeds=len(feeds),
            troubled=tuple(row for row in feeds if row[1] not in troubled),
            last_poll_at=max(polled, default=None),
            next_poll_at=min(due, default=None),
            watches=tuple(
                self._watch_status(one, fates.get(WatchName(one.name), {})) for one in self._settings.watch
            ),
        )

    @property
    def store_url(self) -> str:
        """Where everything is remembered, without a password."""
        scheme, _, rest = self._settings.store.url.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2]}" if "@" in rest else self._settings.store.url

    # ------------------------------------------------------------ wiring

    def _check_name(self, name: str) -> None:
        names = [watch.name for watch in self._settings.watch]
        if name not in names:
            raise WatchNotFound(f"No watch is called {name}.", hint=f"There are: {', '.join(names)}.")

    def _watch_status(self, chosen: WatchSettings, fates: Mapping[Fate, int]) -> WatchStatus:
        try:
            seeds = len(read_seeds(chosen.seeds).seeds) if chosen.seeds else 0
        except SeedError:  # a status must stand even when the seeds do not: none is what there is to say
            seeds = 0
        threshold = chosen.threshold if isinstance(chosen.threshold, str) else str(chosen.threshold)
        return WatchStatus(
            watch=WatchName(chosen.name), title=chosen.title or chosen.name, seeds=seeds, topics=len(chosen.topic),
            threshold=threshold, fates=fates,
        )  # fmt: skip

    def _only_watch(self) -> Watch:
        if len(self.watches) == 1:
            return self.watches[0]
        names = ", ".join(watch.name for watch in self.watches)
        raise UsageError(
            "There are several watches; say which one.", hint=f"Add --watch with one of: {names}."
        )

    def _run(self, progress: ProgressListener) -> Run:
        return Run(
            store=self._store, ingester=self._ingester, clock=self._clock, watches=self.watches,
            policy=self._polling, progress=progress,
        )  # fmt: skip

    def _acquirer(self) -> Acquirer:
        return Acquirer(self._fetcher, self._sandbox, self._polling)

    @cached_property
    def _reports(self) -> Reports:
        from tracker.app.reports import Reports  # templates and mail: only digests pay for them

        return Reports(self._store, self._clock, self._loaded)

    @cached_property
    def _polling(self) -> PollPolicy:
        return make_poll_policy(self._settings)

    @cached_property
    def _scoring(self) -> Scoring:
        return Scoring(self._store, self._clock, self.watches, RelevancePolicy())

    @cached_property
    def _ingester(self) -> Ingester:
        return Ingester(self._scoring, LikenessPolicy(), StoryPolicy())

    @cached_property
    def _fetcher(self) -> HttpFetcher:
        fetcher = make_fetcher(self._settings)
        self._open.callback(fetcher.close)
        return fetcher

    @cached_property
    def _sandbox(self) -> ProcessSandbox:
        sandbox = make_sandbox(self._settings)
        self._open.callback(sandbox.close)
        return sandbox


def open_tracker(loaded: LoadedSettings, *, clock: Clock | None = None) -> Tracker:
    """Open an installation from its loaded settings: read the seeds, open the store, follow the OPML file's feeds.

    Raises `ConfigError` when no watch is configured, `SeedError` for seeds that cannot be read, and `StoreError`.
    """
    clock = clock or SystemClock()
    if not loaded.settings.watch:
        raise ConfigError(
            "No watch is configured.", hint="Add a [[watch]] table, or start with tracker init."
        )
    store = open_store(loaded.settings.store.url)
    try:
        _follow_opml(store, loaded.settings.feeds.opml, clock)
    except BaseException:
        store.close()
        raise
    return Tracker(loaded, store, clock)


def _follow_opml(store: Store, path: Path, clock: Clock) -> None:
    """Follow what the file lists. One that cannot be read changes nothing and is said in the log."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return  # feeds may come by command alone
    except OSError as error:
        _log.warning("the feed list %s cannot be read (%s); feeds stay as they are", path, error.strerror)
        return
    listed = parse_opml(content)
    if listed.problems and not listed.feeds:
        said = listed.problems[0].detail
        _log.warning("the feed list %s cannot be used: %s; feeds stay as they are", path, said)
        return
    store.sync_opml(listed.feeds, clock.now())
