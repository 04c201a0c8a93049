"""A page over a small store, and requests written byte by byte, as no well-behaved client would."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.builders import NOW, article, entry, record, relevance
from tests.patience import PATIENCE_S
from tracker.model import Fate, Message, Period, Reason, TopicScore, WatchName
from tracker.model.digests import Digest
from tracker.settings import load_settings
from tracker.store import open_store
from tracker.web import PageServer, open_page

CONFIG = """
[[watch]]
name = "w"
title = "A subject"
seeds = "seeds"
[[watch.topic]]
name = "precursor chemicals"
phrases = ["precursor"]
"""
WATCH = WatchName("w")


@dataclass(frozen=True)
class Answer:
    """One answer as it came over the wire; header names in small letters."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass
class Client:
    """Sends what it is told, header by header."""

    server: PageServer
    cookie: str = ""
    csrf: str = ""

    @property
    def host(self) -> str:
        """The Host that is expected."""
        return f"localhost:{self.server.port}"

    @property
    def token(self) -> str:
        """The page's token."""
        return self.server.link.partition("#t=")[2]

    def send(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes = b"") -> Answer:
        """Send exactly these headers, and Content-Length where there is a body."""
        lines = [
            f"{method} {path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in headers),
            "Connection: close",
        ]
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE_S) as wire:
            wire.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)
            return answered(wire)

    def get(self, path: str, **headers: str) -> Answer:
        """Ask as a signed-in browser would."""
        own = {"Host": self.host, "Cookie": self.cookie, "Sec-Fetch-Site": "none"}
        return self.send(
            "GET", path, [*({**own, **{k.replace("_", "-"): v for k, v in headers.items()}}).items()]
        )

    def post(self, path: str, body: str = "", **headers: str) -> Answer:
        """Send a form as our own page would; a header given as "" is left out."""
        own = {
            "Host": self.host,
            "Cookie": self.cookie,
            "Origin": f"http://{self.host}",
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        given = {**own, **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.send("POST", path, [(k, v) for k, v in given.items() if v], body.encode())

    def sign_in(self) -> None:
        """Swap the token for a cookie, and learn the forms' mark."""
        answer = self.post("/login", f"token={self.token}", Cookie="")
        assert answer.status == 303
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        page = self.get("/").body
        self.csrf = page.partition('name="csrf" value="')[2].partition('"')[0]


def answered(wire: socket.socket) -> Answer:
    """Read an answer to its end."""
    raw = b""
    while part := wire.recv(65_536):
        raw += part
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = [line.partition(": ") for line in lines]
    return Answer(int(first.split()[1]), {name.lower(): value for name, _, value in pairs}, body.decode())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a dozen items, one of them hostile, and a digest."""
    folder = tmp_path_factory.mktemp("page")
    for name in ("config", "seeds"):
        (folder / name).mkdir()
    (folder / "config/tracker.toml").write_text(CONFIG, encoding="utf-8")
    seed = "Officials met to control precursor chemicals. " * 20
    (folder / "seeds/one.txt").write_text(f"title: A seed\n\n{seed}", encoding="utf-8")
    fill(folder)
    return folder


def fill(folder: Path) -> None:
    """Store what the pages show."""
    store = open_store(f"sqlite:///{folder}/state/tracker.db")
    with store.ingesting() as session:
        story = session.new_story("A story", NOW)
        for number in range(1, 13):
            title = f"Report {number} on precursor chemicals"
            if number == 5:
                title = '<script>alert(1)</script> \u202eright to left\u202c & "quoted"'
            text = f"The ministry listed precursor chemicals in report {number}. " * 6
            url = "javascript:alert(1)" if number == 6 else f"https://news.example/{number}"
            score = 0.9 - number / 20
            session.record(
                record(
                    entry=entry(key=f"k{number}", url=url, canonical_url=f"https://news.example/{number}", title=title),
                    article=article(url=url, canonical_url=f"https://news.example/{number}", title=title, text=text,
                                    outlet=f"Outlet {number % 3}", language="ar" if number == 5 else "en"),
                    fates={WATCH: Fate.KEPT if score >= 0.5 else Fate.BELOW_THRESHOLD},
                    relevance=(
                        relevance(
                            score=score,
                            topics=(TopicScore(topic="precursor chemicals", score=0.9),),
                            reasons=(
                                Reason(kind="topics", text="About your topics: precursor (2 times)", weight=1.0),
                                Reason(kind="passage", text=text[:40], start=0, end=40),
                            ),
                        ),
                    ),
                    story_id=story if score >= 0.5 else None,
                    story_terms="{}",
                    story_at=NOW,
                )
            )  # fmt: skip
    digest = Digest(
        watch=WATCH, title="A subject", period=Period(from_at=NOW, to_at=NOW), timezone="UTC", composed_at=NOW,
        subject="3 new",
    )  # fmt: skip
    message = Message(
        message_id="<1@example.org>", sender="t@example.org", recipients=("a@example.org",), subject="3 new",
        plain="three", html="<style>p{color:red}</style><script>alert(1)</script><p>three</p>", sent_at=NOW,
    )  # fmt: skip
    store.save_digest(digest, message, b"", "2026-11-20")
    store.close()


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[PageServer]:
    """The page, open on a free port."""
    opened = open_page(load_settings(project / "config/tracker.toml", {}, project), port=0)
    opened.start()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(server: PageServer) -> Client:
    """A signed-in client."""
    signed = Client(server)
    signed.sign_in()
    return signed
