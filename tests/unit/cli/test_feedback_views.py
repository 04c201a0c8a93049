"""Judging, rescoring and evaluating as people read them."""

from __future__ import annotations

from typing import Any

import click
import pytest

from tests import builders
from tests.unit.cli.samples import NOW, item
from tracker.app import Change, Drawn, Evaluation, Judging, JudgingReport, RescoreReport
from tracker.cli.article_view import relevance_lines
from tracker.cli.evaluate import evaluation_text
from tracker.cli.item_view import item_fields
from tracker.cli.judge import drawn_text, judging_text
from tracker.cli.rescore import rescore_text
from tracker.evaluation import Estimate, Interval
from tracker.model import Reason, Verdict, WatchName
from tracker.text.columns import display_width

EVIL = "\x1b[2JEvil\u202e"
W = WatchName("w")


def judging(**changed: Any) -> Judging:
    fields: dict[str, Any] = {
        "id": "7",
        "title": "A title",
        "verdict": Verdict.IRRELEVANT,
        "before": 0.61,
        "after": 0.42,
        "threshold": 0.5,
    }
    return Judging(**{**fields, **changed})


def report(*judged: Judging, **changed: Any) -> JudgingReport:
    fields: dict[str, Any] = {
        "watch": W,
        "judged": judged,
        "shift_before": 0.0,
        "shift": -0.5,
        "relevant": 1,
        "irrelevant": 3,
    }
    return JudgingReport(**{**fields, **changed})


def change(**changed: Any) -> Change:
    fields: dict[str, Any] = {
        "id": "7",
        "title": "A title",
        "outlet": "Times",
        "first_seen_at": NOW,
        "before": 0.4,
        "after": 0.6,
        "threshold": 0.5,
        "note": "score 0.60",
    }
    return Change(**{**fields, **changed})


def rescored(**changed: Any) -> RescoreReport:
    fields: dict[str, Any] = {
        "watch": W,
        "version": "v",
        "dry_run": False,
        "rescored": 9,
        "moved": 5,
        "entering": (),
        "leaving": (),
    }
    return RescoreReport(**{**fields, **changed})


def evaluation(**changed: Any) -> Evaluation:
    estimate: dict[str, Any] = {
        "kept": 30,
        "below": 400,
        "judged_kept": 12,
        "judged_below": 20,
        "precision": Interval(value=0.9, low=0.8, high=0.96),
        "recall": Interval(value=0.7, low=0.5, high=0.85),
        "wanting_kept": 0,
        "wanting_below": 0,
    }
    fields = {name: changed.pop(name, value) for name, value in estimate.items()}
    return Evaluation(
        **{
            "watch": W,
            "estimate": Estimate(**fields),
            "drawn": 40,
            "judged": 32,
            "others": 0,
            "since_at": NOW,
            "lines": (0.5, 0.5),
            **changed,
        }
    )


def test_judging_says_what_moved_and_what_rescoring_would_do() -> None:
    text = judging_text(report(judging()), 80)
    assert "7 A title: irrelevant" in text
    assert "its score 0.61 is now 0.42 (line 0.50)" in text
    assert "(1 relevant, 3 not) move every score by -0.50" in text.replace("\n", " ")
    assert "tracker rescore --dry-run shows what would enter and leave" in text.replace("\n", " ")


def test_judging_that_moves_nothing_says_so() -> None:
    told = judging_text(
        report(judging(after=0.61, note="nothing was judged, so nothing changes", verdict=None), shift=0.0),
        80,
    )
    assert "nothing was judged" in told
    assert told.endswith("the scores stay as they are.")


def test_an_original_judged_no_duplicate_is_not_said_to_be_one() -> None:
    note = "it is an original and folded into nothing, so nothing changes"
    told = judging_text(report(judging(verdict=Verdict.NOT_DUPLICATE, note=note, after=0.61), shift=0.0), 80)
    assert "not-duplicate" not in told


def test_what_to_judge_is_listed_with_where_it_stood() -> None:
    text = drawn_text((Drawn(item=item(), stratum="just below", kept=False, chance=0.25),), 80)
    assert text.startswith("7  0.91  just below  Two countries list three chemicals")
    assert "tracker evaluate" in text
    assert drawn_text((), 80).startswith("There is nothing to judge")


def test_rescoring_lists_what_enters_and_what_leaves() -> None:
    text = rescore_text(rescored(entering=(change(),), leaving=(change(id="8", before=None, after=0.1),)), 80)
    assert "9 articles scored anew, 5 scores have changed; 1 enter, 1 leave" in text
    assert "  + 7  0.40 -> 0.60  A title (Times)" in text
    assert "  - 8       -> 0.10  A title (Times)" in text
    assert text.endswith("What enters stands in the next digest.")
    assert rescore_text(rescored(dry_run=True), 80).endswith("tracker rescore does it.")
    assert "every score is from the present" in rescore_text(rescored(rescored=0), 80)


def test_why_an_article_leaves_though_its_score_rose_is_not_cut_off() -> None:
    left = change(
        before=0.64,
        after=0.7,
        title="A headline as long as headlines are " * 3,
        note="a person said that it is not relevant; score 0.70, line 0.50",
    )
    text = rescore_text(rescored(leaving=(left,)), 80)
    assert "0.64 -> 0.70  a person said that it is not relevant: A head" in text


def test_figures_are_told_with_their_intervals_and_for_which_line() -> None:
    text = evaluation_text(evaluation(), 80)
    assert "precision 90 % (80 to 96)" in text
    assert "recall 70 % (50 to 85)" in text
    flat = text.replace("\n  ", " ")
    assert "for 30 articles kept now and 400 not" in flat
    assert "Kept at the line 0.50." in flat
    changed = evaluation_text(evaluation(lines=(0.15, 0.5)), 80)
    assert "Kept at lines from 0.15 to 0.50." in changed.replace("\n  ", " ")
    assert "other judgement" not in text


def test_too_few_judgements_are_said_plainly() -> None:
    assert "precision not known yet" in evaluation_text(evaluation(precision=None, recall=None), 80)
    assert "no sample was drawn yet" in evaluation_text(evaluation(since_at=None), 80)


def test_how_many_judgements_a_narrow_range_takes_is_not_foretold() -> None:
    few = evaluation_text(evaluation(recall=None, wanting_kept=1, wanting_below=3), 80).replace("\n  ", " ")
    assert "Figures need 1 more judgement of kept articles and 3 of others" in few
    wide = evaluation_text(evaluation(recall=Interval(value=0.5, low=0.1, high=0.9)), 80)
    assert "ten points" not in few + wide
    assert "Figures need" not in wide


@pytest.mark.parametrize("width", [40, 80, 120])
def test_nothing_is_wider_than_the_terminal_and_no_escape_passes(width: int) -> None:
    shown = (
        judging_text(report(judging(title=EVIL * 9, id=EVIL[-5:])), width),
        drawn_text(
            (Drawn(item=item(title=EVIL * 30), stratum="just below", kept=False, chance=0.25),), width
        ),
        rescore_text(rescored(entering=(change(title=EVIL * 30, outlet=EVIL),)), max(width, 80)),
        evaluation_text(evaluation(others=3), width),
    )
    for text in map(click.unstyle, shown):
        assert not set(text) & {"\x1b", "\u202e"}
    assert all(display_width(line) <= width for line in click.unstyle(shown[3]).splitlines())


def test_passages_stand_below_the_reasons_with_their_place_and_telling_words_set_off() -> None:
    reasons = (
        Reason(kind="topics", text="About your topics: precursor chemicals (title), fentanyl", weight=2.0),
        Reason(
            kind="places",
            text="Places: China: one of the two you named, no mention of Mexico: x0.5",
            weight=-0.7,
        ),
        Reason(kind="nearest", text="Nearest seed: Police and ships (0.20)", weight=0.1),
        Reason(kind="passage", text="Police in China seized fentanyl near Mexico.", start=10, end=54),
        Reason(kind="passage", text="Title: Ships"),
    )
    lines = relevance_lines(builders.relevance(reasons=reasons), 80)
    plain = [click.unstyle(line) for line in lines]
    assert plain[-4:] == [
        "  +1.40  together, as log-odds: 0.80",
        "  Without these passages it would not pass:",
        "    Police in China seized fentanyl near Mexico. (10-54)",
        "    Title: Ships",
    ]
    bold = [part.split("\x1b[0m")[0] for part in lines[-2].split("\x1b[1m")[1:]]
    assert bold == ["China", "fentanyl"]


def test_json_says_where_a_passage_stands() -> None:
    quoted = Reason(kind="passage", text="x", start=3, end=4)
    fields = item_fields(item(reasons=(quoted, Reason(kind="passage", text="Title: y"))))["reasons"]
    assert fields == [
        {"kind": "passage", "text": "x", "weight": 0.0, "start": 3, "end": 4},
        {"kind": "passage", "text": "Title: y", "weight": 0.0},
    ]
