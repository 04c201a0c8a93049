"""Arguments nobody means: each is refused in a sentence, with status 2, and none is taken for something else."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.e2e.one_process import Ended, commands
from tests.e2e.project import CONFIG, command, environment

HUGE = "9" * 30
DATABASE = "state/tracker.db"
FUTURE = "lies in the future"
NO_TEXT = "An argument is not written in UTF-8."
BOTH = "--json and --jsonl exclude each other"
REFUSED: dict[tuple[str, ...], str] = {
    ("items", "--limit", HUGE): "is not in the range",
    ("stories", "--limit", HUGE): "is not in the range",
    ("export", "-f", "csv", "--limit", HUGE): "is not in the range",
    ("judge", "--sample", "-n", HUGE): "is not in the range",
    ("items", "--since", "2999-01-01"): FUTURE,
    ("digest", "--since", "2999-01-01"): FUTURE,
    ("timeline", "--since", "2999-01-01"): FUTURE,
    ("rescore", "--since", "2999-01-01"): FUTURE,
    ("items", "--since", f"{HUGE}d"): "is no time",
    ("fetch", "--backfill", f"{HUGE}d"): "longer than any duration",
    ("fetch", "--backfill", "99999d"): "at most 36500d",
    ("fetch", "--backfill", "0s"): "more than nothing",
    ("fetch", "--json", "--jsonl"): BOTH,
    ("items", "--jsonl", "--json"): BOTH,
    ("stories", "--json", "--jsonl"): BOTH,
    ("why", ""): "No address is given.",
    ("why", "notaurl"): "notaurl is not a web address.",
    ("why", "notaurl", "--json"): "notaurl is not a web address.",
    ("show", ""): "No article is named",
    ("show", "\N{SUPERSCRIPT TWO}"): "No stored article is known",
    ("show", HUGE): "No stored article is known",
    ("judge", "", "relevant"): "No article is named",
    ("stories", ""): "No story is named",
    ("stories", HUGE): "There is no story",
    ("items", "--watch", ""): "tracker status lists the watches",
    ("digest", "--watch", " "): "tracker status lists the watches",
    ("restore", DATABASE): "is the database in use",
    ("show", "\udcff"): NO_TEXT,
    ("feeds", "remove", "http://a.example/\udcff"): NO_TEXT,
    ("feeds", "add", "http://a.example/", "--no-check", "--title", "\udcff"): NO_TEXT,
}
LOOP = ("--config", "loop.toml", "status")


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Sequence[str], Ended]:
    folder = tmp_path_factory.mktemp("odd")
    for name in ("config", "seeds", "state"):
        (folder / name).mkdir()
    (folder / "config/tracker.toml").write_text(CONFIG.format(site="127.0.0.1:9"))
    (folder / "config/feeds.opml").write_text('<opml version="2.0"><body></body></opml>')
    text = "Officials of China and the United States met to control fentanyl precursor chemicals. " * 5
    (folder / "seeds/one.txt").write_text(f"China and the United States meet\n\n{text}")
    (folder / "loop.toml").symlink_to("loop.toml")
    lines = [("status",), *REFUSED, ("items", "--since", "0001-01-02"), ("items", "--limit", "1000000"), LOOP]
    return dict(zip(lines, commands(folder, *lines), strict=True))


@pytest.mark.parametrize("line", REFUSED, ids=" ".join)
def test_what_cannot_be_meant_is_refused_in_a_sentence(
    ended: Mapping[Sequence[str], Ended], line: tuple[str, ...]
) -> None:
    code, out, told = ended[line]
    assert (code, out) == (2, "")
    assert REFUSED[line] in " ".join(told.split())


def test_the_bounds_themselves_are_taken(ended: Mapping[Sequence[str], Ended]) -> None:
    for line in (("items", "--since", "0001-01-02"), ("items", "--limit", "1000000")):
        assert ended[line].code == 0


def test_a_configuration_that_is_a_link_to_itself_is_a_sentence(ended: Mapping[Sequence[str], Ended]) -> None:
    code, _, told = ended[LOOP]
    assert code == 3
    assert "loop.toml" in told
    assert "unexpected" not in told


def test_a_closed_output_is_no_mistake(tmp_path: Path) -> None:
    words = ["sh", "-c", 'exec "$@" >&-', "sh", *command("--version")]
    done = subprocess.run(words, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
