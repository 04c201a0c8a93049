"""A threshold written into a configuration file changes that value and nothing else."""

from __future__ import annotations

import tomllib

import pytest

from tracker.errors import UsageError
from tracker.settings.edit import with_threshold

PLAIN = '# mine\n[http]\ncontact = "me@example.org" # keep\n\n[[watch]]\nname = "one"\ntitle = "Öne"\n[[watch.topic]]\nname = "x"\n\n[[watch]]\nname = "two" # second\nthreshold = {old} # why\n[watch.digest]\nat = "07:30"\n'


@pytest.mark.parametrize("old", ['"auto"', "0.5", "{ per_day = 10 }", "'strict'"])
def test_a_value_is_replaced_in_its_own_line(old: str) -> None:
    text = PLAIN.replace("{old}", old)
    assert with_threshold(text, "two", 0.62) == PLAIN.replace("{old}", "0.62")


def test_a_missing_key_gets_a_line_below_the_name() -> None:
    text = PLAIN.replace("{old}", "0.5")
    changed = with_threshold(text, "one", 0.3)
    assert changed == text.replace('name = "one"\n', 'name = "one"\nthreshold = 0.30\n')


def test_windows_line_ends_and_a_last_line_without_end_stay() -> None:
    assert (
        with_threshold('[[watch]]\r\nname = "a"\r\n', "a", 0.5)
        == '[[watch]]\r\nname = "a"\r\nthreshold = 0.50\r\n'
    )
    assert tomllib.loads(with_threshold('[[watch]]\nname = "a"', "a", 0.5))["watch"][0]["threshold"] == 0.5


@pytest.mark.parametrize(
    "text",
    [
        'watch = [{ name = "two" }]\n',
        '[[watch]]\nname = "other"\n',
        '[[watch]]\n"name" = "two"\n',
        '[[watch]]\nname = "two"\n"threshold" = 0.5\n',
    ],
)
def test_what_cannot_be_changed_safely_is_left_to_the_person(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        with_threshold(text, "two", 0.62)
    assert "threshold = 0.62" in raised.value.hint
