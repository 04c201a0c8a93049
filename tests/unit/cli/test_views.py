"""Articles, feeds, status and profiles as people read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import click
import pytest

from tests import builders
from tests.unit.cli.samples import NOW, item
from tracker.app.threshold import Line
from tracker.app.views import ArticleView, ProfileView, Status, WatchStatus
from tracker.cli.article_view import article_text, relevance_lines
from tracker.cli.feeds import feed_fields, feed_lines
from tracker.cli.profile import profile_text
from tracker.cli.status import status_text
from tracker.model import (
    ArticleId,
    FamilyId,
    Fate,
    Feed,
    FeedHealth,
    FeedId,
    FeedState,
    Likeness,
    LikenessKind,
    Reason,
    StoredArticle,
    TopicScore,
    Verdict,
    WatchName,
)
from tracker.text.columns import display_width


def stored(number: int, **changed: Any) -> StoredArticle:
    likeness = changed.pop("likeness", Likeness(kind=LikenessKind.ORIGINAL))
    family = changed.pop("family", 1)
    return StoredArticle(
        id=ArticleId(number),
        family_id=FamilyId(family),
        revision=0,
        article=builders.article(**changed),
        first_seen_at=NOW - timedelta(hours=number),
        likeness=likeness,
    )


def version_of(original: StoredArticle, number: int, text: str) -> StoredArticle:
    likeness = Likeness(
        kind=LikenessKind.VERSION, of=original.id, family_id=original.family_id, similarity=0.9
    )
    return stored(number, text=text, likeness=likeness)


def view(**changed: Any) -> ArticleView:
    first = stored(1)
    fields: dict[str, Any] = {
        "article": first,
        "relevance": (),
        "fates": (),
        "family": (first,),
        "story": (first,),
    }
    return ArticleView(**{**fields, **changed})


def text_of(shown: ArticleView, *, full: bool = False) -> str:
    return click.unstyle(article_text(shown, width=80, now=NOW, full=full))


def test_an_article_is_told_from_title_to_text() -> None:
    text = text_of(view(fates=(item(fate=Fate.COPY, note="same words"),)))
    assert text.startswith("Two countries list three chemicals\nExample Times\npublished 2026-11-20")
    assert "https://example.org/a" in text
    assert "copy for w, listed by Example feed: same words" in text
    assert text.endswith("would be controlled\nfrom January.")
    assert "Family" not in text
    assert "Same story" not in text


def test_reasons_carry_their_weights() -> None:
    lines = relevance_lines(
        builders.relevance(
            topics=(TopicScore(topic="fentanyl", score=0.97),),
            reasons=(Reason(kind="a", text="About", weight=2.0), Reason(kind="b", text="Also", weight=-0.5)),
        ),
        80,
    )
    assert [click.unstyle(line) for line in lines] == [
        "w: 0.80, kept (line 0.50)",
        "  topics: fentanyl 0.97",
        "  +2.00  About",
        "  -0.50  Also",
        "  +1.50  together, as log-odds: 0.82",
    ]


@pytest.mark.parametrize(("score", "verdict"), [(0.7, Verdict.IRRELEVANT), (0.1, Verdict.RELEVANT)])
def test_what_a_person_said_stands_at_the_head_and_the_score_does_not_deny_it(
    score: float, verdict: Verdict
) -> None:
    fate = Fate.KEPT if verdict is Verdict.RELEVANT else Fate.BELOW_THRESHOLD
    judged = (builders.relevance(score=score, threshold=0.5),)
    head = next(
        line
        for line in text_of(view(relevance=judged, fates=(item(judged=verdict, fate=fate),))).splitlines()
        if line.startswith("w: ")
    )
    assert head.startswith(f"w: you judged it {verdict.value}; {score:.2f}")
    assert "kept" not in head


def test_a_version_is_shown_with_what_changed() -> None:
    first = stored(1)
    second = version_of(first, 2, first.article.text.replace("three", "four"))
    text = text_of(view(family=(first, second)))
    assert "Family:" in text
    assert "(version, 0.90 alike; 2 h" in text
    assert "Changed from 1 to 2:" in text
    assert "[-three-]" in text
    assert "{+four+}" in text


def test_only_other_families_of_a_story_are_listed() -> None:
    first, copy, other = stored(1), stored(2), stored(3, family=3, outlet="Other Post")
    text = text_of(view(story=(first, copy, other)))
    assert "Same story:\n  3  Other Post:" in text
    assert "\n  2  " not in text


def test_a_long_text_is_cut_unless_all_is_asked_for() -> None:
    long = stored(1, text="\n".join(f"Line number {n} of the text." for n in range(40)))
    assert "28 more lines: add --full" in text_of(view(article=long))
    assert "Line number 39" in text_of(view(article=long), full=True)


def test_no_escape_of_a_foreign_text_reaches_the_terminal() -> None:
    evil = "\x1b[2JEvil\u202e"
    first = stored(1, title=evil, text=evil * 30, outlet=evil, byline=evil, note=evil)
    text = text_of(view(article=first, family=(first, version_of(first, 2, evil))), full=True)
    assert not set(text) & {"\x1b", "\u202e"}


def feed(**changed: Any) -> Feed:
    fields: dict[str, Any] = {
        "id": FeedId(1),
        "url": "https://f.example/rss",
        "title": "A feed",
        "added_at": NOW,
    }
    return Feed(**{**fields, **changed})


def test_a_feed_is_told_with_its_condition_and_what_mends_it() -> None:
    state = FeedState(last_new_at=NOW - timedelta(hours=3), next_poll_at=NOW + timedelta(minutes=20))
    lines = feed_lines(feed(state=state), FeedHealth.FAILING, "failed: HTTP 500.", width=80, now=NOW)
    plain = [click.unstyle(line) for line in lines]
    assert plain[0].startswith("failing     A feed")
    assert plain[0].endswith("new 3 h ago, next in 20 min")
    assert plain[1:] == ["            https://f.example/rss", "            failed: HTTP 500."]
    assert all(display_width(line) <= 80 for line in plain)


def test_a_feed_without_a_title_is_told_by_its_address() -> None:
    (line,) = feed_lines(feed(title=""), FeedHealth.NEW, "", width=80, now=NOW)
    assert "https://f.example/rss" in line
    assert feed_fields(feed(), FeedHealth.OK, "")["health"] is FeedHealth.OK


def test_the_status_names_file_numbers_watches_and_troubled_feeds() -> None:
    status = Status(
        config_path="/p/config/tracker.toml",
        mode="project",
        store_url="sqlite:////p/state/tracker.db",
        entries=5,
        feeds=2,
        troubled=((feed(), FeedHealth.GONE, "Gone. tracker feeds remove https://f.example/rss"),),
        last_poll_at=NOW - timedelta(minutes=5),
        next_poll_at=NOW,
        watches=(
            WatchStatus(
                watch=WatchName("w"), title="Drugs", seeds=5, topics=3, threshold="auto",
                fates={Fate.KEPT: 1, Fate.BELOW_THRESHOLD: 4},
            ),
        ),
    )  # fmt: skip
    text = click.unstyle(status_text(status, width=80, now=NOW))
    assert "configuration  /p/config/tracker.toml (found in the working folder)" in text
    assert "feeds          2, 1 need attention" in text
    assert "last 5 min ago, next now" in text
    assert "w (Drugs)\n  5 seeds, 3 topics, threshold auto\n  seen 5 = kept 1 + below_threshold 4" in text
    assert "tracker feeds remove https://f.example/rss" in text


def test_a_profile_names_words_and_places_with_weights() -> None:
    shown = ProfileView(
        watch=WatchName("w"),
        mode="facets",
        version="v1",
        terms=(("drug", 2.0),),
        places=(("China", 1.9),),
        topics=(("fentanyl", ("fentanyl", "芬太尼")),),
        seeds=(),
        quality=0.57,
        sentence="The seeds agree well.",
    )
    text = click.unstyle(profile_text(shown, 80))
    assert "alike 0.57, mode facets" in text
    assert "places: China 1.90" in text
    assert "words: drug 2.00" in text
    assert "topics: fentanyl (2 phrases)" in text
    assert "none that the seeds share" in profile_text(replace(shown, places=()), 80)
    line = Line(asked="0.15", value=0.15, per_day=88.0, expected_recall=0.5)
    as_scored = click.unstyle(profile_text(replace(shown, line=line), 400))
    before = click.unstyle(profile_text(replace(shown, line=line, stale=7), 400))
    assert "of the past as it stands" not in as_scored
    assert "judgements have changed since 7 articles got a score; tracker rescore --dry-run" in before
