"""PostgreSQL that goes away: connections cut before and after each commit, and a server restarted under load.

A cut after the commit but before its answer is the worst: the program cannot know. The same command run again must
leave what an undisturbed run leaves.
"""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.campaigns import of_full
from tests.crash.kill_world import Worker, World, differences, picture, rows
from tests.e2e.project import make_project
from tests.postgres import _run, programs, running_server
from tracker.demo.site import NewsroomSite
from tracker.store import open_store


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
                        time.sleep(0.2)
                    pair.close()
                    return
                pair.server.sendall(sent)
        pair.close()

    def _downwards(self, pair: _Pair) -> None:
        with suppress(OSError):
            while told := pair.server.recv(65536):
                if not pair.is_deaf:
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

    def close(self) -> None:
        for end in (self.client, self.server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@dataclass
class Arena:
    """A server, a template database with nothing in it, and what an undisturbed run leaves."""

    server: str
    folder: Path
    worker: Worker
    calm: dict[str, list[str]]
    commits: int

    def case(self, name: str, server: str) -> World:
        folder = self.folder.parent / "case"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        return World(folder, make_url(server).set(database=name).render_as_string(hide_password=False))

    @contextmanager
    def database(self) -> Iterator[str]:
        """A copy of the template; its name."""
        name = f"case_{time.monotonic_ns()}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE blank")
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

    def made_good(self, world: World) -> None:
        """Look at what is left, run again, compare."""
        with closing(open_store(world.store_url)) as store:
            assert store.flaws() == ((), ()), "a half item"
        assert not self.worker.run("ingest", world)
        found = differences(picture(world.store_url), self.calm)
        assert not found, found


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    place = tmp_path_factory.mktemp("server")
    with running_server() as server, NewsroomSite() as site:
        if server is None:
            pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
        folder = make_project(place / "template", site, feeds=[])
        worker = Worker()
        made = Arena(server, folder, worker, {}, 0)
        made._admin("CREATE DATABASE blank")
        open_store(make_url(server).set(database="blank").render_as_string(hide_password=False)).close()
        with made.database() as name:
            worker.warm("ingest", made.case(name, server))
        with made.database() as name, closing(Cutter(server, -1, is_answered=False)) as counter:
            assert not worker.run("ingest", made.case(name, counter.url))
            made.commits = counter.commits
            made.calm = picture(made.case(name, server).store_url)
        yield made
        worker.close()


def cut_campaign(arena: Arena, numbers: Sequence[int], *, also_before: bool = True) -> None:
    seen: Counter[str] = Counter()
    for (
        number
    ) in numbers:  # the connection is cut before the server hears of the commit, or before we hear of it
        for is_answered in (False, True) if also_before else (True,):
            with arena.database() as name:
                with closing(Cutter(arena.server, number, is_answered=is_answered)) as cutter:
                    failed = arena.worker.run("ingest", arena.case(name, cutter.url), may_fail=True)
                    assert cutter.has_cut
                arena.made_good(arena.case(name, arena.server))
                when = "after" if is_answered else "before"
                seen[f"cut {when} the commit, {'said' if failed else 'overcome'}"] += 1
    print(
        f"\n{seen.total()} connections cut at {arena.commits} commits: {dict(seen)}, 0 lost, 0 doubled, 0 halves"
    )


def test_a_connection_cut_at_a_commit_is_made_good(arena: Arena) -> None:
    cut_campaign(arena, (arena.commits - 1,), also_before=False)


@pytest.mark.campaign
def test_connections_cut_at_every_commit_are_made_good(arena: Arena) -> None:
    cut_campaign(arena, range(1, arena.commits + 1))


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


def restart_campaign(arena: Arena, count: int) -> None:
    failed = 0
    for number in range(count):
        with arena.database() as name:
            world = arena.case(name, arena.server)
            how = ("fast", "immediate")[number % 2]
            timer = threading.Timer(0.1 + 0.9 * number / max(1, count - 1), restart, (arena.server, how))
            timer.start()
            failed += arena.worker.run("ingest", world, may_fail=True)
            timer.join()
            arena.made_good(world)
    print(
        f"\n{count} restarts under load: {failed} runs broken off with a sentence, 0 lost, 0 doubled, 0 halves"
    )


@pytest.mark.campaign
def test_a_server_restarted_under_load_loses_nothing(arena: Arena) -> None:
    restart_campaign(arena, of_full(12))


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
            arena.made_good(world)
