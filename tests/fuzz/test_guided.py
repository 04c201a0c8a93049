"""Coverage-guided fuzzing of `parse_feed` and `canonical_url` for a bounded time, where atheris is installed.

It is no dependency: install it beside the project (`pip install atheris`) to have this part of the campaign run.
Each of the two gets five minutes.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.campaigns import of_full
from tests.conftest import ROOT

SECONDS = of_full(300)
HARNESS = """
import sys
import atheris
with atheris.instrument_imports(include=["tracker"]):
    from tracker.feeds.parse import parse_feed
    from tracker.urls import canonical_url, is_web_url
from tracker.model import ParsedFeed, Refused

def feed(raw):
    assert isinstance(parse_feed(raw, "https://feed.test/f", ""), ParsedFeed | Refused)

def url(raw):
    text = raw.decode("utf-8", "surrogateescape")
    canonical = canonical_url(text)
    assert canonical is None or (is_web_url(canonical) and canonical_url(canonical) == canonical), text

def broken(raw):
    assert b"<rs" not in raw

what = sys.argv.pop(1)
atheris.Setup(sys.argv, {"feed": feed, "url": url, "broken": broken}[what])
atheris.Fuzz()
"""
URLS = (
    b"https://www.example.com/a/amp?utm_source=x#y",
    b"http://www.google.com/url?q=http%3A%2F%2Fa.test%2F",
    b"http://[::ffff:127.0.0.1]:80/%2e%2e/;jsessionid=1",
    "http://bücher.example/中".encode(),
)


def fuzz(what: str, seeds: dict[str, bytes], folder: Path, seconds: int) -> tuple[int, str]:
    """Fuzz in a process of its own; its exit code and what it said."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for name, content in seeds.items():
        (corpus / name).write_bytes(content)
    (folder / "harness.py").write_text(HARNESS)
    limits = [
        f"-max_total_time={seconds}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-max_len=8192",
        "-seed=20261122",
    ]
    done = subprocess.run(
        [sys.executable, str(folder / "harness.py"), what, str(corpus), f"-artifact_prefix={folder}/", *limits],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])},
        capture_output=True, text=True, timeout=seconds + 300, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    runs = re.findall(r"^#(\d+)\s", said, re.MULTILINE)
    print(f"\n{what}: {runs[-1] if runs else 0} inputs in {seconds} s, exit code {done.returncode}")
    return done.returncode, said


@pytest.fixture(scope="module", autouse=True)
def needs_atheris() -> None:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed: pip install atheris")


@pytest.mark.campaign
def test_guided_fuzzing_of_feeds_finds_nothing(tmp_path: Path) -> None:
    samples = (ROOT / "tests/data/feeds").iterdir()
    code, said = fuzz("feed", {path.name: path.read_bytes() for path in samples}, tmp_path, SECONDS)
    assert code == 0, said[-3000:]


@pytest.mark.campaign
def test_guided_fuzzing_of_addresses_finds_nothing(tmp_path: Path) -> None:
    code, said = fuzz("url", {f"u{n}": url for n, url in enumerate(URLS)}, tmp_path, SECONDS)
    assert code == 0, said[-3000:]


@pytest.mark.campaign
def test_guided_fuzzing_finds_what_is_broken(tmp_path: Path) -> None:
    code, said = fuzz("broken", {"a": b"<rss"}, tmp_path, 20)
    assert code != 0
    assert "AssertionError" in said
