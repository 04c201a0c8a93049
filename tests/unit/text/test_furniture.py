"""What is taken off a text that an extractor let through."""

from __future__ import annotations

import pytest

from tracker.text.furniture import is_caption, without_furniture

STORY = [f"Paragraph {n} of the story says something of its own at some length." for n in range(8)]


def test_lines_that_are_marks_or_pointers_go_wherever_they_stand():
    lines = [STORY[0], "ADVERTISEMENT", *STORY[1:4], "Read more: Another story entirely", *STORY[4:]]
    assert without_furniture("\n".join(lines)) == "\n".join(STORY)


def test_a_list_of_other_stories_below_the_article_goes_with_all_that_follows():
    text = "\n".join([*STORY, "You might also like", "Another headline", "A third headline"])
    assert without_furniture(text) == "\n".join(STORY)


def test_the_same_words_at_the_beginning_are_the_story():
    text = "\n".join(["Most read books of the year", *STORY])
    assert without_furniture(text) == text


def test_a_text_that_is_all_furniture_stays():
    assert without_furniture("Advertisement") == "Advertisement"


@pytest.mark.parametrize(
    "line",
    [
        "Pills seized at the airport on October 19, 2022. Photo: VCG",
        "A tanker lies off Rotterdam (Photo by Example Agency)",
        "Image: Example/Getty Images",
        "缉毒警察在口岸检查。摄影：某某",
    ],
)
def test_a_line_that_names_who_took_a_picture_is_a_caption(line: str) -> None:
    assert is_caption(line)


@pytest.mark.parametrize(
    "line",
    [
        "She held up a photo of her brother and said nothing.",
        "The ministry posted an image: nobody believed it.",
        "Photo: the word begins this long paragraph, which goes on to say who was there and why. " * 4,
    ],
)
def test_a_sentence_about_a_picture_is_none(line: str) -> None:
    assert not is_caption(line)
