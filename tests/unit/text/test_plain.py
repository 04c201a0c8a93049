"""Foreign markup into plain, printable text."""

from __future__ import annotations

import pytest

from tests.patience import assert_growth
from tracker.text.plain import clean_line, clean_lines, plain_line, plain_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("a &amp; b &eacute; &#8217; &#x4e2d;", "a & b é ’ 中"),
        ("China lists <b>fenta</b>nyl", "China lists fentanyl"),
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("a<script>alert('</b>')</script>b", "ab"),
        ("a<STYLE>p{}</STYLE >b", "ab"),
        ("a<style>never closed", "a"),
        ("a<!-- hidden -->b", "ab"),
        ("a<!-- never closed", "a"),
        ('<img alt="5 > 4" src=x>after', "after"),
        ("2 < 3 and 5 > 4", "2 < 3 and 5 > 4"),
        ("a <", "a <"),
        ("<![CDATA[x]]>y", "y"),
        ("<a href='x\">link</a>", "link"),
        ("&#99999999999;&#xD800;x", "\ufffdx"),
        ("", ""),
    ],
)
def test_markup_becomes_the_text_a_reader_would_see(markup, text):
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    ("markup", "line"),
    [
        ("AT&amp;amp;T", "AT&T"),
        ("&amp;amp;lt;b&amp;amp;gt;Story", "Story"),
        ("&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;Story", "Story"),
        ("Tom &amp; Jerry &lt; &gt; 3", "Tom & Jerry < > 3"),
        ("<p>One</p>\n<p>Two</p>", "One Two"),
    ],
)
def test_a_line_is_unescaped_as_often_as_it_was_escaped(markup, line):
    assert plain_line(markup) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("T\u200br\u2060a\ufeffck\xader", "Tracker"),
        ("a\x00b\x1bc\x7f", "abc"),
        ("one\r\ntwo\u2028three\x85four\x0bfive", "one two three four five"),
        ("\ufff9x\ufffa", "x"),
        ("\ud800x", "x"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👨\u200d👩", "👨\u200d👩"),
        ("\u00a0\u3000 a \u3000b", "a b"),
    ],
)
def test_a_line_has_no_character_that_deceives_or_controls(text, line):
    assert clean_line(text) == line


def test_a_long_line_is_cut_at_a_word_and_marked():
    assert clean_line("one two three four", 12) == "one two…"
    assert clean_line("x" * 50, 10) == "x" * 9 + "…"
    assert clean_line("exactly ten", 11) == "exactly ten"


def test_lines_are_kept_and_empty_ones_dropped():
    assert clean_lines(" a  b \n\n\t\n c") == "a b\nc"


@pytest.mark.parametrize(
    "unit", ["<", "<a ", "<a '", '<a "', "<!--", "<script>", "<b>", "&", "&#", "<a b='c>", "</"]
)
def test_the_time_taken_grows_with_the_length_only(unit):
    assert_growth(lambda size: plain_line(unit * (size // len(unit)), 300), 16_000, 256_000)
