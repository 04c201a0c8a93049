"""What a text is: full, teaser, wall, wrong page."""

from __future__ import annotations

import pytest

from tracker.articles import Expectation, grade_text
from tracker.articles.grade import _phrases
from tracker.model import TextGrade

TITLE = "China lists three fentanyl precursors for export control"
SUMMARY = "Beijing said on Monday that three fentanyl precursors will need an export licence from January."
STORY = (
    "Beijing said on Monday that three fentanyl precursors will need an export licence from January. The list was agreed "
    "with American officials after months of talks about chemicals that leave Chinese ports for Mexican laboratories. "
) * 8
EXPECTED = Expectation(title=TITLE, feed_text=SUMMARY)
CONSENT = (
    "We and our partners store and/or access information on a device. We value your privacy. Accept all cookies. "
    * 12
)


@pytest.mark.parametrize(
    ("text", "expected", "grade", "words"),
    [
        (STORY, EXPECTED, TextGrade.FULL, ""),
        (STORY, Expectation(), TextGrade.FULL, ""),
        (STORY + "This website uses cookies.", EXPECTED, TextGrade.FULL, ""),
        ("", EXPECTED, TextGrade.NONE, "no text"),
        (" \n", EXPECTED, TextGrade.NONE, "no text"),
        (CONSENT, EXPECTED, TextGrade.WALL, "cookie or consent"),
        ("Mit Werbung weiterlesen. Wir und unsere Partner ...", EXPECTED, TextGrade.WALL, "cookie or consent"),
        ("Nous et nos partenaires. Continuer sans accepter.", EXPECTED, TextGrade.WALL, "cookie or consent"),
        ("Nosotros y nuestros socios. Aceptar y continuar.", EXPECTED, TextGrade.WALL, "cookie or consent"),
        ("我们使用Cookie来改善您的体验,请选择同意并继续。", EXPECTED, TextGrade.WALL, "cookie or consent"),
        ("Checking your browser before accessing the site.", EXPECTED, TextGrade.WALL, "bot check"),
        ("You need to enable JavaScript to run this app.", EXPECTED, TextGrade.WALL, "bot check"),
        ("Please sign in to continue. Forgot your password?", EXPECTED, TextGrade.WALL, "sign-in"),
        ("Subscribe to continue reading. Already a subscriber? Log in.", EXPECTED, TextGrade.WALL, "paywall"),
        (STORY[:600] + " Subscribe to continue reading.", EXPECTED, TextGrade.TEASER, "ends at a paywall"),
        (STORY[:600] + " Dieser Inhalt ist exklusiv. Bereits Abonnent?", EXPECTED, TextGrade.TEASER, "ends at a paywall"),
        (SUMMARY, EXPECTED, TextGrade.TEASER, "words"),
        (STORY[:500] + "…", EXPECTED, TextGrade.TEASER, "breaks off"),
        (STORY[:500], Expectation(title=TITLE, feed_text=STORY), TextGrade.TEASER, "shorter than the feed"),
        ("The harbour festival opens with boats and music for the whole family. " * 20, EXPECTED, TextGrade.WRONG_PAGE, "headline"),
        ("Sorry, the page you requested was not found. Error 404.", EXPECTED, TextGrade.WRONG_PAGE, "missing"),
    ],
)  # fmt: skip
def test_a_text_is_judged_against_what_the_feed_promised(text, expected, grade, words):
    graded = grade_text(text, expected)
    assert graded.grade is grade, graded
    assert words in graded.reason
    assert bool(graded.reason) == (grade is not TextGrade.FULL)


def test_an_article_about_cookies_and_paywalls_is_no_wall():
    text = (
        "Publishers say readers meet the words we value your privacy and accept all cookies too often, a study found. "
        * 10
    )
    expected = Expectation(
        title="Publishers: readers meet accept all cookies too often, study found", feed_text=""
    )
    assert grade_text(text, expected).grade is TextGrade.FULL


def test_the_pages_own_title_proves_the_right_page_where_the_words_differ():
    text = (
        "The measure takes effect in January and was welcomed by officials in several capitals around the globe. "
        * 10
    )
    title = "A bridge too far for chemists"
    assert grade_text(text, Expectation(title=title)).grade is TextGrade.WRONG_PAGE
    assert grade_text(text, Expectation(title=title, page_title=f"{title} | Paper")).grade is TextGrade.FULL


def test_inflected_words_count_as_the_same():
    text = (
        "Die Behörden kontrollieren künftig drei chemische Vorläuferstoffe strenger als bisher, teilte das Amt mit. "
        * 10
    )
    assert (
        grade_text(text, Expectation(title="Chemischer Vorläuferstoff: Behörde verschärft Kontrolle")).grade
        is TextGrade.FULL
    )


def test_chinese_headlines_are_compared_by_pairs_of_characters():
    title = "中国对三种芬太尼前体实施出口管制"
    story = "商务部周一宣布,自明年一月起对三种芬太尼前体实施出口管制,有关企业须申请许可证。" * 8
    other = "本市今年的春季马拉松比赛将于周日上午举行,届时多条道路将临时封闭,请市民注意出行。" * 8
    assert grade_text(story, Expectation(title=title)).grade is TextGrade.FULL
    assert grade_text(other, Expectation(title=title)).grade is TextGrade.WRONG_PAGE


def test_every_wall_phrase_is_written_in_the_form_it_is_sought_in():
    for phrases in _phrases().values():
        assert phrases
        assert len(set(phrases)) == len(phrases)
        for phrase in phrases:
            assert phrase == phrase.lower().replace("’", "'").strip()


def test_a_file_name_for_a_headline_promises_nothing() -> None:
    text = "The ministry said on Friday that three chemicals would be controlled from January. " * 12
    named = grade_text(text, Expectation(title="/pages/2026-11-20/archive_page_0042.html"))
    assert named.grade is TextGrade.FULL
    promised = grade_text(text, Expectation(title="Swimmers win relay gold after photo finish"))
    assert promised.grade is TextGrade.WRONG_PAGE
