"""Nothing is fetched, opened or started that was not asked for: every process of a run is watched by an audit hook.

The documents name what a browser would load: DTDs and entities, stylesheets, pictures, frames, icons, canonical and
next addresses, hubs. The run's own list of sockets and files, and the servers' list of requests, say what was touched.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.e2e.project import command, environment
from tests.integration.scripted_server import KEEP, ScriptedServer, empty, ok, serving
from tests.integration.test_ssrf_places import item, rss
from tests.patience import PATIENCE_S

WATCHER = """
import os, sys
_log = os.open(os.environ["WATCHED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
_events = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec",
           "os.posix_spawn", "webbrowser.open", "ctypes.dlopen", "urllib.Request", "ftplib.connect")
def _watch(event, args):
    if event in _events:
        what = args[1] if event.startswith("socket.") and event != "socket.getaddrinfo" else args[0]
        os.write(_log, f"{event} {what!r}\\n".encode(errors="replace"))
    elif event == "open" and isinstance(args[0], str) and args[0].startswith(("/etc/passwd", os.environ["BAIT"])):
        os.write(_log, f"open {args[0]!r}\\n".encode(errors="replace"))
sys.addaudithook(_watch)
"""
CONFIG = """
[http]
contact = "tests@example.org"
allow_hosts = ["127.0.0.1:{port}", "127.0.0.1:{trap}", "localhost:{trap}"]
per_host_spacing = "0s"
total_timeout = "60s"
[mail]
transport = "folder"
sender = "tracker@example.org"
[sandbox]
workers = 1
[[watch]]
name = "w"
seeds = "seeds"
threshold = 0.0
[[watch.topic]]
name = "precursors"
phrases = ["precursor"]
[watch.digest]
to = ["analyst@example.org"]
"""
STORY = "Officials of both countries met to control precursor chemicals on day {n}. "


@dataclass
class Watched:
    """A project, its two servers (one that is followed, one that is only named) and the list of events."""

    folder: Path
    server: ScriptedServer
    trap: ScriptedServer
    log: Path
    bait: Path

    def run(self, *words: str, before: str = "") -> list[str]:
        """Run a command under watch; what it touched."""
        self.log.write_text("")
        environ = environment() | {
            "PYTHONPATH": f"{self.log.parent / 'watcher'}:{ROOT}",
            "WATCHED": str(self.log),
            "BAIT": str(self.bait),
        }
        run = command(*words) if not before else [sys.executable, "-c", before, *words]
        done = subprocess.run(
            run, cwd=self.folder, env=environ, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        assert done.returncode in {0, 4}, done.stdout + done.stderr
        return self.log.read_text().splitlines()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    pages: dict[str, bytes] = {}
    with ExitStack() as stack:
        server = stack.enter_context(
            serving(lambda asked: [pages.get(asked.path, empty("404 Not Found")), KEEP])
        )
        trap = stack.enter_context(serving([ok(b"<rss version='2.0'><channel/></rss>"), KEEP]))
        for name in ("config", "seeds", "state", "watcher"):
            (tmp_path / name).mkdir()
        bait = tmp_path / "bait.txt"
        bait.write_text("a secret")
        (tmp_path / "watcher/sitecustomize.py").write_text(WATCHER)
        (tmp_path / "config/tracker.toml").write_text(CONFIG.format(port=server.port, trap=trap.port))
        (tmp_path / "seeds/s.txt").write_text("A seed\n\n" + STORY.format(n=0) * 20)
        base, named = f"http://127.0.0.1:{server.port}", f"http://localhost:{trap.port}"
        (tmp_path / "config/feeds.opml").write_text(
            f'<opml version="2.0"><body><outline type="rss" xmlUrl="{base}/feed" htmlUrl="{named}/home"/></body></opml>'
        )
        pages.update(documents(named, bait))
        yield Watched(tmp_path, server, trap, tmp_path / "events", bait)


def documents(named: str, bait: Path) -> dict[str, bytes]:
    """A feed and two pages that name everything there is to load."""
    doctype = (
        f"<?xml-stylesheet href='{named}/style.xsl' type='text/xsl'?><!DOCTYPE rss SYSTEM '{named}/rss.dtd' [\n"
        f"<!ENTITY bait SYSTEM 'file://{bait}'>\n<!ENTITY far SYSTEM '{named}/entity'>\n"
        f"<!ENTITY % outer SYSTEM '{named}/parameter'> %outer;\n]>"
    )
    head = (
        f"<link>{named}/home</link><image><url>{named}/logo.png</url></image>"
        + "".join(
            f"<atom:link rel='{rel}' href='{named}/{rel}'/>"
            for rel in ("self", "next", "hub", "icon", "prev-archive", "alternate")
        )
        + "<cloud domain='localhost' port='80' path='/RPC2' protocol='xml-rpc' registerProcedure='x'/>"
    )
    inner = (
        "<link>/story/{n}</link>"
        f"<enclosure url='{named}/a.mp3' length='9' type='audio/mpeg'/><media:thumbnail url='{named}/t.png'/>"
        f"<comments>{named}/comments</comments><source url='{named}/source.xml'>x</source>"
        "<description>&bait;&far; &lt;img src='"
        + named
        + "/pixel.gif'&gt; &lt;iframe src='"
        + named
        + "/frame'&gt;</description>"
    )
    items = "".join(item(n, inner.replace("{n}", str(n))) for n in range(2))
    text = "".join(f"<p>{STORY.format(n=n)}</p>" for n in range(20))
    page = (
        f"<!DOCTYPE html SYSTEM '{named}/html.dtd'><html manifest='{named}/manifest'><head><title>Story</title>"
        f"<base href='{named}/'><link rel=canonical href='{named}/canonical'><link rel=icon href='{named}/favicon.ico'>"
        f"<link rel=stylesheet href='{named}/style.css'><link rel=amphtml href='{named}/amp'>"
        f"<link rel=preconnect href='{named}'><link rel=next href='{named}/2'>"
        f"<meta property=og:url content='{named}/og'><meta property=og:image content='{named}/og.png'>"
        f"<meta http-equiv=refresh content='0;url={named}/refresh'><script src='{named}/s.js'></script></head>"
        f"<body><article><h1>Story</h1>{text}<img src='{named}/i.png' srcset='{named}/2x.png 2x'>"
        f"<iframe src='{named}/frame'></iframe><video src='{named}/v.mp4' poster='{named}/p.png'></video>"
        f"<object data='{named}/o'></object><embed src='{named}/e'><svg><image href='{named}/svg.png'/></svg>"
        f"<img src='file://{bait}'><form action='{named}/form'></form><a href='{named}/further'>further</a>"
        "</article></body></html>"
    )
    served = {f"/story/{n}": ok(page.encode(), "Content-Type: text/html") for n in range(2)}
    return {"/feed": rss(items, head, doctype), **served}


def foreign(events: list[str], watched: Watched) -> list[str]:
    """Events that no run should have: all but connections to the followed server and the start of our own children."""
    ours = (
        f"socket.connect ('127.0.0.1', {watched.server.port}",
        "socket.getaddrinfo '127.0.0.1'",
        f"subprocess.Popen '{sys.executable}'",
        "ctypes.dlopen",
    )
    return [event for event in events if not event.startswith(ours)]


def test_a_run_touches_what_was_asked_for_and_nothing_else(watched: Watched) -> None:
    events = watched.run("fetch")
    assert foreign(events, watched) == []
    assert Counter(watched.server.paths) == Counter(["/feed", "/robots.txt", "/story/0", "/story/1"])
    assert watched.trap.asked == []
    assert any(event.startswith("socket.connect") for event in events), "or the hook saw nothing"
    assert any(event.startswith("subprocess.Popen") for event in events)
    digest = watched.run("digest", "--send")
    assert foreign(digest, watched) == []
    assert len(watched.server.asked) == 4
    assert watched.trap.asked == []


CURIOUS = """
import sys, urllib.request
from tracker.pipeline.acquire import Acquirer
page = Acquirer.page
def curious(self, url, key, **more):
    urllib.request.urlopen("http://localhost:{trap}/favicon.ico").read()
    open({bait!r}).read()
    return page(self, url, key, **more)
Acquirer.page = curious
from tracker.cli import main
main()
"""


def test_a_run_that_does_more_than_it_was_asked_is_caught(watched: Watched) -> None:
    events = watched.run("fetch", before=CURIOUS.format(trap=watched.trap.port, bait=str(watched.bait)))
    caught = "\n".join(foreign(events, watched))
    assert f"open '{watched.bait}'" in caught
    assert f"{watched.trap.port}" in caught
    assert watched.trap.paths == ["/favicon.ico"] * 2
