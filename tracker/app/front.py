"""The front door: one method per thing a person can ask, and `open_tracker`, which wires the rooms together.

What is open, and how it is made at first need, is in `installation.py`.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from tracker.app.glance import Glances
from tracker.app.installation import Given, SystemClock, follow_opml
from tracker.app.schedule import retry_at
from tracker.app.upkeep import GIVEN_UP_TOLD, Upkeep, owed_mail
from tracker.app.views import (
    AlertStatus,
    ArticleView,
    DigestPreview,
    Explanation,
    FeedTest,
    OpmlImport,
    ProfileView,
    ProgressListener,
    RunReport,
    SentAlert,
    SentDigest,
    Status,
    WatchStatus,
    silent,
)
from tracker.app.wiring import article_of_answer
from tracker.errors import ConfigError, SeedError, StoreBusy, UsageError, WatchNotFound
from tracker.model import (
    Article,
    Fate,
    Feed,
    FeedHealth,
    FeedId,
    FeedMove,
    Item,
    ItemQuery,
    Presence,
    Relevance,
    TextGrade,
    TextSource,
    Verdict,
    Watch,
    WatchName,
)
from tracker.ports import Clock, Fetcher, Sandbox
from tracker.settings import LoadedSettings, PerDay, WatchSettings
from tracker.settings.seeds import read_seeds
from tracker.store import open_store

if TYPE_CHECKING:
    from tracker.app.feed_views import Discovery, FeedView, Followed
    from tracker.app.feedback import Drawn, Evaluation, JudgingReport
    from tracker.app.rescore import RescoreReport
    from tracker.app.stories import StoryView
    from tracker.stories.timeline import By, StorySummary, Timeline

__all__ = ["SystemClock", "Tracker", "open_tracker"]

_log = logging.getLogger(__name__)


class Tracker(Glances, Upkeep):
    """One open installation, and everything that can be asked of it."""

    def check(self) -> None:
        """Make sure that there is work to do: raises `SeedError` when no watch has a usable seed."""
        _ = self.watches

    # ------------------------------------------------------------ feeds

    def feeds(self) -> tuple[tuple[Feed, FeedHealth, str], ...]:
        """All feeds with their condition and, where something is wrong, a sentence and the command that mends it."""
        return self._subscriptions.all()

    def show_feed(self, url: str) -> FeedView:
        """All that is known of one feed. Raises `FeedNotFound`."""
        return self._subscriptions.show(url)

    def add_feed(self, url: str, *, title: str = "", tags: Sequence[str] = ()) -> Feed:
        """Follow a feed untried; it is first polled by the next fetch. Raises `FeedExists`."""
        return self._subscriptions.add(url, title=title, tags=tags)

    def follow_feed(self, url: str, *, title: str = "", tags: Sequence[str] = ()) -> Followed:
        """Try an address and follow the feed there, or the only one that its page leads to."""
        return self._subscriptions.follow(url, title=title, tags=tags)

    def remove_feed(self, url: str) -> Feed:
        """Stop following; its articles stay."""
        return self._subscriptions.remove(url)

    def reset_feed(self, url: str) -> Feed:
        """Forget a feed's failures and validators; it is due at once. Returns it as it was before."""
        return self._subscriptions.reset(url)

    def undo_move(self, url: str) -> FeedMove:
        """Give the feed at `url` its former address back."""
        return self._subscriptions.undo_move(url)

    def import_opml(self, content: bytes) -> OpmlImport:
        """Follow every feed of an OPML file that is not followed yet."""
        return self._subscriptions.import_opml(content)

    def export_opml(self) -> str:
        """All feeds as OPML, tags as folders."""
        return self._subscriptions.export_opml()

    def test_feed(self, url: str) -> FeedTest:
        """Try a feed once; stores nothing."""
        return self._subscriptions.test(url)

    def discover(self, url: str) -> Discovery:
        """Look for feeds from a site's address; each one found was really read."""
        return self._subscriptions.discover(url)

    # ------------------------------------------------------------ runs

    def fetch(
        self,
        *,
        urls: Sequence[str] = (),
        everything: bool = False,
        backfill: timedelta | None = None,
        progress: ProgressListener = silent,
    ) -> RunReport:
        """Poll what is due (or `urls`, or everything), run the whole pipeline, and report.

        A running daemon is asked to poll instead, at once, everything that was not looked at for `min_interval`; with
        `backfill` this process polls. Feeds that other processes poll just now are waited for. Raises `FeedNotFound`.
        """
        from tracker.app.beside import Beside, with_others

        run, force = self._run(progress), everything or bool(urls)
        feeds = [self._store.feed_by_url(url) for url in urls] or self._store.feeds()
        window = backfill or self._settings.polling.backfill

        def poll(only: Sequence[FeedId]) -> None:
            with self._store.polling():
                run.poll(self._fetcher, self._sandbox, run.named(only, force=force), backfill=window)

        beside = Beside(store=self._store, clock=self._clock, run=run, poll=poll, force=force)
        others = beside.poll_all(feeds, ask=backfill is None, rest=self._settings.polling.min_interval)
        report = with_others(self._ended(run), others, self._store)
        remedies = self._subscriptions.remedies() if report.failed else {}
        return replace(report, alerts=self._alerts_after(report), remedies=remedies)

    def poll_due(
        self,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: ProgressListener = silent,
        limit: int | None = None,
    ) -> RunReport:
        """Poll up to `limit` due feeds, the longest due first, and retry pages; cheap when there is nothing to do.

        What `stop` cuts off is left as it was.
        """
        from tracker.app.run import CLAIMS

        now = self._clock.now()
        with self._store.polling(), ExitStack() as undo:  # polling frees what a dead process holds
            at_once = min(limit or CLAIMS, CLAIMS)
            first = self._store.claim_due(now, limit=at_once, lease=self._polling.lease)
            if not first and not self._store.pending(now, limit=1):
                return RunReport(started_at=now, finished_at=now)
            undo.callback(self._store.release, first)
            run, fetcher, sandbox = self._run(progress), self._fetcher, self._sandbox
            undo.pop_all()  # what is claimed is the run's from here on
            portions, window = run.due(first, limit=limit, stop=stop), self._settings.polling.backfill
            run.poll(fetcher, sandbox, portions, backfill=window, stop=stop)
        return self._ended(run)

    def daemon(self) -> Presence | None:
        """The daemon that runs on this state, if one does."""
        return self._store.daemon()

    def only_daemon(self) -> AbstractContextManager[None]:
        """Be the one daemon on this state until leaving. Raises `LockHeld` naming the other one."""
        presence = Presence(pid=os.getpid(), host=socket.gethostname(), since_at=self._clock.now())
        return self._store.only_daemon(presence)

    def is_only_daemon(self) -> bool:
        """Whether `only_daemon` still holds; a lost connection or a deleted lock file ends it."""
        return self._store.is_only_daemon()

    def ingest(
        self, rows: Iterable[Mapping[str, object] | str], *, progress: ProgressListener = silent
    ) -> RunReport:
        """Store an archive's articles exactly as if polled, in their order."""
        run = self._run(progress)
        run.ingest(rows)
        return self._ended(run)

    # ------------------------------------------------------------ reading

    def items(self, query: ItemQuery) -> tuple[Item, ...]:
        """List items."""
        if query.watch is not None:
            self._check_name(query.watch)
        return self._store.items(query)

    def show(self, reference: str) -> ArticleView:
        """All that is known of one article, or of an entry without one (e23). Raises `ArticleNotFound`."""
        from tracker.app.entry_view import entry_of, view_of_entry

        entry_id = entry_of(reference)
        found = view_of_entry(self._store, entry_id) if entry_id is not None else reference
        if isinstance(found, ArticleView):
            return found
        stored = self._store.article(found)
        return ArticleView(
            article=stored,
            relevance=self._store.relevance_of(stored.id),
            fates=self._store.fates_of(stored.article.canonical_url),
            family=self._store.family(stored.family_id),
            story=self._store.story(stored.story_id) if stored.story_id is not None else (),
        )

    def stories(
        self, watch: WatchName | None = None, since: datetime | None = None, limit: int | None = None
    ) -> tuple[StorySummary, ...]:
        """List stories with a report kept since then, the one last heard of first; at most `limit`."""
        if watch is not None:
            self._check_name(watch)
        return self._coverage.stories(watch, since, limit)

    def story(self, reference: str) -> StoryView:
        """One story, its first report first; a merged one's id leads on. Raises `ArticleNotFound`."""
        return self._coverage.story(reference)

    def timeline(
        self,
        watch: WatchName | None = None,
        since: datetime | None = None,
        by: By = "day",
        *,
        zone: tzinfo = UTC,
    ) -> Timeline:
        """Coverage over the days of a zone, by topic (`by` "day"), outlet or story."""
        if watch is not None:
            self._check_name(watch)
        return self._coverage.timeline(watch, since, by, zone)

    def why(self, url: str) -> Explanation:
        """What happened to an address, and the command that would change it."""
        from tracker.app.explain import explain

        return explain(self._store, url)

    # ------------------------------------------------------------ judging

    def judge(
        self, references: Sequence[str], verdict: Verdict | None, watch: WatchName | None = None
    ) -> JudgingReport:
        """Remember a person's word on articles, or take their last one back (`verdict` None); learned from at once."""
        chosen = self._chosen(watch)
        try:
            return self._feedback.judge(references, verdict, chosen)
        finally:
            self._forget_judged(chosen.name)

    def sample(self, watch: WatchName | None = None, count: int = 10) -> tuple[Drawn, ...]:
        """What to judge next so that `evaluate` can tell: a random sample around and below the line."""
        return self._feedback.sample(self._chosen(watch), count)

    def evaluate(self, watch: WatchName | None = None) -> tuple[Evaluation, ...]:
        """Precision and recall so far of one watch, or of all, with 95 % intervals."""
        names = [self.watch(watch).name] if watch else [one.name for one in self.watches]
        return tuple(map(self._feedback.evaluate, names))

    def rescore(
        self,
        watch: WatchName | None = None,
        *,
        dry_run: bool = False,
        since: datetime | None = None,
        progress: ProgressListener = silent,
    ) -> tuple[RescoreReport, ...]:
        """Score the past anew where seeds, topics, judgements or the threshold have changed; apply unless `dry_run`."""
        chosen = (self.watch(watch),) if watch else self.watches
        reports = tuple(
            self._rescorer.rescore(one, dry_run=dry_run, since_at=since, progress=progress) for one in chosen
        )
        self._lately.forget()
        self._feed_files.update(changed=not dry_run)  # or a run before this one changed it, and was cut off
        return reports

    # ------------------------------------------------------------ scoring

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
        """What was learned from a watch's seeds, topics and judgements, in words."""
        from tracker.app.seed_advice import place_sentence, seed_advice
        from tracker.relevance import describe_profile

        chosen = self._chosen(watch)
        settings = next(one for one in self._settings.watch if one.name == chosen.name)
        profile, judged = self._scoring.profile(chosen), self._scoring.judged(chosen)
        described = describe_profile(profile, limit=25)
        named = [place for place, _ in described.places]
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
            place_sentence=place_sentence(named, named=bool(chosen.places)) if profile.facets else "",
            advice=seed_advice(chosen.seeds),
            line=self._line_told(chosen, profile.threshold, settings),
            judged_recall=self._evaluation(chosen.name).estimate.recall,
            shift=judged.shift,
            relevant=judged.relevant,
            irrelevant=judged.irrelevant,
            stale=self._stale(chosen),
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

    def send_due_digests(self, *, stop: Callable[[], bool] = lambda: False) -> tuple[SentDigest, ...]:
        """Store the digests that are due, and send what is owed and may be tried; cheap when there is none.

        `stop` ends it between two mails.
        """
        due = {one.name: period for one in self._settings.watch if (period := self._schedule.due(one))}
        now = self._clock.now()
        if not due and all((retry_at(owed) or now) > now for owed in self._store.unsent()):
            return ()
        followed = [watch for watch in self.watches if watch.name in due] if due else []
        return self._reports.send_due([(watch, due[watch.name]) for watch in followed], stop)

    # ------------------------------------------------------------ alerts

    def send_alerts(self, *, stop: Callable[[], bool] = lambda: False) -> tuple[SentAlert, ...]:
        """Make alerts of what is new and send what is owed and may be tried; cheap when there is nothing to do.

        `stop` ends it between two alerts.
        """
        return self._alerts.send(stop) if self._settings.alert or self._store.owed_alerts() else ()

    def test_alerts(self, target: str | None = None) -> tuple[SentAlert, ...]:
        """Send a trial alert to one target or to all; stores nothing. Raises `UsageError`."""
        return self._alerts.test(target)

    def alert_targets(self) -> tuple[AlertStatus, ...]:
        """The targets of alerts, and how they fare."""
        return self._alerts.status() if self._settings.alert else ()

    def _alerts_after(self, report: RunReport) -> tuple[SentAlert, ...]:
        """The alerts of a run; a daemon sends them by itself."""
        if self._store.daemon() is not None or not report.polls:
            return ()
        try:
            return self.send_alerts()
        except StoreBusy as error:  # another process sends them at this moment, or the next run does
            _log.warning("alerts not sent", extra={"problem": str(error)})
            return ()

    # ------------------------------------------------------------ numbers

    def status(self) -> Status:
        """The installation in numbers."""
        feeds = self.feeds()
        polled = [feed.state.last_polled_at for feed, _, _ in feeds if feed.state.last_polled_at]
        due = [feed.state.next_poll_at for feed, _, _ in feeds if feed.state.next_poll_at]
        fates = self.fates()
        return Status(
            config_path=str(self._loaded.config_path or "(built-in defaults)"),
            mode=self._loaded.mode,
            store_url=self.store_url,
            entries=self._store.entry_count(),
            feeds=len(feeds),
            troubled=tuple(row for row in feeds if not row[1].is_well),
            last_poll_at=max(polled, default=None),
            next_poll_at=min(due, default=None),
            watches=tuple(
                self._watch_status(one, fates.get(WatchName(one.name), {})) for one in self._settings.watch
            ),
            daemon=self._store.daemon(),
            undelivered=self._store.undelivered(self._clock.now() - GIVEN_UP_TOLD),
            owed=tuple(map(owed_mail, self._store.unsent())),
            alerts=self.alert_targets(),
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
        seeds = len(read_seeds(chosen.seeds).seeds) if chosen.seeds else 0
        asked = chosen.threshold
        lines = {one.name: one.threshold for one in self.watches} if seeds else {}
        line = lines.get(WatchName(chosen.name))
        now = "" if line is None else f" (now {line:.2f})"
        threshold = f"{asked.per_day} a day{now}" if isinstance(asked, PerDay) else str(asked)
        return WatchStatus(
            watch=WatchName(chosen.name), title=chosen.title or chosen.name, seeds=seeds, topics=len(chosen.topic),
            threshold=threshold, fates=fates, next_digest_at=self._schedule.next_at(chosen),
        )  # fmt: skip

    def _chosen(self, watch: WatchName | None) -> Watch:
        return self.watch(watch) if watch else self._only_watch()

    def _only_watch(self) -> Watch:
        if len(self.watches) == 1:
            return self.watches[0]
        names = ", ".join(watch.name for watch in self.watches)
        raise UsageError(
            "There are several watches; say which one.", hint=f"Add --watch with one of: {names}."
        )


def open_tracker(
    loaded: LoadedSettings,
    *,
    clock: Clock | None = None,
    fetcher: Fetcher | None = None,
    sandbox: Sandbox | None = None,
) -> Tracker:
    """Open an installation from its loaded settings: open the store, follow the OPML file's feeds.

    `clock`, `fetcher` and `sandbox` replace the computer's clock, the network and the parser children; who brings
    them closes them. Raises `ConfigError` when no watch is configured, and `StoreError`.
    """
    clock = clock or SystemClock()
    if not loaded.settings.watch:
        raise ConfigError(
            "No watch is configured.", hint="Add a [[watch]] table, or start with tracker init."
        )
    store = open_store(loaded.settings.store.url)
    try:
        if not store.is_read_only:
            follow_opml(store, loaded.settings.feeds.opml, clock)
    except BaseException:
        store.close()
        raise
    return Tracker(loaded, store, clock, Given(fetcher=fetcher, sandbox=sandbox))
