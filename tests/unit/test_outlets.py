"""How many outlets are behind a list of carriers."""

from __future__ import annotations

import pytest

from tracker.urls import distinct_outlets


@pytest.mark.parametrize(
    ("carried", "own", "expected"),
    [
        ([("A", "https://a.example/1"), ("a", "https://other.example/1")], ("", ""), ("A",)),
        ([("A World", "https://www.a.example/1"), ("A Asia", "https://a.example/2")], ("", ""), ("A World",)),
        (
            [("A World", "https://a.example/1"), ("B", "https://b.example/1")],
            ("A", "https://a.example/0"),
            ("B",),
        ),
        ([("A", "http://127.0.0.1:8080/a/1"), ("B", "http://127.0.0.1:8080/b/1")], ("", ""), ("A", "B")),
        ([("A - Asia", "http://[::1]/1"), ("A | World", "http://[::1]/2")], ("A", "http://[::1]/3"), ()),
        (
            [("A - Asia", "https://a.example/1"), ("A - World", "https://b.example/2")],
            ("", ""),
            ("A - Asia", "A - World"),
        ),
        ([("", "https://a.example/1")], ("", ""), ("a.example",)),
        ([], ("A", ""), ()),
    ],
)
def test_two_feeds_or_two_spellings_of_one_site_are_one_outlet(
    carried: list[tuple[str, str]], own: tuple[str, str], expected: tuple[str, ...]
) -> None:
    assert distinct_outlets(carried, own) == expected
