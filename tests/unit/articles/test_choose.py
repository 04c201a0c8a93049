"""One article out of feed and page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.builders import NOW
from tracker.articles import article_from_page, choose_article
from tracker.articles.fallback import feed_text
from tracker.model import (
    DateConfidence,
    Entry,
    ExtractedPage,
    FetchFailed,
    FetchReason,
    FetchRequest,
    ParseProblem,
    Refused,
    TextGrade,
    TextSource,
)

TITLE = "China lists three fentanyl precursors"
SUMMARY = "Beijing said on Monday that three fentanyl precursors will need an export licence."
STORY = (
    "Beijing said on Monday that three fentanyl precursors will need an export licence from January. " * 12
)
URL = "https://www.paper.test/2026/11/20/precursors?utm_source=rss"
CONSENT = ExtractedPage(
    text="We and our partners store cookies. Accept all cookies. We value your privacy.", site="Paper"
)


def entry(**changed) -> Entry:
    fields = {
        "key": "k", "url": URL, "canonical_url": "https://paper.test/2026/11/20/precursors", "title": TITLE,
        "summary": SUMMARY, "content_hash": "h", "published_at": NOW - timedelta(hours=2),
    }  # fmt: skip
    return Entry(**{**fields, **changed})


def page(**changed) -> ExtractedPage:
    return ExtractedPage(
        **{"text": STORY, "title": f"{TITLE} | Paper", "site": "The Paper", "language": "en", **changed}
    )


def chosen(one: Entry, found=None, **changed):
    given = {
        "final_url": one.url,
        "first_seen_at": NOW,
        "feed_title": "Paper feed",
        "feed_language": None,
        **changed,
    }
    return choose_article(one, found, **given)


def forbidden() -> FetchFailed:
    request = FetchRequest(url=URL, purpose="page")
    return FetchFailed(
        request=request, reason=FetchReason.FORBIDDEN, detail="The site forbids it.", status=403
    )


def test_the_pages_text_is_taken_when_it_is_the_article():
    article = chosen(entry(), page(byline="Ana Ruiz", published_at=NOW - timedelta(hours=3)))
    assert (article.text, article.source, article.grade, article.note) == (
        STORY,
        TextSource.PAGE,
        TextGrade.FULL,
        "",
    )
    assert (article.title, article.byline, article.outlet, article.language) == (
        TITLE,
        "Ana Ruiz",
        "The Paper",
        "en",
    )
    assert (article.url, article.canonical_url) == (URL, "https://paper.test/2026/11/20/precursors")
    assert (article.published_at, article.date_confidence) == (NOW - timedelta(hours=2), DateConfidence.HIGH)


@pytest.mark.parametrize(
    ("one", "source", "grade", "note"),
    [
        (entry(content_html=f"<p>{STORY}</p>"), TextSource.FEED, TextGrade.FULL, "text from the feed"),
        (
            entry(content_html=f"<p>{STORY[:400]}…</p>"),
            TextSource.FEED,
            TextGrade.TEASER,
            "text from the feed",
        ),
        (entry(), TextSource.SUMMARY, TextGrade.TEASER, "text from the feed's summary"),
        (entry(summary=""), TextSource.TITLE, TextGrade.NONE, "only the title is known"),
    ],
)
def test_a_page_that_could_not_be_read_leaves_the_feeds_best_text_and_says_so(one, source, grade, note):
    article = chosen(one, forbidden())
    assert (article.source, article.grade) == (source, grade)
    assert article.note == f"page could not be read (403 The site forbids it): {note}"
    assert article.url == URL


def test_a_page_the_extractor_refused_is_named():
    article = chosen(entry(), Refused(code="not_html", detail="this is a PDF document, not a web page"))
    assert (
        article.note
        == "page could not be read (this is a PDF document, not a web page): text from the feed's summary"
    )


def test_nothing_readable_at_all_is_no_article():
    assert chosen(entry(title="", summary=""), forbidden()) is None
    assert chosen(entry(title="", summary=""), None) is None


def test_a_wall_is_not_taken_for_the_article():
    article = chosen(entry(), CONSENT)
    assert (article.text, article.source) == (SUMMARY, TextSource.SUMMARY)
    assert article.note.startswith("the page shows a cookie or consent notice")


def test_another_page_gives_neither_text_nor_date_nor_address():
    other = page(
        text="The harbour festival opens with boats and music. " * 30,
        title="Festival",
        published_at=datetime(2001, 1, 1, tzinfo=UTC),
    )
    article = chosen(entry(), other, final_url="https://www.paper.test/")
    assert (article.text, article.url) == (SUMMARY, URL)
    assert article.published_at == NOW - timedelta(hours=2)
    assert "headline" in article.note


def test_a_long_text_in_doubt_is_kept_over_a_bare_title_and_marked():
    other = page(text="The harbour festival opens with boats and music. " * 30, title="Festival")
    article = chosen(entry(summary=""), other)
    assert (article.source, article.grade) == (TextSource.PAGE, TextGrade.WRONG_PAGE)
    assert "headline" in article.note


def test_a_wall_is_kept_when_there_is_nothing_else_and_graded_as_one():
    article = chosen(entry(title="", summary=""), page(text=CONSENT.text, title=""))
    assert (article.text, article.grade) == (CONSENT.text, TextGrade.WALL)
    assert article_from_page(CONSENT, URL, first_seen_at=NOW).grade is TextGrade.WALL


def test_the_feeds_fuller_text_beats_the_pages_teaser():
    article = chosen(entry(content_html=f"<p>{STORY}</p>"), page(text=STORY[:300]))
    assert (article.source, article.grade) == (TextSource.FEED, TextGrade.FULL)
    assert "shorter than the feed's own" in article.note


def test_a_teaser_is_kept_when_it_is_more_than_the_feed_gives():
    article = chosen(entry(), page(text=STORY[:500] + " Subscribe to continue reading."))
    assert (article.source, article.grade) == (TextSource.PAGE, TextGrade.TEASER)
    assert "paywall" in article.note


def test_what_the_extractor_found_wrong_is_in_the_note():
    article = chosen(
        entry(), page(problems=(ParseProblem(code="text_truncated", detail="nested too deeply"),))
    )
    assert article.note == "nested too deeply"


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        (None, "https://paper.test/final-story-7"),
        ("https://paper.test/final-story-7?id=1", "https://paper.test/final-story-7?id=1"),
        ("https://paper.test/world/final-story-7", "https://paper.test/world/final-story-7"),
        ("https://paper.test/world", "https://paper.test/final-story-7"),
        ("https://paper.test/", "https://paper.test/final-story-7"),
    ],
)
def test_the_canonical_link_is_believed_when_it_names_the_same_page(link, canonical):
    final = "https://www.paper.test/final-story-7?utm_source=x"
    article = chosen(entry(), page(canonical_link=link), final_url=final)
    assert (article.url, article.canonical_url) == (final, canonical)


def test_a_story_without_any_address_is_known_by_its_text():
    article = chosen(entry(url=None, canonical_url=None, summary=STORY[:1000]), None, final_url=None)
    assert (article.url, article.canonical_url) == ("", "entry:h")
    assert article.note == "the entry has no address to open: text from the feed's summary"


@pytest.mark.parametrize(
    ("site", "source", "feed_title", "outlet"),
    [
        ("The Paper", "Wire", "Feed", "The Paper"),
        ("", "Wire", "Feed", "Wire"),
        ("", None, "Feed", "Feed"),
        ("", None, "Google Alert - fentanyl", "paper.test"),
        ("", None, "", "paper.test"),
    ],
)
def test_the_outlet_is_the_site_the_source_the_feed_or_the_host(site, source, feed_title, outlet):
    assert chosen(entry(outlet=source), page(site=site), feed_title=feed_title).outlet == outlet


def test_an_aggregators_outlet_suffix_is_taken_off_the_headline():
    assert chosen(entry(title=f"{TITLE} - Wire", outlet="Wire"), page()).title == TITLE


@pytest.mark.parametrize(
    ("page_language", "entry_language", "feed_language", "language"),
    [
        ("pt-BR", "en", "en", "pt"),
        (None, "zh_Hans", "en", "zh"),
        (None, None, "en-gb", "en"),
        (None, None, None, None),
    ],
)
def test_the_language_is_the_pages_the_entrys_or_the_feeds(
    page_language, entry_language, feed_language, language
):
    one = entry(language=entry_language)
    assert chosen(one, page(language=page_language), feed_language=feed_language).language == language


def test_a_story_without_a_headline_gets_its_pages_or_its_first_words():
    assert chosen(entry(title=""), page()).title == f"{TITLE} | Paper"
    assert chosen(entry(title=""), None).title == SUMMARY


def test_a_feed_does_not_put_its_own_headline_over_a_page_that_says_nothing_of_the_kind():
    strange = chosen(entry(title="Cake news", summary=""), page())
    assert strange.title == f"{TITLE} | Paper"
    assert "the feed calls it “Cake news”" in strange.note
    edited = chosen(entry(title="Beijing licence rule"), page())
    assert (edited.title, edited.note) == ("Beijing licence rule", "")


def test_a_page_alone_makes_an_article():
    article = article_from_page(page(published_at=NOW - timedelta(days=1)), URL, first_seen_at=NOW)
    assert (article.text, article.title, article.outlet) == (STORY, f"{TITLE} | Paper", "The Paper")
    assert article.published_at == NOW - timedelta(days=1)
    assert article.canonical_url == "https://paper.test/2026/11/20/precursors"


@pytest.mark.parametrize(
    ("one", "text", "source"),
    [
        (
            entry(content_html="<p>" + "Long text. " * 40 + "</p><script>x</script>"),
            "Long text. " * 39 + "Long text.",
            TextSource.FEED,
        ),
        (entry(content_html="<p>Short.</p>"), SUMMARY, TextSource.SUMMARY),
        (
            entry(summary="Some words. The post A title appeared first on Paper."),
            "Some words.",
            TextSource.SUMMARY,
        ),
        (entry(summary="Some words. Continue reading →"), "Some words.", TextSource.SUMMARY),
        (entry(summary=""), TITLE, TextSource.TITLE),
    ],
)
def test_the_feeds_best_text_is_its_content_its_summary_or_the_headline(one, text, source):
    assert feed_text(one) == (text, source)
