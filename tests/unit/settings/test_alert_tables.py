"""[[alert]] tables: what may stand in the file, where secrets come from, and what is said when something is wrong."""

from __future__ import annotations

import importlib.util
from datetime import time
from pathlib import Path

import pytest

from tests.unit.settings.test_load import WATCH, loaded, mistakes
from tracker.errors import ConfigError
from tracker.settings import AlertAddress, alert_address, check_installation, shown_values

HOOK = '[[alert]]\nname = "desk"\n'
URL = 'url = "https://hook.example/in"\n'


def address(folder: Path, text: str, environ: dict[str, str] | None = None) -> AlertAddress:
    found = loaded(folder, HOOK + text)
    return alert_address(found, found.settings.alert[0], environ or {})


def test_a_target_needs_a_name_and_an_address_only(tmp_path: Path) -> None:
    (found,) = loaded(tmp_path, HOOK + URL).settings.alert
    assert (found.kind, found.watches, found.threshold, found.per_hour, found.quiet) == (
        "webhook", ("*",), "strong", 6, None,
    )  # fmt: skip
    assert address(tmp_path, URL) == AlertAddress(url="https://hook.example/in")


@pytest.mark.parametrize("what", ["url", "secret"])
@pytest.mark.parametrize(
    "source", ['_file = "config/s"', "_command = \"printf 'https://x.example/1'\"", '_env = "ALERT_S"']
)
def test_address_and_secret_come_from_a_file_a_command_or_a_variable(
    tmp_path: Path, what: str, source: str
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "s").write_text("https://x.example/1\n")
    text = f"{what}{source}\n" + (URL if what == "secret" else "")
    found = address(tmp_path, text, {"ALERT_S": "https://x.example/1"})
    assert getattr(found, what) == "https://x.example/1"
    assert "x.example" not in repr(found)


def test_a_secret_that_does_not_come_is_told_with_file_line_key_and_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        address(tmp_path, URL + 'secret_env = "ALERT_KEY"\n')
    (problem,) = caught.value.problems
    assert problem.line == 4
    assert problem.key == "alert[desk].secret_env"
    assert problem.message == "gave no secret: the environment variable ALERT_KEY is not set"
    assert problem.hint == "set it where the program starts"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (f"{HOOK}", 1, "alert[desk]: has no address: set url"),
        (f'{HOOK}{URL}url_env = "U"\n', 1, "alert[desk]: gives the address twice: url and url_env"),
        (f'{HOOK}{URL}secret_env = "U"\nsecret_file = "x"\n', 1, "alert[desk]: gives the secret twice: secret_file and secret_env"),
        (f'{HOOK}kind = "apprise"\n{URL}', 1, "alert[desk]: needs url_file, url_command or url_env: an Apprise address holds secrets"),
        (f'{HOOK}kind = "apprise"\nurl_env = "U"\nsecret_env = "S"\n', 1, "alert[desk]: cannot use secret_env: an Apprise address holds its own secrets"),
        (f'{HOOK}kind = "ntfy"\nurl = "https://ntfy.sh/"\n', 1, 'alert[desk]: needs a topic at the end of url, such as "https://ntfy.sh/my-topic"'),
        (f"{HOOK}{URL}{HOOK}{URL}", 4, 'alert: two alert targets are called "desk"'),
        (f'{HOOK}{URL}kind = "pager"\n', 4, 'alert[desk].kind: must be one of "webhook", "ntfy" or "apprise", not "pager" (for example: kind = "ntfy")'),
        (f'{HOOK}{URL}quiet = "22:00"\n', 4, 'alert[desk].quiet: must be two different times of day, such as "22:00-07:00", not "22:00"'),
        (f'{HOOK}{URL}quiet = "7:00-07:00"\n', 4, 'alert[desk].quiet: must be two different times of day, such as "22:00-07:00", not "7:00-07:00"'),
        (f"{HOOK}{URL}threshold = 2\n", 4, 'alert[desk].threshold: must be "strong" or a number between 0 and 1, not 2 (for example: threshold = 0.8)'),
        (f"{HOOK}{URL}per_hour = 0\n", 4, "alert[desk].per_hour: must be at least 1, not 0 (for example: per_hour = 6)"),
        (f'{HOOK}{URL}timezone = "Berlin"\n', 4, 'alert[desk].timezone: must be a time zone name such as "America/New_York"; "Berlin" is not one (did you mean "Europe/Berlin"?)'),
        (f'{HOOK}{URL}wach = ["w"]\n', 4, 'alert[desk].wach: unknown key (did you mean "watches"?)'),
        ('[[alert]]\nname = "My Desk"\n' + URL, 2, 'alert[My Desk].name: must be small letters, digits and hyphens, not "My Desk" (for example: name = "phone")'),
        (f'{HOOK}{URL}secret = "abc"\n', 4, "alert[desk].secret: a secret must not stand in this file (use secret_file, secret_command or secret_env)"),
        (f'{HOOK}url = "https://u:pw@hook.example/"\n', 3, "alert[desk].url: a password must not stand in this file (use url_file, url_command or url_env)"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_with_line_and_key(tmp_path: Path, text: str, line: int, told: str) -> None:
    found = mistakes(tmp_path, text)
    assert len(found) == 1, found
    assert found[0].endswith(f":{line}: {told}")


def test_quiet_hours_are_shown_as_they_are_written(tmp_path: Path) -> None:
    found = loaded(tmp_path, HOOK + URL + 'quiet = "22:30-7:00"\n')
    assert found.settings.alert[0].quiet == (time(22, 30), time(7, 0))
    assert dict(shown_values(found.settings))["alert[desk].quiet"] == "22:30-07:00"


def problems(folder: Path, text: str) -> list[str]:
    (folder / "seeds" / "w").mkdir(parents=True)
    return [str(problem) for problem in check_installation(loaded(folder, text)).problems]


def test_the_check_finds_watches_files_and_addresses_that_are_not_there(tmp_path: Path) -> None:
    text = (
        f'{WATCH}{HOOK}url = "http://127.0.0.1:9000/in"\nwatches = ["ww"]\nsecret_file = "config/key"\n'
        '[[alert]]\nname = "odd"\nurl = "https://hook.example:25/"\n'
    )
    told = "\n".join(problems(tmp_path, text))
    assert 'alert[desk].watches: no watch is called "ww" (did you mean "w"?)' in told
    assert 'alert[desk].url: "http://127.0.0.1:9000/in" may not be reached (127.0.0.1 leads into' in told
    assert 'add "127.0.0.1:9000" to allow_hosts' in told
    assert f'alert[desk].secret_file: the file "{tmp_path}/config/key" does not exist' in told
    assert 'alert[odd].url: "https://hook.example:25/" may not be reached (Port 25' in told


def test_a_local_address_that_the_person_allowed_is_right(tmp_path: Path) -> None:
    text = f'[http]\nallow_hosts = ["127.0.0.1:9000"]\n{WATCH}{HOOK}url = "http://127.0.0.1:9000/in"\n'
    assert problems(tmp_path, text) == []


def test_the_check_names_the_extra_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f'{WATCH}{HOOK}kind = "apprise"\nurl_env = "U"\n'
    monkeypatch.setattr("tracker.settings.check.find_spec", lambda _: None)
    (told,) = problems(tmp_path, text)
    assert told.endswith(
        'alert[desk].kind: needs Apprise, which is not installed (install it with: pip install "subject-tracker[alerts]")'
    )
    assert importlib.util.find_spec("apprise") is not None, "the tests run with the extra"
