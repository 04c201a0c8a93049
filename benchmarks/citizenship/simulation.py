"""Our poller among the cast: the real Poller, Ingester, SQLite store and crew of fetchers, on a clock of the simulation.

Only the sockets and the parsing children are replaced: requests go straight to the origin (or over loopback), documents
are parsed by the same functions in this process.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from benchmarks.citizenship.cast import FAULTS
from benchmarks.citizenship.clock import VirtualLoop, pumping
from benchmarks.citizenship.log import HOUR
from benchmarks.citizenship.origin import Origin, Response
from tracker.articles import extract_page
from tracker.errors import FeedNotFound
from tracker.feeds import parse_feed
from tracker.fetch import FetchPolicy
from tracker.fetch.crew import Crew, Job
from tracker.fetch.exchange import failed
from tracker.fetch.failures import Refusal, RefusalError
from tracker.fetch.target import Target, check_url
from tracker.model import (
    ExtractedPage,
    Feed,
    FeedHealth,
    FeedId,
    FetchReason,
    FetchRequest,
    FetchResult,
    ParsedFeed,
    Refused,
    Seed,
    Topic,
    Watch,
    WatchName,
)
from tracker.neardup.policy import LikenessPolicy
from tracker.pipeline.acquire import Acquirer
from tracker.pipeline.ingest import Ingester
from tracker.pipeline.poll import Poller
from tracker.pipeline.scoring import Scoring
from tracker.polling import PollPolicy, assess_feed
from tracker.ports import Clock, Fetcher
from tracker.relevance import RelevancePolicy
from tracker.store import SqlStore, open_store
from tracker.stories import StoryPolicy

_A = TypeVar("_A")
TICK = 60.0  # how often due feeds are looked for
_RETRY_EVERY = 600.0
_LOOK_EVERY = 4 * HOUR
_LOOK_AT_FAULTY_EVERY = 600.0  # so that gaps of an hour are counted to a sixth
_CLAIMS = 200
_DOWN = Refusal(
    reason=FetchReason.DNS, detail="The name could not be looked up just now; the next poll tries again."
)
_CLOSED = Refusal(
    reason=FetchReason.CONNECT, detail="Nobody accepts connections there; the next poll tries again."
)
FETCH_POLICY = FetchPolicy(contact="https://example.org/about-our-tracker")
WATCH = Watch(
    name=WatchName("w"),
    title="A subject",
    seeds=(Seed(name="s", title="A seed", text="Officials met to control precursor chemicals. " * 20),),
    topics=(Topic(name="precursor chemicals", phrases=("precursor",)),),
)


class Time(Clock, Protocol):
    """A clock that the simulation moves."""

    seconds: float

    def sleep_until(self, at: float) -> None: ...


class InProcessSandbox:
    """The `Sandbox` port without children: the documents here are our own."""

    def parse_feed(self, body: bytes, url: str, content_type: str) -> Future[ParsedFeed | Refused]:
        return _done(parse_feed(body, url, content_type))

    def extract_page(self, body: bytes, url: str, content_type: str) -> Future[ExtractedPage | Refused]:
        return _done(extract_page(body, url, content_type))

    def close(self) -> None:
        """Nothing to end."""


class SimulatedFetcher:
    """The `Fetcher` port: the real crew and exchanges on a virtual loop; the wire ends at the origin."""

    def __init__(
        self, origin: Origin, loop: VirtualLoop, policy: FetchPolicy, outages: Sequence[tuple[float, float]]
    ) -> None:
        self._origin = origin
        self._loop = loop
        self._policy = policy
        self._outages = outages
        self._crew = loop.run_until_complete(self._start())

    def submit(self, request: FetchRequest) -> Future[FetchResult]:
        future: Future[FetchResult] = Future()
        target = check_url(request.url, self._policy)
        if isinstance(target, Refusal):
            future.set_result(failed(request, target))
        else:
            self._crew.add([Job(request=request, target=target, future=future)])
        return future

    def close(self) -> None:
        self._loop.run_until_complete(self._crew.dismiss())

    def __getattr__(self, name: str) -> Any:
        """What else the port offers (lifting a host's rest) is the crew's."""
        return getattr(self._crew, name)

    async def _start(self) -> Crew:
        crew = Crew(self._policy, self._wire, self._loop.now)
        crew.hire()
        return crew

    @asynccontextmanager
    async def _wire(
        self, target: Target, headers: list[tuple[bytes, bytes]], *_unused: object
    ) -> AsyncIterator[_Answer]:
        """One request: a travel time that depends on the host, then the origin's answer."""
        at = self._loop.seconds
        travel = 0.02 + zlib.crc32(target.host.encode()) % 200 / 1000
        await asyncio.sleep(travel)
        if any(start <= at < end for start, end in self._outages):
            raise RefusalError(_DOWN)
        asked = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        made = self._origin.answer(target.url, asked, at)
        try:
            if made[0].status == 0:
                raise RefusalError(_CLOSED)
            yield _Answer(made[0])
        finally:
            self._origin.note(target.url, asked, (at, self._loop.seconds), made)


class _Answer:
    """The origin's response as the exchange reads it."""

    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.raw_headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()
        ]
        self._body = response.body

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self._body


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A feed was well, and was then said to be unwell; `at` in seconds since the start."""

    number: int
    at: float
    health: FeedHealth
    sentence: str


@dataclass(slots=True, kw_only=True)
class Naming:
    """When each feed was first said to be unwell, by condition, and every time that a feed fell ill."""

    first: dict[int, dict[FeedHealth, float]] = field(default_factory=dict)
    alarms: list[Alarm] = field(default_factory=list)
    _ill: set[int] = field(default_factory=set)

    def note(self, number: int, health: FeedHealth, sentence: str, at: float) -> None:
        if health in {FeedHealth.OK, FeedHealth.NEW}:
            self._ill.discard(number)
            return
        self.first.setdefault(number, {}).setdefault(health, at)
        if number not in self._ill:
            self._ill.add(number)
            self.alarms.append(Alarm(number=number, at=at, health=health, sentence=sentence))


@dataclass(slots=True, kw_only=True)
class Run:
    """One simulated life: what it stands on, and what it notes."""

    origin: Origin
    store: SqlStore
    time: Time
    fetcher: Fetcher
    policy: PollPolicy = field(default_factory=PollPolicy)
    naming: Naming = field(default_factory=Naming)
    polls: int = 0
    after_hour: Callable[[float], None] = lambda _: None
    _numbers: dict[FeedId, int] = field(default_factory=dict)

    def follow(self) -> None:
        """Add every feed of the cast; all are due at once."""
        for spec in self.origin.feeds:
            feed = self.store.add_feed(
                spec.url, title=f"Feed {spec.number}", site_url=None, tags=(), now=self.time.now()
            )
            self._numbers[feed.id] = spec.number

    def live(self, until: float) -> None:
        """Look for due feeds every tick, as the daemon does."""
        scoring = Scoring(self.store, self.time, (WATCH,), RelevancePolicy())
        ingester = Ingester(scoring, LikenessPolicy(), StoryPolicy())
        poller = Poller(
            store=self.store, ingester=ingester, clock=self.time, policy=self.policy, watches=(WATCH,)
        )
        sandbox, next_hour, next_look, next_retry = InProcessSandbox(), HOUR, 0.0, 0.0
        with self.store.polling():
            while self.time.seconds < until:
                tick = self.time.seconds
                acquirer = Acquirer(self.fetcher, sandbox, self.policy)
                self._round(poller, acquirer)
                if tick >= next_retry:
                    next_retry = tick + _RETRY_EVERY
                    poller.retry(self.store.pending(self.time.now(), limit=_CLAIMS), acquirer)
                if tick >= next_look:
                    next_look += _LOOK_AT_FAULTY_EVERY
                    self._look(tick, self._faulty())
                if tick >= next_hour:
                    next_hour += HOUR
                    if tick % _LOOK_EVERY < TICK + 60:
                        self._look(tick, self.store.feeds())
                    self.after_hour(tick)
                self.time.sleep_until(tick + TICK)

    def _round(self, poller: Poller, acquirer: Acquirer) -> None:
        """Poll what is due until nothing is: one worker takes the feeds of a host together."""
        while claims := self.store.claim_due(self.time.now(), limit=_CLAIMS, lease=self.policy.lease):
            for _ in poller.poll(claims, acquirer):
                self.polls += 1

    def _look(self, at: float, feeds: Iterable[Feed]) -> None:
        """Note the conditions as `tracker feeds list` shows them."""
        for feed in feeds:
            self.naming.note(self._numbers[feed.id], *assess_feed(feed, self.time.now()), at)

    def _faulty(self) -> Iterator[Feed]:
        for spec in self.origin.feeds[-len(FAULTS) :]:
            for url in (spec.url, spec.new_url):
                with suppress(FeedNotFound):
                    yield self.store.feed_by_url(url)


@contextmanager
def in_memory(origin: Origin, folder: Path, outages: Sequence[tuple[float, float]] = ()) -> Iterator[Run]:
    """A life without sockets, on virtual time."""
    loop = VirtualLoop()
    with ExitStack() as stack:
        stack.callback(loop.close)
        stack.enter_context(pumping(loop))
        store = open_store(f"sqlite:///{folder / 'citizen.db'}")
        stack.callback(store.close)
        fetcher = SimulatedFetcher(origin, loop, FETCH_POLICY, outages)
        stack.callback(fetcher.close)
        yield Run(origin=origin, store=store, time=loop, fetcher=fetcher)


def _done(value: _A) -> Future[_A]:
    future: Future[_A] = Future()
    future.set_result(value)
    return future
