"""The demo as a person runs it: what the newsroom planted is what comes out, twice the same."""

from __future__ import annotations

import json
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.project import tracker
from tracker.demo.pieces import Newsroom, Piece

PLANTED_COPIES = {"copy", "truncated"}


class Ran:
    """One run of `tracker demo` and what it left."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.output = tracker(folder, "demo", "--keep", "d")
        self.folder = folder / "d"
        listed = tracker(folder, "--config", "d/config/tracker.toml", "items", "--fate", "any", "--jsonl")
        self.rows = [json.loads(line) for line in listed.splitlines()]
        self.by_slug: dict[str, dict[str, Any]] = {}
        for row in sorted(
            self.rows, key=lambda row: row["fate"] == "copy"
        ):  # the first carrier speaks for a page
            self.by_slug.setdefault(row["url"].rsplit("/", 1)[-1].split(".")[0].split("?")[0], row)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return Ran(tmp_path_factory.mktemp("demo") / "first")


@pytest.fixture(scope="module")
def pieces() -> dict[str, Piece]:
    return dict(Newsroom.load().by_slug)


def family(ran: Ran, slug: str) -> object:
    return ran.by_slug[slug]["family"] if slug in ran.by_slug else None


def test_unrelated_news_stays_below_the_line(ran: Ran, pieces: dict[str, Piece]) -> None:
    judged = [slug for slug, piece in pieces.items() if piece.role == "unrelated" and slug in ran.by_slug]
    assert len(judged) > 50
    assert [slug for slug in judged if ran.by_slug[slug]["fate"] == "kept"] == []


def test_most_on_topic_pieces_are_kept_or_folded_and_few_confusers_are_kept(
    ran: Ran, pieces: dict[str, Piece]
) -> None:
    wanted = [s for s, p in pieces.items() if p.role in {"ontopic", "independent"} and s in ran.by_slug]
    kept = [slug for slug in wanted if ran.by_slug[slug]["fate"] in {"kept", "copy", "version"}]
    assert len(kept) >= 0.8 * len(wanted) > 20
    confusers = [s for s, p in pieces.items() if p.role == "confuser" and s in ran.by_slug]
    passed = [slug for slug in confusers if ran.by_slug[slug]["fate"] == "kept"]
    assert len(passed) <= 0.15 * len(confusers), passed


def test_planted_copies_are_folded_into_the_family_of_their_original(
    ran: Ran, pieces: dict[str, Piece]
) -> None:
    copies = [
        p for s, p in pieces.items() if p.role in PLANTED_COPIES and s in ran.by_slug and p.of in ran.by_slug
    ]
    assert len(copies) >= 15
    apart = [piece.slug for piece in copies if family(ran, piece.slug) != family(ran, str(piece.of))]
    assert apart == []


def test_corrections_are_versions_and_independent_reports_stay_apart(
    ran: Ran, pieces: dict[str, Piece]
) -> None:
    corrections = [row for row in ran.rows if row["fate"] == "version"]
    assert {p.slug for p in pieces.values() if p.role == "correction"} & {
        row["url"].rsplit("/", 1)[-1].split(".")[0] for row in corrections
    }
    for slug, piece in pieces.items():
        if piece.role == "independent" and slug in ran.by_slug:
            assert family(ran, slug) != family(ran, str(piece.of))


def test_every_accounting_line_adds_up(ran: Ran) -> None:
    lines = [line for line in ran.output.splitlines() if line.startswith("seen ")]
    assert len(lines) == 2
    for line in lines:
        seen, _, sums = line.removeprefix("seen ").partition(" = ")
        assert int(seen) == sum(int(part.split()[-1]) for part in sums.split(" + "))
    assert sum(int(line.split()[1]) for line in lines) == len(ran.rows)


def test_broken_feeds_are_named_with_a_command_and_the_frozen_one_answered_304(ran: Ran) -> None:
    assert "tracker feeds test http" in ran.output
    assert "(404)" in ran.output
    assert "not a feed" in ran.output
    assert "answered 304, nothing new: 1" in ran.output


def test_the_mail_arrived_whole_and_stands_in_both_forms(ran: Ran) -> None:
    message = message_from_bytes((ran.folder / "digest.eml").read_bytes(), policy=policy.default)
    assert message["To"] == "analyst@newsroom.example"
    plain, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    kept = [row for row in ran.rows if row["fate"] == "kept"]
    for row in kept:
        start = row["title"].split("'")[0].split('"')[0][:25]
        assert start in " ".join(plain.split()), row["title"]
    assert len(html.encode()) < 90_000
    assert {path.name for path in ran.folder.glob("digest.*")} == {"digest.eml", "digest.html", "digest.txt"}


def test_a_second_run_gives_the_same(ran: Ran, tmp_path: Path) -> None:
    again = Ran(tmp_path / "again")

    def told(run: Ran) -> list[tuple[object, ...]]:
        return sorted((row["id"], row["title"], row["fate"], round(row["score"] or 0, 6)) for row in run.rows)

    assert told(again) == told(ran)
