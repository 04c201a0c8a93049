"""One open installation: its settings, database, adapters and watches. The front door stands on it.

Expensive parts (HTTP client, parser children, profiles) are imported and made at first need, so a listing costs only
the database.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tracker.app.schedule import DigestSchedule
from tracker.app.threshold import with_thresholds
from tracker.app.wiring import make_fetcher, make_poll_policy, make_sandbox
from tracker.feeds import parse_opml
from tracker.model import Access, Watch
from tracker.ports import Clock, Fetcher, Sandbox, Store
from tracker.settings import LoadedSettings, feed_access, watch_of
from tracker.settings.seeds import read_seeds

if TYPE_CHECKING:
    from tracker.app.alerts import Alerts
    from tracker.app.feedback import Feedback
    from tracker.app.feeds import Subscriptions
    from tracker.app.lately import Lately
    from tracker.app.outputs import FeedFiles
    from tracker.app.reading import Reading
    from tracker.app.reports import Reports
    from tracker.app.rescore import Rescorer
    from tracker.app.run import Run
    from tracker.app.stories import Coverage
    from tracker.app.views import ProgressListener, RunReport
    from tracker.pipeline.acquire import Acquirer
    from tracker.pipeline.ingest import Ingester
    from tracker.pipeline.poll import OwnNetwork
    from tracker.pipeline.scoring import Scoring
    from tracker.polling import PollPolicy
    from tracker.relevance import Encoder

__all__ = ["Given", "Installation", "SystemClock", "follow_opml"]

_log = logging.getLogger(__name__)


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Adapters brought along instead of those the settings would make; who brought them closes them."""

    fetcher: Fetcher | None = None
    sandbox: Sandbox | None = None


class Installation:
    """What is open. Use as a context manager, or call `close`."""

    def __init__(self, loaded: LoadedSettings, store: Store, clock: Clock, given: Given) -> None:
        self._loaded = loaded
        self._settings = loaded.settings
        self._store = store
        self._clock = clock
        self._given = given
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
        root = self._loaded.root / "seeds"
        folders = [(one, read_seeds(one.seeds or root / one.name)) for one in self._settings.watch]
        failed = [problem for _, folder in folders for problem in folder.problems]
        usable = [(one, folder.seeds) for one, folder in folders if folder.seeds]
        if not usable:
            raise failed[0]
        for problem in failed:
            _log.warning("seed left out: %s %s", problem, problem.hint)
        found = [watch_of(one, seeds) for one, seeds in usable]
        return with_thresholds(found, [one for one, _ in usable], self._store, self._clock)

    @cached_property
    def reading(self) -> Reading:
        """Lists in portions, near misses and the archive, as a reader of the page turns them."""
        from tracker.app.reading import Reading

        return Reading(self._store)

    @cached_property
    def _network(self) -> OwnNetwork:
        from tracker.pipeline.poll import OwnNetwork

        return OwnNetwork()

    def _run(self, progress: ProgressListener) -> Run:
        from tracker.app.run import Run

        return Run(
            store=self._store, ingester=self._ingester, clock=self._clock, watches=self.watches,
            policy=self._polling, access=self._access,
            network=self._network, progress=progress,
        )  # fmt: skip

    def _ended(self, run: Run) -> RunReport:
        """Close a run; readers of the feed files learn of it."""
        report = run.report()
        self._lately.forget()
        self._feed_files.update(changed=bool(report.kept or report.folded))
        return report

    def _acquirer(self) -> Acquirer:
        from tracker.pipeline.acquire import Acquirer

        return Acquirer(self._fetcher, self._sandbox, self._polling, self._access)

    @cached_property
    def _reports(self) -> Reports:
        from tracker.app.reports import Reports  # templates and mail: only digests pay for them

        return Reports(self._store, self._clock, self._loaded)

    @cached_property
    def _alerts(self) -> Alerts:
        from tracker.app.alerts import Alerts  # as above

        return Alerts(self._store, self._clock, self._loaded, lambda: self._fetcher)

    @cached_property
    def _feed_files(self) -> FeedFiles:
        from tracker.app.outputs import FeedFiles  # formats: only runs pay for them

        return FeedFiles(self._store, self._clock, self._settings)

    @cached_property
    def _subscriptions(self) -> Subscriptions:
        from tracker.app.feeds import Subscriptions

        return Subscriptions(
            self._store, self._clock, self._polling, lambda: (self._fetcher, self._sandbox), self._access
        )

    @cached_property
    def _access(self) -> Mapping[str, Access]:
        return feed_access(self._loaded)

    @cached_property
    def _polling(self) -> PollPolicy:
        return make_poll_policy(self._settings)

    @cached_property
    def _lately(self) -> Lately:
        from tracker.app.lately import Lately

        lately = Lately()
        self._open.callback(lately.close)
        return lately

    @cached_property
    def _scoring(self) -> Scoring:
        from tracker.pipeline.scoring import Scoring
        from tracker.relevance import RelevancePolicy

        return Scoring(self._store, self._clock, self.watches, RelevancePolicy(), self._encoder)

    @cached_property
    def _encoder(self) -> Encoder | None:
        from tracker.app.encoder import encoder_folder, load_encoder

        folder = encoder_folder(self._loaded.root, self._settings.relevance.model)
        return load_encoder(folder) if folder else None

    @cached_property
    def _ingester(self) -> Ingester:
        from tracker.neardup.policy import LikenessPolicy
        from tracker.pipeline.ingest import Ingester
        from tracker.stories import StoryPolicy

        return Ingester(self._scoring, LikenessPolicy(), StoryPolicy())

    @cached_property
    def _coverage(self) -> Coverage:
        from tracker.app.stories import Coverage

        return Coverage(self._store)

    @cached_property
    def _feedback(self) -> Feedback:
        from tracker.app.feedback import Feedback

        return Feedback(self._store, self._clock, self._scoring)

    @cached_property
    def _rescorer(self) -> Rescorer:
        from tracker.app.rescore import Rescorer
        from tracker.stories import StoryPolicy

        return Rescorer(self._store, self._clock, self._scoring, StoryPolicy())

    @cached_property
    def _schedule(self) -> DigestSchedule:
        return DigestSchedule(self._store, self._clock)

    @cached_property
    def _fetcher(self) -> Fetcher:
        if self._given.fetcher is not None:
            return self._given.fetcher
        fetcher = make_fetcher(self._settings)
        self._open.callback(fetcher.close)
        return fetcher

    @cached_property
    def _sandbox(self) -> Sandbox:
        if self._given.sandbox is not None:
            return self._given.sandbox
        sandbox = make_sandbox(self._settings)
        self._open.callback(sandbox.close)
        return sandbox


def follow_opml(store: Store, path: Path, clock: Clock) -> None:
    """Follow what the file lists. One that cannot be read changes nothing and is said in the log."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return  # feeds may come by command alone
    except OSError as error:
        _log.warning("the feed list %s cannot be read (%s); feeds stay as they are", path, error.strerror)
        return
    listed = parse_opml(content)
    broken = [problem for problem in listed.problems if problem.code == "not_well_formed"]
    if broken or (listed.problems and not listed.feeds):
        said = listed.problems[0].detail
        _log.warning("the feed list %s cannot be used: %s; feeds stay as they are", path, said)
        return
    store.sync_opml(listed.feeds, clock.now())
