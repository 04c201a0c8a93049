"""Poll real feeds and real pages from a loopback site with `tracker fetch --all`, and compare with plain libraries.

    python -m benchmarks.served_site            needs ../shared/data/feeds and ../shared/data/pages

Every recorded feed is served as it is, and one more feed lists the recorded pages. For each feed the number of stored
entries is held against what plain feedparser finds (JSON Feeds: against the items in the file); the stored text of each
page against the ground truth beside plain trafilatura's (shingles of four words, F1 of mean precision and recall).
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import feedparser
import trafilatura

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
CONFIG = """
[http]
allow_hosts = ["127.0.0.1:{port}"]
per_host_spacing = "0s"
[[watch]]
name = "w"
seeds = "seeds"
"""
SEED = "Officials of two countries met to agree on the control of chemicals used to make illicit drugs. " * 4


def serve() -> ThreadingHTTPServer:
    feeds = {
        f"/feeds/{p.name}": p.read_bytes()
        for p in sorted((DATA / "feeds").iterdir())
        if p.suffix in {".xml", ".json"} and p.name != "index.json"
    }
    pages = {
        f"/pages/{p.name.removesuffix('.gz')}": gzip.decompress(p.read_bytes())
        for p in sorted((DATA / "pages").glob("*.html.gz"))
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            base = f"http://127.0.0.1:{self.server.server_address[1]}"
            if self.path == "/pages.xml":
                items = "".join(
                    f"<item><title>{escape(path)}</title><link>{base}{escape(path)}</link><guid>{escape(path)}</guid></item>"
                    for path in pages
                )
                body, kind = (
                    f"<rss version='2.0'><channel><title>Pages</title>{items}</channel></rss>".encode(),
                    "application/rss+xml",
                )
            elif self.path in feeds:
                body, kind = (
                    feeds[self.path],
                    "application/json" if self.path.endswith("json") else "text/xml",
                )
            elif self.path in pages:
                body, kind = pages[self.path], "text/html"
            else:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.paths = [*feeds, "/pages.xml"]  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def expected_entries(name: str) -> int:
    body = (DATA / "feeds" / name).read_bytes()
    if name.endswith(".json"):
        return len(json.loads(body)["items"])
    return len(feedparser.parse(body).entries)


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3)))


def f1(pairs: list[tuple[str, str]]) -> float:
    precision = recall = 0.0
    for found, truth in pairs:
        a, b = shingles(found), shingles(truth)
        shared = (a & b).total()
        precision += shared / max(1, a.total())
        recall += shared / max(1, b.total())
    precision, recall = precision / len(pairs), recall / len(pairs)
    return 2 * precision * recall / (precision + recall)


def tracker(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tracker", *words], cwd=folder, capture_output=True, text=True, check=False
    )


def main() -> int:
    server = serve()
    port = server.server_address[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for place in ("config", "seeds"):
            (folder / place).mkdir()
        (folder / "config/tracker.toml").write_text(CONFIG.format(port=port))
        (folder / "seeds/seed.txt").write_text("Two countries control chemicals\n\n" + SEED)
        outlines = "".join(
            f'<outline type="rss" text="f" xmlUrl="http://127.0.0.1:{port}{path}"/>' for path in server.paths
        )  # type: ignore[attr-defined]
        (folder / "config/feeds.opml").write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
        done = tracker(folder, "fetch", "--all")
        print(
            "tracker fetch --all: exit",
            done.returncode,
            "|",
            done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr[-500:],
        )
        rows = [
            json.loads(line)
            for line in tracker(folder, "items", "--fate", "any", "--jsonl", "--full").stdout.splitlines()
        ]
    return report(rows, port)


def report(rows: list[dict], port: int) -> int:
    stored = Counter(row["feed"] for row in rows)
    short = []
    for path in sorted((DATA / "feeds").iterdir()):
        if path.suffix in {".xml", ".json"} and path.name != "index.json":
            found, wanted = stored[f"http://127.0.0.1:{port}/feeds/{path.name}"], expected_entries(path.name)
            if found < wanted:
                short.append((path.name, found, wanted))
    total = sum(count for feed, count in stored.items() if "/feeds/" in (feed or ""))
    print(f"feeds: {total} entries stored; {len(short)} feeds with fewer than plain feedparser {short}")
    texts = {row["url"].rsplit("/", 1)[-1]: row.get("text") or "" for row in rows if "/pages/" in row["url"]}
    truth = [json.loads(line) for line in (DATA / "pages/truth.jsonl").read_text().splitlines()]
    ours, plain = [], []
    for page in truth:
        if page["kind"] == "body":
            html = gzip.decompress((DATA / "pages" / page["file"]).read_bytes())
            ours.append((texts.get(page["file"].removesuffix(".gz"), ""), page["body"]))
            plain.append((trafilatura.extract(html) or "", page["body"]))
    print(
        f"pages: {len(ours)} with a marked body; F1 {f1(ours):.4f} stored, {f1(plain):.4f} plain trafilatura"
    )
    return 1 if short or f1(ours) < f1(plain) - 0.01 else 0


if __name__ == "__main__":
    sys.exit(main())
