from __future__ import annotations

import sys
import unicodedata

import pytest

from tests.patience import assert_growth
from tracker.text.display import clean_line, clean_text, has_mixed_scripts, isolated


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("a\r\nBcc: x", "a Bcc: x"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("\x1b[31mred\x07", "[31mred"),
        ("\u202egnp.exe", "gnp.exe"),
        ("T\u200br\u2060c\ufeffk", "Trck"),
        ("\ud800lone\udfff", "lone"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👨\u200d👩", "👨\u200d👩"),
        ("Z" + "\u0335" * 50, "Z" + "\u0335" * 4),
        (" \u3000 \xa0 ", ""),
        ("\U0001d173x", "x"),
    ],
)
def test_one_line_without_tricks(foreign, shown):
    assert clean_line(foreign) == shown


def test_no_character_of_unicode_leaves_a_control_or_format_character():
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    left = {c for c in clean_line(every) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert left == {"\u200c", "\u200d"}


@pytest.mark.parametrize("text", ["a", "é ", "\u0335", "\u2064"])
def test_a_limit_holds_and_makes_long_titles_cheap(text):
    assert len(clean_line("Z" + text * 300_000, 200)) <= 200
    assert_growth(lambda size: clean_line("Z" + text * size, 200), 20_000, 320_000)


def test_a_text_keeps_its_lines_but_no_empty_ones():
    assert clean_text("a\x00b\n\n \u200b\n c\u202e d ") == "ab\nc d"


@pytest.mark.parametrize("text", ["раypal", "Αpple Inc", "Google and Amаzon"])
def test_a_word_of_two_lookalike_alphabets_is_noticed(text):
    assert has_mixed_scripts(text)


@pytest.mark.parametrize(
    "text", ["paypal", "Москва and Berlin", "中文 title", "naïve café", "α-Blocker", "日本語のtest"]
)
def test_honest_texts_are_not(text):
    assert not has_mixed_scripts(text)


def test_only_right_to_left_text_is_shut_in():
    assert isolated("plain") == "plain"
    assert isolated("Zürich 中文") == "Zürich 中文"
    assert isolated("مصر 2026") == "\u2068مصر 2026\u2069"
