"""Random sequences of everything that can be done to an installation, against a small oracle.

Publishing, copying, listing again and rewriting of reports; fetching, taking in an archive, judging and taking it back,
another line, scoring anew, digests that are accepted, refused, cut off or never answered, the passing of days, pruning,
backup, restore and restart; and the process that dies before any commit. After each step all that `model_oracle.py`
says must be true. A sequence that goes wrong is printed as a program.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.campaigns import of_full
from tests.crash.post_office import PostOffice, open_office
from tests.integration.scripted_server import ScriptedServer, everything_is_here, serving
from tests.property.model_oracle import Oracle, Row, arrived, digests, entries, unreported
from tests.property.model_world import FEEDS, NORMAL, Death, Died, Installation, Published, Text, token
from tracker.app import Tracker
from tracker.fetch import FetchPolicy, HttpFetcher, Network
from tracker.model import EntryId, Record, Recorded, Verdict
from tracker.store import SqlStore
from tracker.store.ingest import Session

LATER = timedelta(minutes=7)
STEPS = 30
FEED = st.sampled_from(FEEDS)
ANY = st.integers(0, 10_000)
SHELF = st.integers(0, 1)
LINE = st.sampled_from([0.01, NORMAL, 1.0])
COMMIT = st.integers(1, 6)
DEATH = st.sampled_from([None, None, None, 1, 2, 3, 4, 5])
VERDICT = st.sampled_from([Verdict.RELEVANT, Verdict.IRRELEVANT, None])
ANSWERS = {
    "accepted": {},
    "deferred": {"rcpt*": "450 later"},
    "one refused": {"rcpt2": "550 nobody here"},
    "refused": {"dot": "554 no"},
    "cut before the dot": {"data": "close"},
    "taken and never answered": {"dot": "store-and-close"},
    "lost and never answered": {"dot": "drop-and-close"},
}


class Place:
    """What all sequences share: the servers, a fetcher, and what was seen so far."""

    server: ScriptedServer
    office: PostOffice
    fetcher: HttpFetcher
    seen: Counter[str]


class Model(RuleBasedStateMachine):
    """One sequence."""

    place: ClassVar[Place]

    @initialize()
    def begin(self) -> None:
        self.folder = Path(mkdtemp(prefix="tracker-model-"))
        self.world = Installation(self.folder, self.place.server, self.place.office, self.place.fetcher)
        self.oracle = Oracle()
        self.kept: dict[int, Oracle] = {}
        self.tokens = 0
        for number in range(3):
            self._publish(FEEDS[number % 2], Text(number, on_subject=number != 1))
        self.fetch(None)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @invariant()
    def all_is_true(self) -> None:
        if hasattr(self, "world"):
            self.oracle.check(self.world)
            self.place.seen["steps"] += 1

    # ------------------------------------------------------------ what others do

    @rule(feed=FEED, on_subject=st.booleans())
    def publish(self, *, feed: str, on_subject: bool) -> None:
        self._publish(feed, Text(len(self.world.pages), on_subject))

    @precondition(lambda self: self.world.pages)
    @rule(feed=FEED, which=ANY)
    def copy(self, feed: str, which: int) -> None:
        """Another address with the same words."""
        self._publish(feed, self._page(which).text)

    @precondition(lambda self: self.world.pages)
    @rule(feed=FEED, which=ANY)
    def list_again(self, feed: str, which: int) -> None:
        """The same page in a feed, under another guid where it was there already."""
        one = self._page(which)
        self.world.publish(feed, replace(one, guid=f"{feed}{len(self.world.feeds[feed])}"))

    @precondition(lambda self: self.world.pages)
    @rule(which=ANY)
    def rewrite(self, which: int) -> None:
        """The page says more, and every feed that lists it gives it a new title."""
        old = self._page(which)
        new = replace(old, token=self._token(), text=replace(old.text, rewritten=old.text.rewritten + 1))
        for feed, listed in self.world.feeds.items():
            for one in [one for one in listed if one.path == old.path]:
                self.world.publish(feed, replace(new, guid=one.guid))
        self.world.pages[old.path] = new

    def _publish(self, feed: str, text: Text) -> None:
        report = self._token()
        path = f"/story/{report.lower()}"
        self.world.publish(feed, Published(f"guid-{report}", path, report, text, self.world.at))

    def _page(self, which: int) -> Published:
        pages = list(self.world.pages.values())
        return pages[which % len(pages)]

    def _token(self) -> str:
        self.tokens += 1
        return token(self.tokens)

    # ------------------------------------------------------------ what comes in

    @rule(dies_at=DEATH)
    def fetch(self, dies_at: int | None) -> None:
        self._work(lambda tracker: tracker.fetch(everything=True), dies_at)
        listed = [
            (self.world.url(feed), self.world.url(one.path), one.title)
            for feed, entries_there in self.world.feeds.items()
            for one in entries_there
        ]
        self.oracle.record(listed, self.world.at)

    @precondition(lambda self: self.world.pages)
    @rule(which=st.lists(ANY, min_size=1, max_size=3), dies_at=DEATH)
    def ingest(self, which: list[int], dies_at: int | None) -> None:
        pages = {one.path: one for one in map(self._page, which)}.values()
        archive = [
            {"url": self.world.url(one.path), "title": one.title, "text": str(one.text)} for one in pages
        ]
        self._work(lambda tracker: tracker.ingest(archive), dies_at)
        had = {url for feed, url, _ in self.oracle.recorded_at if not feed}
        listed = [("", str(row["url"]), row["title"]) for row in archive if row["url"] not in had]
        self.oracle.record(listed, self.world.at)

    def _work(self, work: Callable[[Tracker], object], dies_at: int | None) -> None:
        """Do it; where it dies, start anew and do it again."""
        self.world.at += LATER
        try:
            with Death(dies_at or 0).awaited():
                work(self.world.tracker)
        except Died:
            self.place.seen["died"] += 1
            self.world.restart()
            work(self.world.tracker)

    # ------------------------------------------------------------ what a person does

    @precondition(lambda self: self._readable())
    @rule(which=ANY, verdict=VERDICT)
    def judge(self, which: int, verdict: Verdict | None) -> None:
        self.world.at += LATER
        found = self._readable()
        row = found[which % len(found)]
        self.world.tracker.judge([str(row.article_id)], verdict)
        self.oracle.judge(row, verdict)

    def _readable(self) -> list[Row]:
        return [row for row in entries(self.world) if row.text]

    @rule(line=LINE)
    def another_line(self, line: float) -> None:
        self.world.set_line(line)

    @rule(dies_at=DEATH)
    def rescore(self, dies_at: int | None) -> None:
        self._work(Tracker.rescore, dies_at)
        self.oracle.rescored(entries(self.world))

    @rule()
    def restart(self) -> None:
        self.world.restart()

    # ------------------------------------------------------------ digests

    @rule(how=st.sampled_from([*ANSWERS, "accepted", "accepted"]))
    def digest(self, how: str) -> None:
        self._digest(how, Death())

    @rule(dies_at=COMMIT, is_taken=st.booleans())
    def digest_and_die(self, *, dies_at: int, is_taken: bool) -> None:
        """Die before a commit: of the composed digest, of the note that it is handed over, of the verdict."""
        self._digest("accepted", Death(dies_at), dies_when_taken=is_taken)

    def _digest(self, how: str, death: Death, *, dies_when_taken: bool = False) -> None:
        self.world.at += LATER
        wanted, before = unreported(self.world, self.oracle), {one.message_id for one in digests(self.world)}
        had = self._copies()

        def reached(step: str) -> None:
            if dies_when_taken and step == "stored":
                death.at = 1

        self.world.behave(reached, **ANSWERS[how])
        died = False
        try:
            with death.awaited():
                self.world.tracker.send_digest()
        except Died:
            died = True
            self.world.restart()
        self.world.behave()
        taken = self._copies() - had
        is_unheard = died or how == "taken and never answered"
        (self.oracle.unheard if is_unheard else self.oracle.answered).update(taken)
        new = [one for one in digests(self.world) if one.message_id not in before]
        told = [one.tokens for one in new]
        assert told == [wanted] * bool(wanted) or (died and not new), f"told {told} in place of {wanted}"
        self.place.seen.update({"mails": taken.total(), "digests": len(new), "died sending": int(died)})
        self.place.seen[how] += bool(wanted)

    def _copies(self) -> Counter[tuple[str, str]]:
        return self.place.office.copies()

    @rule()
    def settle(self) -> None:
        """With a mail server that does its work everybody has everything, or it is said who has not."""
        self._digest("accepted", Death())
        assert not unreported(self.world, self.oracle)
        for saved in digests(self.world):
            arrived(self.world, saved)

    # ------------------------------------------------------------ upkeep

    @rule(days=st.integers(5, 40), dies_at=DEATH)
    def prune(self, days: int, dies_at: int | None) -> None:
        self.world.at += timedelta(days=days)
        with_text = sum(bool(row.text) for row in entries(self.world))
        self._work(Tracker.prune, dies_at)
        self.place.seen["texts pruned"] += with_text - sum(bool(row.text) for row in entries(self.world))

    @rule(shelf=SHELF)
    def back_up(self, shelf: int) -> None:
        self.world.tracker.backup(self.folder / f"{shelf}.db")
        self.kept[shelf] = deepcopy(self.oracle)

    @precondition(lambda self: self.kept)
    @rule(shelf=SHELF)
    def put_back(self, shelf: int) -> None:
        """All is as it was, but for what was mailed since; one restore may undo another."""
        kept = self.kept.get(shelf) or next(iter(self.kept.values()))
        self.world.put_back(self.folder / f"{next(n for n, one in self.kept.items() if one is kept)}.db")
        answered, unheard = self.oracle.answered, self.oracle.unheard
        self.oracle = replace(deepcopy(kept), answered=answered, unheard=unheard)
        self.place.seen["restores"] += 1


@pytest.fixture(scope="module")
def model() -> Iterator[type[Model]]:
    shared = Place()
    with serving([]) as shared.server, open_office(PostOffice()) as shared.office:
        policy = FetchPolicy(
            allow_hosts=(f"site.test:{shared.server.port}",),
            per_host_spacing=timedelta(0),
            respect_robots=False,
        )
        shared.fetcher = HttpFetcher(policy, network=Network(resolver=everything_is_here))
        Model.place = shared
        try:
            yield Model
        finally:
            shared.fetcher.close()


def run(model: type[Model], count: int) -> Counter[str]:
    """Run so many sequences, always the same; what was seen. One that goes wrong is printed as it is, not shortened."""
    model.place.seen = Counter()
    chosen = settings(
        max_examples=count,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=True,
        report_multiple_bugs=False,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(model, settings=chosen)
    finally:
        print(f"\n{count} sequences: {dict(model.place.seen)}")
    return model.place.seen


def steps(model: type[Model], *does: Callable[[Model], None]) -> Counter[str]:
    """One sequence by hand; what was seen."""
    model.place.seen = Counter()
    state = model()
    try:
        state.begin()
        for do in does:
            do(state)
            state.all_is_true()
    finally:
        state.teardown()
    return model.place.seen


def test_a_sequence_of_everything_keeps_every_promise(model: type[Model]) -> None:
    seen = steps(
        model,
        lambda one: one.digest("deferred"),
        lambda one: one.back_up(0),
        lambda one: one.publish(feed=FEEDS[0], on_subject=True),
        lambda one: one.copy(FEEDS[1], 3),
        lambda one: one.list_again(FEEDS[0], 0),
        lambda one: one.rewrite(2),
        lambda one: one.fetch(2),
        lambda one: one.ingest([1, 3], 1),
        lambda one: one.digest("taken and never answered"),
        lambda one: one.back_up(1),
        lambda one: one.judge(1, Verdict.RELEVANT),
        lambda one: one.another_line(1.0),
        lambda one: one.rescore(2),
        lambda one: one.digest_and_die(dies_at=3, is_taken=False),
        lambda one: one.settle(),
        lambda one: one.prune(35, 1),
        lambda one: one.put_back(0),
        lambda one: one.another_line(NORMAL),
        lambda one: one.fetch(None),
        lambda one: one.digest("one refused"),
        lambda one: one.put_back(1),
        lambda one: one.settle(),
    )
    wanted = ("mails", "died", "died sending", "texts pruned", "restores")
    assert min(seen[what] for what in wanted) > 0, seen


def test_a_few_sequences_keep_every_promise(model: type[Model]) -> None:
    assert run(model, 2)["steps"] > 15


@pytest.mark.campaign
def test_hundreds_of_sequences_keep_every_promise(model: type[Model]) -> None:
    seen = run(model, of_full(500))
    assert seen["digests"] > 0


def test_a_digest_that_is_not_noted_as_sent_is_found_out(
    model: type[Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqlStore, "mark_delivery", lambda *_: None)
    with pytest.raises(AssertionError, match="came again though its arrival was known"):
        steps(model, lambda one: one.digest("accepted"), lambda one: one.digest("accepted"))


def test_a_store_that_drops_an_entry_is_found_out(
    model: type[Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Session.record

    def record(self: Session, made: Record) -> Recorded:
        dropped = made.feed_id is None and "seized" in made.entry.title
        return Recorded(entry_id=EntryId(0), article_id=None) if dropped else real(self, made)

    monkeypatch.setattr(Session, "record", record)
    with pytest.raises(AssertionError, match="lost Counter"):
        steps(model, lambda one: one.ingest([0], None))
