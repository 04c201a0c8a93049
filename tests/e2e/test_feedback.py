"""Judging, sampling, evaluating and rescoring on the demo newsroom, as a person would."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.project import make_project, tracker
from tracker.demo.site import NewsroomSite

PARTLY = (0, 4)


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has fetched a few feeds once, and whose site is gone."""
    with NewsroomSite() as site:
        folder = make_project(tmp_path_factory.mktemp("feedback") / "p", site, feeds=site.feed_urls[:5])
        tracker(folder, "fetch", expect=PARTLY)
    return folder


@pytest.fixture
def project(fetched: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "p"
    shutil.copytree(fetched, folder)
    return folder


def items(folder: Path, *words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in tracker(folder, "items", *words, "--jsonl").splitlines()]


def kept(folder: Path) -> set[str]:
    return {item["id"] for item in items(folder)}


def rescore(folder: Path, *words: str) -> dict[str, Any]:
    (report,) = json.loads(tracker(folder, "rescore", "--json", *words))["watches"]
    return dict(report)


def set_threshold(folder: Path, value: str) -> None:
    path = folder / "config/tracker.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('seeds = "seeds"', f'seeds = "seeds"\nthreshold = {value}'), encoding="utf-8"
    )


def test_reasons_sum_to_the_score_and_quote_the_stored_text(project: Path) -> None:
    quoted = 0
    for item in items(project, "--limit", "5"):
        shown = json.loads(tracker(project, "show", item["id"], "--json"))
        text = shown["article"]["article"]["text"]
        for reason in item["reasons"]:
            if "start" in reason:
                quoted += 1
                passage = " ".join(text[reason["start"] : reason["end"]].split())
                assert passage.startswith(reason["text"].rstrip("…"))
        total = sum(reason["weight"] for reason in item["reasons"])
        assert 1 / (1 + 2.718281828459045**-total) == pytest.approx(item["score"], abs=1e-6)
    assert quoted
    said = tracker(project, "show", items(project)[0]["id"])
    assert re.search(r"together, as log-odds: 0\.\d\d", said)
    assert "Without these passages it would not pass:" in said
    assert "Nearest seed: " in said


def test_judging_moves_scores_at_once_and_back_again(project: Path) -> None:
    lowest = [item["id"] for item in items(project)][-2:]
    before = json.loads(tracker(project, "profile", "--json"))["profiles"][0]
    told = tracker(project, "judge", *lowest, "irrelevant")
    assert told.count("its score") == 2
    judged = json.loads(tracker(project, "profile", "--json"))["profiles"][0]
    assert judged["shift"] < before["shift"] == 0
    assert (judged["relevant"], judged["irrelevant"]) == (0, 2)
    assert "0 relevant, 2 not" in tracker(project, "profile")
    tracker(project, "judge", *lowest, "--undo")
    after = json.loads(tracker(project, "profile", "--json"))["profiles"][0]
    assert (after["shift"], after["irrelevant"]) == (0, 0)
    assert "nothing was judged" in tracker(project, "judge", lowest[0], "--undo")


@pytest.mark.parametrize("words", [(), ("1",), ("1", "maybe"), ("relevant",), ("--undo",), ("--sample", "1")])
def test_judging_that_is_not_understood_changes_nothing_and_says_how(
    project: Path, words: tuple[str, ...]
) -> None:
    tracker(project, "judge", *words, expect=2)


def test_a_copy_and_an_original_alike_can_be_taken_out_of_their_family_for_good(project: Path) -> None:
    def folded() -> list[dict[str, Any]]:
        found = items(project, "--fate", "any")
        return [i for i in found if i["fate"] in {"copy", "version"} and i["duplicate_of"]]

    copy = folded()[0]["id"]
    told = tracker(project, "judge", copy, "not-duplicate").replace("\n", " ")
    assert "stands alone now" in told
    assert copy not in {i["id"] for i in folded()}
    original = folded()[0]["duplicate_of"]
    said = tracker(project, "judge", original, "not-duplicate").replace("\n", " ")
    assert "stands alone now" in said
    assert original not in {i["duplicate_of"] for i in folded()}
    assert "nothing changes" in tracker(project, "judge", original, "not-duplicate").replace("\n", " ")


@pytest.mark.campaign
def test_what_rescoring_shows_before_is_what_it_does_and_a_second_time_is_nothing(project: Path) -> None:
    assert rescore(project)["rescored"] == 0, "nothing has changed yet"
    old = kept(project)
    set_threshold(project, '"strict"')
    planned = rescore(project, "--dry-run")
    assert planned["leaving"]
    assert kept(project) == old
    done = rescore(project)
    assert {c["id"] for c in done["leaving"]} == {c["id"] for c in planned["leaving"]} == old - kept(project)
    assert {c["id"] for c in done["entering"]} == kept(project) - old
    assert rescore(project)["rescored"] == 0
    assert all(item["score"] >= item["threshold"] > 0.6 for item in items(project))


@pytest.mark.campaign
def test_every_entry_keeps_exactly_one_fate_and_stories_hold_what_enters(project: Path) -> None:
    before = items(project, "--fate", "any")
    set_threshold(project, "0.05")
    report = rescore(project)
    assert report["entering"]
    after = items(project, "--fate", "any")
    assert len(after) == len(before)
    stories = [json.loads(line) for line in tracker(project, "stories", "--jsonl").splitlines()]
    assert sorted({one for story in stories for one in story["items"]}) == sorted(kept(project))


@pytest.mark.campaign
def test_what_enters_is_in_the_next_digest_and_a_sent_one_stays_as_it_was(project: Path) -> None:
    tracker(project, "digest", "--send")
    outbox = project / "state/outbox"
    sent = {path.name: path.read_bytes() for path in outbox.rglob("*.eml")}
    assert sent
    set_threshold(project, "0.05")
    entering = rescore(project)["entering"]
    assert entering
    tracker(project, "digest", "--send")
    now = {path.name: path.read_bytes() for path in outbox.rglob("*.eml")}
    assert {name: now[name] for name in sent} == sent
    assert len(now) == len(sent) + 1
    assert tracker(project, "digest", "--json")


@pytest.mark.campaign
def test_an_article_judged_relevant_enters_and_one_judged_irrelevant_leaves(project: Path) -> None:
    below = items(project, "--fate", "below_threshold")
    miss, hit = below[-1]["id"], items(project)[0]["id"]
    tracker(project, "judge", miss, "relevant")
    tracker(project, "judge", hit, "irrelevant")
    report = rescore(project)
    assert miss in {change["id"] for change in report["entering"]}
    assert hit in {change["id"] for change in report["leaving"]}
    address = next(item["url"] for item in items(project, "--fate", "any") if item["id"] == hit)
    assert tracker(project, "why", address).startswith("You judged it irrelevant, so it is not kept")
    assert "you judged it irrelevant; " in tracker(project, "show", hit)


@pytest.mark.campaign
def test_precision_and_recall_come_from_a_sample_that_was_judged(project: Path) -> None:
    assert "no sample was drawn yet" in tracker(project, "evaluate").replace("\n", " ")
    drawn = json.loads(tracker(project, "judge", "--sample", "-n", "24", "--json"))["sample"]
    assert len(drawn) == 24
    assert {one["kept"] for one in drawn} == {True, False}
    assert all(0 < one["chance"] <= 1 for one in drawn)
    again = json.loads(tracker(project, "judge", "--sample", "-n", "24", "--json"))["sample"]
    assert [one["id"] for one in again] == [one["id"] for one in drawn], (
        "the sample stands until it is judged"
    )
    assert "not known yet" in tracker(project, "evaluate")
    for verdict in ("relevant", "irrelevant"):
        chosen = [one["id"] for one in drawn if one["kept"] is (verdict == "relevant")]
        tracker(project, "judge", *chosen, verdict)
    (found,) = json.loads(tracker(project, "evaluate", "--json"))["watches"]
    assert found["judged"] == 24
    assert found["estimate"]["precision"]["value"] > 0.8
    assert found["estimate"]["recall"]["low"] < found["estimate"]["recall"]["value"] <= 1
    assert "by your judgements" in " ".join(tracker(project, "profile").split())
    more = json.loads(tracker(project, "judge", "--sample", "-n", "4", "--json"))["sample"]
    assert not {one["id"] for one in more} & {one["id"] for one in drawn}


def test_places_and_topics_that_were_learned_are_said(project: Path, tmp_path: Path) -> None:
    for said in (tracker(project, "seeds", "check"), tracker(project, "profile")):
        assert "Places your articles share: China, United States" in said.replace("\n  ", " ").replace(
            "\n", " "
        )
        assert 'facets = "off"' in said.replace("\n", " ")
    fresh = tmp_path / "fresh"
    first = tracker(tmp_path, "init", str(fresh), "--name", "drugs")
    assert "Places" not in first
    for path in (project / "seeds").glob("*.txt"):
        shutil.copy(path, fresh / "seeds/drugs" / path.name)
    again = tracker(tmp_path, "init", str(fresh), "--name", "drugs").replace("\n", " ")
    assert "Places your articles share: China, United States" in again
