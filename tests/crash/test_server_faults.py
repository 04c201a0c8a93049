"""PostgreSQL that goes away: connections cut before and after each commit, and a server restarted under load.

Tried are taking in an archive, fetching and sending a digest. A cut after the commit but before its answer is the
worst: the program cannot know. The same command run again must leave what an undisturbed run leaves, and each recipient
has each item in exactly one message, which comes again only where nobody could know that it had arrived.
"""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.campaigns import of_full
from tests.crash.kill_world import Worker, World, differences, picture, rows
from tests.crash.mail_world import EarlyReports, copy_of
from tests.crash.mail_world import World as MailWorld
from tests.crash.post_office import PostOffice, open_office
from tests.crash.test_kill_digest import FIRST, one_kill
from tests.e2e.project import make_project
from tests.postgres import _run, programs, running_server
from tracker.app.reports import Reports
from tracker.demo.site import NewsroomSite
from tracker.errors import StoreError
from tracker.store import open_store

LEASE_S = 1800.0
PATIENT = {name: timedelta(seconds=60) for name in ("connect_timeout", "command_timeout", "final_timeout")}


class Cutter:
    """Passes everything on to the server, until the commit with the given number."""

    def __init__(self, server: str, number: int, *, is_answered: bool) -> None:
        self._url = make_url(server)
        self._number = number
        self._is_answered = is_answered
        self._lock = threading.Lock()
        self.commits = 0
        self.has_cut = False
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = self._url.set(port=self._door.getsockname()[1]).render_as_string(hide_password=False)
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            server = socket.create_connection((self._url.host, self._url.port))
            pair = _Pair(client, server)
            threading.Thread(target=self._upwards, args=(pair,), daemon=True).start()
            threading.Thread(target=self._downwards, args=(pair,), daemon=True).start()

    def _upwards(self, pair: _Pair) -> None:
        with suppress(OSError):
            while sent := pair.client.recv(65536):
                if b"COMMIT\0" in sent and self._is_it():
                    if self._is_answered:
                        pair.is_deaf = True  # the server commits, and nobody hears of it
                        pair.server.sendall(sent)
                        pair.is_done.wait(60)
                    pair.close()
                    return
                pair.server.sendall(sent)
        pair.close()

    def _downwards(self, pair: _Pair) -> None:
        with suppress(OSError):
            while told := pair.server.recv(65536):
                if pair.is_deaf:
                    pair.is_done.set()
                else:
                    pair.client.sendall(told)
        pair.close()

    def _is_it(self) -> bool:
        with self._lock:
            self.commits += 1
            self.has_cut = self.has_cut or self.commits == self._number
            return self.commits == self._number


@dataclass
class _Pair:
    client: socket.socket
    server: socket.socket
    is_deaf: bool = False
    is_done: threading.Event = field(default_factory=threading.Event)

    def close(self) -> None:
        for end in (self.client, self.server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@dataclass
class Arena:
    """A server, a template database with a feed and nothing else in it, and what an undisturbed run leaves."""

    server: str
    folder: Path
    worker: Worker
    calm: dict[str, dict[str, list[str]]]
    commits: dict[str, int]
    leases: int = 0  # that had to run out

    def case(self, name: str, server: str) -> World:
        folder = self.folder.parent / "case"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        return World(folder, make_url(server).set(database=name).render_as_string(hide_password=False))

    @contextmanager
    def database(self, template: str = "blank") -> Iterator[str]:
        """A copy of the template; its name."""
        name = f"case_{time.monotonic_ns()}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield name
        finally:
            self._admin(f"DROP DATABASE {name} WITH (FORCE)")

    def _admin(self, statement: str) -> None:
        engine = create_engine(
            make_url(self.server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def learn(self, do: str) -> None:
        """Do the work undisturbed."""
        with self.database() as name:
            self.worker.warm(do, self.case(name, self.server))
        with self.database() as name, closing(Cutter(self.server, -1, is_answered=False)) as counter:
            assert not self.worker.run(do, self.case(name, counter.url))
            self.commits[do] = counter.commits
            self.calm[do] = picture(self.case(name, self.server).store_url)

    def made_good(self, do: str, world: World) -> None:
        """Look at what is left, run again, compare."""
        with closing(open_store(world.store_url)) as store:
            assert store.flaws() == ((), ()), "a half item"
        self.leases += _run_out(world.store_url)
        assert not self.worker.run(do, world)
        found = differences(picture(world.store_url), self.calm[do])
        assert not found, found


def _run_out(url: str) -> int:
    """Let the time of leases pass that nobody could give back; how many there were."""
    soon = int((time.time() + LEASE_S) * 1_000_000)
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        query = "UPDATE feed SET lease_until = 0 WHERE lease_until > 0 RETURNING :soon - lease_until"
        left = connection.execute(text(query), {"soon": soon}).scalars().all()
    engine.dispose()
    assert all(one >= 0 for one in left), "a lease that does not run out"
    return len(left)


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    place = tmp_path_factory.mktemp("server")
    with running_server() as server, NewsroomSite() as site:
        if server is None:
            pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
        folder = make_project(place / "template", site, feeds=site.feed_urls[1:2])
        worker = Worker()
        made = Arena(server, folder, worker, {}, {})
        made._admin("CREATE DATABASE blank")
        made.case("blank", server).open().close()  # which follows the feed
        for do in ("ingest", "fetch"):
            made.learn(do)
        yield made
        worker.close()


def cut_campaign(arena: Arena, do: str, numbers: Sequence[int], *, also_before: bool = True) -> None:
    """Cut the connection before the server hears of a commit, or before we hear of it."""
    seen: Counter[str] = Counter()
    arena.leases = 0
    for number, is_answered in product(numbers, (False, True) if also_before else (True,)):
        with arena.database() as name:
            with closing(Cutter(arena.server, number, is_answered=is_answered)) as cutter:
                failed = arena.worker.run(do, arena.case(name, cutter.url), may_fail=True)
                assert cutter.has_cut
            arena.made_good(do, arena.case(name, arena.server))
            when = "after" if is_answered else "before"
            seen[f"cut {when} the commit, {'said' if failed else 'overcome'}"] += 1
    print(
        f"\n{do}: {seen.total()} connections cut at {arena.commits[do]} commits: {dict(seen)}, 0 lost, 0 doubled,"
        f" 0 halves; {arena.leases} leases had to run out"
    )


@pytest.mark.parametrize("do", ["ingest", "fetch"])
def test_a_connection_cut_at_a_commit_is_made_good(arena: Arena, do: str) -> None:
    cut_campaign(arena, do, (arena.commits[do] - 1,), also_before=False)


@pytest.mark.campaign
@pytest.mark.parametrize("do", ["ingest", "fetch"])
def test_connections_cut_at_every_commit_are_made_good(arena: Arena, do: str) -> None:
    cut_campaign(arena, do, range(1, arena.commits[do] + 1))


def restart(server: str, how: str) -> None:
    """Stop the server (fast: sessions are ended; immediate: as by a crash) and start it again."""
    (found,) = rows(
        server, "SELECT current_setting('data_directory'), current_setting('unix_socket_directories')"
    )
    cluster, sockets = found
    folder = programs()
    assert folder is not None
    options = f"-p {make_url(server).port} -k {sockets} -c fsync=off -c listen_addresses=127.0.0.1"
    _run(folder / "pg_ctl", "-D", cluster, "-w", "-m", how, "-l", f"{sockets}/log", "-o", options, "restart")


def restart_campaign(arena: Arena, do: str, count: int) -> None:
    failed = arena.leases = 0
    for number in range(count):
        with arena.database() as name:
            world = arena.case(name, arena.server)
            how = ("fast", "immediate")[number % 2]
            timer = threading.Timer(0.1 + 0.9 * number / max(1, count - 1), restart, (arena.server, how))
            timer.start()
            failed += arena.worker.run(do, world, may_fail=True)
            timer.join()
            arena.made_good(do, world)
    print(
        f"\n{do}: {count} restarts under load: {failed} runs broken off with a sentence, 0 lost, 0 doubled, 0 halves;"
        f" {arena.leases} leases had to run out"
    )


@pytest.mark.campaign
@pytest.mark.parametrize("do", ["ingest", "fetch"])
def test_a_server_restarted_under_load_loses_nothing(arena: Arena, do: str) -> None:
    restart_campaign(arena, do, of_full(12))


# ------------------------------------------------------------ digests


@dataclass
class Letters:
    """A database with items to send, a template of installations, and how many commits sending takes."""

    arena: Arena
    template: MailWorld
    commits: int = 0

    @contextmanager
    def case(self, through: str = "") -> Iterator[tuple[MailWorld, MailWorld]]:
        """An installation that reaches the server by another address, and the same one that reaches it directly."""
        with self.arena.database("letters") as name:
            world = copy_of(self.template, self.arena.folder.parent / "letters", 3)
            urls = (
                make_url(one).set(database=name) for one in (through or self.arena.server, self.arena.server)
            )
            led, direct = (replace(world, address=url.render_as_string(hide_password=False)) for url in urls)
            yield led, direct


@pytest.fixture(scope="module")
def letters(arena: Arena, tmp_path_factory: pytest.TempPathFactory) -> Letters:
    arena._admin("CREATE DATABASE letters TEMPLATE blank")
    url = make_url(arena.server).set(database="letters").render_as_string(hide_password=False)
    MailWorld(arena.folder, url).add_items(1, FIRST)
    made = Letters(arena, MailWorld(tmp_path_factory.mktemp("empty")))
    with (
        closing(Cutter(arena.server, -1, is_answered=False)) as counter,
        made.case(counter.url) as (led, direct),
        open_office(PostOffice()) as office,
    ):
        led.send(office.port, **PATIENT)
        made.commits = counter.commits
        assert {state for state, _ in direct.deliveries().values()} == {"sent"}
    return made


def sent(world: MailWorld, office: PostOffice, *, kind: type[Reports] = Reports) -> bool:
    """Send; whether it was broken off, with a sentence."""
    try:
        world.send(office.port, kind=kind, **PATIENT)
    except StoreError:
        return True
    return False


def send_and_cut(
    letters: Letters, number: int, *, is_answered: bool, kind: type[Reports] = Reports
) -> tuple[bool, int]:
    """Cut the connection at a commit of sending, then send again; whether it was said, and how many copies came twice."""
    with (
        closing(Cutter(letters.arena.server, number, is_answered=is_answered)) as cutter,
        letters.case(cutter.url) as (led, direct),
        open_office(PostOffice()) as office,
    ):
        failed = sent(led, office, kind=kind)
        assert cutter.has_cut
        return failed, one_kill(direct, office)


def test_a_connection_cut_while_a_digest_is_sent_keeps_the_promise(letters: Letters) -> None:
    """Cut with the verdict on its way, which is the worst, and after everything is composed."""
    failed, doubled = send_and_cut(letters, letters.commits, is_answered=False)
    assert (failed, doubled) == (True, 3), "taken, and the server never heard of it"
    assert send_and_cut(letters, letters.commits, is_answered=True) == (True, 0), (
        "heard of, and we never knew"
    )


@pytest.mark.campaign
def test_connections_cut_at_every_commit_of_a_digest_keep_the_promise(letters: Letters) -> None:
    seen: Counter[str] = Counter()
    for number, is_answered in product(range(1, letters.commits + 1), (False, True)):
        failed, doubled = send_and_cut(letters, number, is_answered=is_answered)
        seen.update({"cut": 1, "said": failed, "copies that came twice": doubled})
    print(f"\ndigests: {dict(seen)} at {letters.commits} commits, 0 lost, 0 repeated outside the window")


def send_and_restart(letters: Letters, step: str, how: str) -> tuple[bool, int]:
    """Restart the server at a step of the conversation with the mail server, then send again."""
    with letters.case() as (world, _), open_office(PostOffice()) as office:
        office.reached = lambda reached: restart(letters.arena.server, how) if reached == step else None
        failed = sent(world, office)
        return failed, one_kill(world, office)


@pytest.mark.campaign
def test_a_server_restarted_while_a_digest_is_sent_keeps_the_promise(letters: Letters) -> None:
    seen: Counter[str] = Counter()
    for step, how in product(
        ("connect", "rcpt2", "data", "body", "stored", "replied"), ("fast", "immediate")
    ):
        failed, doubled = send_and_restart(letters, step, how)
        seen.update({"restarts": 1, "said": failed, "copies that came twice": doubled})
    print(f"\ndigests: {dict(seen)}, 0 lost, 0 repeated outside the window")


def test_mail_marked_as_sent_before_it_is_sent_is_found_out(letters: Letters) -> None:
    """The mistake: with the note made first, a cut leaves mail that is marked and was never sent."""
    with pytest.raises(AssertionError, match="0 copies, marked sent"):
        send_and_cut(letters, letters.commits - 1, is_answered=True, kind=EarlyReports)


@pytest.mark.campaign
def test_the_comparison_finds_an_item_that_is_gone(arena: Arena) -> None:
    with arena.database() as name:
        world = arena.case(name, arena.server)
        assert not arena.worker.run("ingest", world)
        engine = create_engine(make_url(world.store_url).set(drivername="postgresql+psycopg"))
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE article SET text = 'half' WHERE id = (SELECT min(id) FROM article)")
            )
        engine.dispose()
        with pytest.raises(AssertionError, match="half"):
            arena.made_good("ingest", world)
