"""Finding, reading, overlaying and checking the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tracker.errors import ConfigError
from tracker.settings import LoadedSettings, PerDay, load_settings, mail_password, schema_json, shown_values
from tracker.settings.starter import starter_files

WATCH = '[[watch]]\nname = "w"\n'


def project(folder: Path, text: str) -> Path:
    (folder / "config").mkdir(parents=True, exist_ok=True)
    path = folder / "config" / "tracker.toml"
    path.write_text(text, encoding="utf-8")
    return path


def loaded(
    folder: Path, text: str, environ: Mapping[str, str] | None = None, **flags: object
) -> LoadedSettings:
    project(folder, text)
    return load_settings(
        None, environ or {}, folder, {key.replace("__", "."): value for key, value in flags.items()}
    )


def mistakes(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, environ)
    assert caught.value.exit_code == 3
    return [str(problem) for problem in caught.value.problems]


def test_an_empty_file_is_a_working_configuration(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "").settings
    assert settings.store.url == f"sqlite:///{tmp_path}/state/tracker.db"
    assert settings.polling.min_interval == timedelta(minutes=5)
    assert settings.sandbox.memory == 2**30
    assert settings.watch == ()


def test_paths_resolve_against_the_project(tmp_path: Path) -> None:
    settings = loaded(tmp_path, WATCH + '[mail]\npassword_file = "secret.txt"\n').settings
    assert settings.watch[0].seeds == tmp_path / "seeds" / "w"
    assert settings.feeds.opml == tmp_path / "config" / "feeds.opml"
    assert settings.mail.folder == tmp_path / "state" / "outbox"
    assert settings.mail.password_file == tmp_path / "secret.txt"


def test_an_absolute_or_memory_database_stays_as_it_is(tmp_path: Path) -> None:
    assert (
        loaded(tmp_path, '[store]\nurl = "sqlite:////var/x.db"').settings.store.url == "sqlite:////var/x.db"
    )
    assert (
        loaded(tmp_path, '[store]\nurl = "postgresql://me@db/x"').settings.store.url == "postgresql://me@db/x"
    )


def test_environment_wins_over_the_file_and_flags_over_both(tmp_path: Path) -> None:
    text = '[http]\ncontact = "file"\nper_host_spacing = "2s"\ntotal_timeout = "9s"\n'
    environ = {
        "TRACKER_HTTP__CONTACT": "env",
        "TRACKER_HTTP__PER_HOST_SPACING": "3s",
        "TRACKER_MAIL__PORT": "587",
    }
    result = loaded(tmp_path, text, environ, http__contact="flag")
    assert result.settings.http.contact == "flag"
    assert result.settings.http.per_host_spacing == timedelta(seconds=3)
    assert result.settings.mail.port == 587
    assert result.origins["http.contact"] == "flag"
    assert result.origins["http.per_host_spacing"] == "environment TRACKER_HTTP__PER_HOST_SPACING"
    assert result.origins["http.total_timeout"] == "config/tracker.toml:4"
    assert result.origins["http.respect_robots"] == "default"


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("127.0.0.1:1, 127.0.0.1:2", ("127.0.0.1:1", "127.0.0.1:2")),
        ('["127.0.0.1:1", "127.0.0.1:2"]', ("127.0.0.1:1", "127.0.0.1:2")),
        ("[::1]:9101", ("[::1]:9101",)),
        ("[::1]:9101, [::2]:80", ("[::1]:9101", "[::2]:80")),
        ('["[::1]:9101"]', ("[::1]:9101",)),
    ],
)
def test_a_list_in_the_environment_is_toml_or_has_commas(
    tmp_path: Path, text: str, hosts: tuple[str, ...]
) -> None:
    environ = {"TRACKER_HTTP__ALLOW_HOSTS": text}
    assert loaded(tmp_path, "", environ).settings.http.allow_hosts == hosts


def test_origins_name_the_line_in_the_right_watch(tmp_path: Path) -> None:
    text = '[[watch]]\nname = "a"\n[watch.digest]\nat = "08:00"\n[[watch]]\nname = "b"\n[[watch.topic]]\nname = "t"\n[watch.digest]\nat = "09:00"\n'
    origins = loaded(tmp_path, text).origins
    assert origins["watch[a].digest.at"] == "config/tracker.toml:4"
    assert origins["watch[b].digest.at"] == "config/tracker.toml:10"
    assert origins["watch[b].topic[t].name"] == "config/tracker.toml:8"
    assert origins["watch[b].threshold"] == "default"


def test_a_named_file_is_taken_before_the_project(tmp_path: Path) -> None:
    project(tmp_path, "")
    other = project(tmp_path / "other", '[http]\ncontact = "other"\n')
    by_flag = load_settings(other, {}, tmp_path)
    by_variable = load_settings(None, {"TRACKER_CONFIG": str(other)}, tmp_path)
    assert by_flag.settings.http.contact == by_variable.settings.http.contact == "other"
    assert by_flag.mode == "config"
    assert by_flag.root == tmp_path / "other"


def test_without_a_project_the_persons_own_file_counts(tmp_path: Path) -> None:
    own = tmp_path / "xdg" / "tracker"
    own.mkdir(parents=True)
    (own / "tracker.toml").write_text(WATCH)
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg"), "XDG_STATE_HOME": str(tmp_path / "st")}
    result = load_settings(None, environ, tmp_path)
    assert result.mode == "xdg"
    assert result.settings.store.url == f"sqlite:///{tmp_path}/st/tracker/tracker.db"
    assert result.settings.feeds.opml == own / "feeds.opml"
    assert result.settings.watch[0].seeds == own / "seeds" / "w"


def test_no_configuration_at_all_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(None, {"XDG_CONFIG_HOME": str(tmp_path)}, tmp_path)
    assert "tracker init" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[http]\nalow_hosts = []\n", '2: http.alow_hosts: unknown key (did you mean "allow_hosts"?)'),
        ('[http]\ncontact = "Jürgen <j@x.test>"\n', '2: http.contact: must be one line of plain characters (ASCII), as it goes into a header, not "Jürgen <j@x.test>" (for example: contact = "you@example.org")'),
        ('[http]\nuser_agent = "a\\r\\nb"\n', '2: http.user_agent: must be one line of plain characters (ASCII), as it goes into a header, not "a\\r\\nb" (for example: user_agent = "my-reader/1.0")'),
        ("x = " + "[" * 20_000 + "]" * 20_000 + "\n", " tables or lists stand too deep in one another to be read"),
        ('[htp]\ncontact = "x"\n', '1: htp: unknown section (did you mean "http"?)'),
        ("threshold = 1\n", "1: threshold: unknown key here (it belongs in [[watch]] or [[alert]])"),
        ('[http]\nmin_interval = "1m"\n', "2: http.min_interval: unknown key here (it belongs in [polling])"),
        ('[mail]\nport = "x"\n', '2: mail.port: must be a whole number, not "x" (for example: port = 25)'),
        ("[mail]\nport = 0\n", "2: mail.port: must be at least 1, not 0 (for example: port = 25)"),
        ("[mail]\nport = 2.5\n", "2: mail.port: must be a whole number, not 2.5 (for example: port = 25)"),
        ('[mail]\nsecurity = "ssl"\n', '2: mail.security: must be one of "none", "starttls" or "tls", not "ssl" (for example: security = "starttls")'),
        ('[mail]\nsender = "x"\n', '2: mail.sender: must be a mail address, such as "analyst@example.org", not "x"'),
        ("[http]\ntotal_timeout = 30\n", '2: http.total_timeout: must be a duration with its unit (d, h, m, s), such as "5m" or "1h30m", not 30'),
        ('[http]\ntotal_timeout = "0s"\n', '2: http.total_timeout: must be longer than nothing, such as "5m", not "0s"'),
        ("[http]\nrespect_robots = 3\n", "2: http.respect_robots: must be true or false, not 3 (for example: respect_robots = true)"),
        ('[sandbox]\nmemory = "1KiB"\n', '2: sandbox.memory: must be at least 128MiB, not "1KiB" (for example: memory = "1GiB")'),
        ('[store]\nurl = "mysql://x"\n', '2: store.url: must begin with "sqlite:///" or "postgresql://", not "mysql://x" (for example: url = "sqlite:///state/tracker.db")'),
        ("http = 3\n", "1: http: must be a table, not 3"),
        ('[polling]\nmin_interval = "2h"\nmax_interval = "1h"\n', '3: polling.max_interval: must not be shorter than min_interval ("2h"), not "1h" (for example: max_interval = "24h")'),
        ('[[watch]]\ntitle = "x"\n', '1: watch[1].name: is missing (for example: name = "us-china-counternarcotics")'),
        ('[[watch]]\nname = "A b"\n', '2: watch[A b].name: must be small letters, digits and hyphens, not "A b" (for example: name = "us-china-counternarcotics")'),
        (WATCH + "threshold = 1.5\n", '3: watch[w].threshold: must be "auto", "strict", "normal", "wide", a number between 0 and 1, or { per_day = 10 }, not 1.5 (for example: threshold = "auto")'),
        (WATCH + 'threshold = { per_day = "ten" }\n', '3: watch[w].threshold: must be "auto", "strict", "normal", "wide", a number between 0 and 1, or { per_day = 10 }; items a day go from 1 to 10000, and "ten" is not one of these (for example: threshold = "auto")'),
        (WATCH + "threshold = { perday = 1 }\n", '3: watch[w].threshold: must be "auto", "strict", "normal", "wide", a number between 0 and 1, or { per_day = 10 }, not { perday = 1 } (for example: threshold = "auto")'),
        (WATCH + 'feeds = "a"\n', '3: watch[w].feeds: must be a list in square brackets, not "a" (for example: feeds = ["agencies"])'),
        (WATCH + "feeds = []\n", '3: watch[w].feeds: must have at least one member (for example: feeds = ["agencies"])'),
        (WATCH + 'places = ["China"]\n', '3: watch[w].places[1]: must be a two-letter country code, such as "US", not "China"'),
        (WATCH + 'places = ["US", "ZZ"]\n', '3: watch[w].places[2]: must be a two-letter country code that is known, such as "US", not "ZZ"'),
        (WATCH + '[watch.digest]\ndays = ["monday"]\n', '4: watch[w].digest.days[1]: must be one of "mon", "tue", "wed", "thu", "fri", "sat" or "sun", not "monday" (for example: days = ["mon", "fri"])'),
        ('[web]\nlisten = "8765"\n', '2: web.listen: must be host:port, such as "127.0.0.1:8081", not "8765"'),
        ('[daemon]\nping_url = "hc.test"\n', '2: daemon.ping_url: must be a web address, such as "https://example.org/feed.xml", not "hc.test"'),
        ('[[store]]\nurl = "sqlite:///a"\n', "1: store: must be a table"),
        (WATCH + WATCH, '3: watch: two watches are called "w"'),
        (WATCH + '[[watch.topic]]\nname = "t"\n' * 2, '5: watch[w].topic: two topics are called "t"'),
        (WATCH + '[[watch.topic]]\nname = "t"\nphrases = ["a", ""]\n', '5: watch[w].topic[t].phrases[2]: must not be empty (for example: phrases = ["fentanyl", "synthetic opioid"])'),
    ],
)  # fmt: skip
def test_each_mistake_has_a_line_a_sentence_and_what_is_right(
    tmp_path: Path, text: str, problem: str
) -> None:
    assert mistakes(tmp_path, text) == [f"config/tracker.toml:{problem}"]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = '[http]\nalow_hosts = []\n[mail]\nport = "x"\npassword = "hunter2"\n[[watch]]\nthreshold = 7\n'
    environ = {"TRACKER_HTTP__RESPECT_ROBOTS": "maybe"}
    told = mistakes(tmp_path, text, environ)
    assert [line.split(": ")[0] for line in told] == [
        "config/tracker.toml:2",
        "config/tracker.toml:4",
        "config/tracker.toml:5",
        "config/tracker.toml:6",
        "config/tracker.toml:7",
        "environment TRACKER_HTTP__RESPECT_ROBOTS",
    ]
    assert "hunter2" not in "".join(told)


def test_every_wrong_member_of_a_list_is_told(tmp_path: Path) -> None:
    text = f'{WATCH}places = ["ZZ", "US", "Mars"]\n[[watch.topic]]\nname = "t"\nphrases = ["", "a", ""]\n'
    assert [line.split(": ")[1] for line in mistakes(tmp_path, text, {})] == [
        "watch[w].places[1]",
        "watch[w].places[3]",
        "watch[w].topic[t].phrases[1]",
        "watch[w].topic[t].phrases[3]",
    ]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a = b\n", 1, "quotes"),
        ("\n[mail\n", 2, "closed"),
        ("port 25\n", 1, "key = value"),
        ("[a]\n[a]\n", 2, "twice"),
        ('p = "C:\\x"\n', 1, "backslash"),
    ],
)
def test_broken_toml_is_one_sentence_with_its_line(tmp_path: Path, text: str, line: int, word: str) -> None:
    (told,) = mistakes(tmp_path, text)
    assert told.startswith(f"config/tracker.toml:{line}: this is not valid TOML")
    assert word in told


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    path = project(tmp_path, "")
    path.write_bytes(b'[http]\ncontact = "M\xfcller"\n')
    with pytest.raises(ConfigError) as caught:
        load_settings(None, {}, tmp_path)
    assert (
        str(caught.value.problems[0])
        == "config/tracker.toml:2: this is not UTF-8 text (save the file as UTF-8)"
    )


def test_a_missing_named_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml cannot be read: there is no such file"):
        load_settings(Path("none.toml"), {}, tmp_path)


def test_windows_line_ends_and_a_byte_order_mark_are_no_mistake(tmp_path: Path) -> None:
    path = project(tmp_path, "")
    path.write_bytes(b'\xef\xbb\xbf[http]\r\ncontact = "x"\r\n')
    result = load_settings(None, {}, tmp_path)
    assert result.settings.http.contact == "x"
    assert result.origins["http.contact"] == "config/tracker.toml:2"


@pytest.mark.parametrize(
    ("variable", "value", "text", "told"),
    [
        ("POLLING__MIN_INTERVAL", "abc", "", 'polling.min_interval: must be a duration with its unit (d, h, m, s), such as "5m" or "1h30m", not "abc"'),
        ("POLLING__MIN_INTERVAL", "abc", '[polling]\nmin_interval = "5m"\n', 'polling.min_interval: must be a duration with its unit (d, h, m, s), such as "5m" or "1h30m", not "abc"'),
        ("POLLING__MIN_INTERVAL", "48h", "", 'polling.min_interval: must not be longer than max_interval ("1d"), not "2d" (for example: min_interval = "5m")'),
        ("POLLING__MAX_INTERVAL", "2h", '[polling]\nmin_interval = "3h"\ndefault_interval = "4h"\n', 'polling.max_interval: must not be shorter than min_interval ("3h"), not "2h" (for example: max_interval = "24h")'),
        ("HTTP__ALLOW_HOSTS", "a", "[http]\nallow_hosts = []\n", 'http.allow_hosts[1]: must be host:port, such as "127.0.0.1:8081", not "a"'),
        ("HTTP__ALOW_HOSTS", "a", "[http]\nallow_hosts = []\n", 'http.alow_hosts: unknown key (did you mean "allow_hosts"?)'),
        ("STORE__URL", "my://me:" + "sesame" * 9 + "@db/x", "", 'store.url: must begin with "sqlite:///" or "postgresql://", not "my://me:***@db/x" (for example: url = "sqlite:///state/tracker.db")'),
        ("STORE__URL", "mysql://me:sesame@db/x", "", 'store.url: must begin with "sqlite:///" or "postgresql://", not "mysql://me:***@db/x" (for example: url = "sqlite:///state/tracker.db")'),
    ],
)  # fmt: skip
def test_a_mistake_in_the_environment_blames_the_variable(
    tmp_path: Path, variable: str, value: str, text: str, told: str
) -> None:
    name = f"TRACKER_{variable}"
    assert mistakes(tmp_path, text, {name: value})[0] == f"environment {name}: {told}"


def test_a_minimum_above_the_default_maximum_is_told_where_it_stands(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, '[polling]\nmin_interval = "30h"\n')
    blamed = (
        'config/tracker.toml:2: polling.min_interval: must not be longer than max_interval ("1d"), not "1d6h"'
    )
    assert told.startswith(blamed)


def test_the_environment_can_not_set_watches_or_unknown_keys(tmp_path: Path) -> None:
    told = mistakes(
        tmp_path, "", {"TRACKER_WATCH__NAME": "x", "TRACKER_FOO__BAR": "1", "TRACKER_FEED__URL": "x"}
    )
    assert told[0] == "environment TRACKER_FEED__URL: feed: single feeds can only be set in the file"
    assert told[1].startswith("environment TRACKER_FOO__BAR: foo: unknown section")
    assert told[2] == "environment TRACKER_WATCH__NAME: watch: watches can only be set in the file"


def test_a_password_in_the_file_is_refused_but_not_repeated(tmp_path: Path) -> None:
    text = '[store]\nurl = "postgresql://me:sesame@db/x"\n[mail]\npassword = "hunter2"\n'
    told = mistakes(tmp_path, text)
    assert [line.split(": ")[1] for line in told] == ["store.url", "mail.password"]
    assert "sesame" not in str(told)
    assert "hunter2" not in str(told)


def test_a_database_password_from_the_environment_is_not_shown(tmp_path: Path) -> None:
    result = loaded(tmp_path, "", {"TRACKER_STORE__URL": "postgresql://me:sesame@db/x"})
    assert result.settings.store.url == "postgresql://me:sesame@db/x"
    assert dict(shown_values(result.settings))["store.url"] == "postgresql://me:***@db/x"


def test_the_pings_address_is_not_shown(tmp_path: Path) -> None:
    result = loaded(tmp_path, '[daemon]\nping_url = "https://ping.example/4f1c"\n')
    assert dict(shown_values(result.settings))["daemon.ping_url"] == "https://***"


def test_every_shown_value_has_an_origin(tmp_path: Path) -> None:
    result = loaded(tmp_path, WATCH + '[[watch.topic]]\nname = "t"\n')
    assert {key for key, _ in shown_values(result.settings)} == set(result.origins)


def test_a_threshold_by_volume_is_kept_as_such(tmp_path: Path) -> None:
    settings = loaded(tmp_path, WATCH + "threshold = { per_day = 10 }\n").settings
    assert settings.watch[0].threshold == PerDay(per_day=10)
    assert loaded(tmp_path, WATCH + "threshold = 0\n").settings.watch[0].threshold == 0.0


class TestMailPassword:
    def test_comes_from_the_environment_first(self, tmp_path: Path) -> None:
        settings = loaded(tmp_path, '[mail]\npassword_file = "missing"\n').settings
        assert mail_password(settings, {"TRACKER_MAIL__PASSWORD": "one"}) == "one"

    def test_comes_from_a_file_without_its_line_end(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("two words \n")
        assert (
            mail_password(loaded(tmp_path, '[mail]\npassword_file = "secret"\n').settings, {}) == "two words "
        )

    def test_comes_from_a_command(self, tmp_path: Path) -> None:
        settings = loaded(tmp_path, '[mail]\npassword_command = "printf three"\n').settings
        assert mail_password(settings, {}) == "three"

    def test_comes_from_the_system_service_manager(self, tmp_path: Path) -> None:
        (tmp_path / "smtp-password").write_text("four\n")
        assert (
            mail_password(loaded(tmp_path, "").settings, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "four"
        )

    def test_may_be_absent(self, tmp_path: Path) -> None:
        assert mail_password(loaded(tmp_path, "").settings, {}) is None

    @pytest.mark.parametrize("command", ["false", "no-such-program-here", "'unclosed"])
    def test_a_failing_command_is_told(self, tmp_path: Path, command: str) -> None:
        settings = loaded(tmp_path, f'[mail]\npassword_command = "{command}"\n').settings
        with pytest.raises(ConfigError, match="password_command gave no password"):
            mail_password(settings, {})


def test_the_shipped_configuration_is_right_and_has_its_schema_beside_it() -> None:
    result = load_settings(ROOT / "config" / "tracker.toml", {}, ROOT)
    assert [topic.name for topic in result.settings.watch[0].topic] == [
        "fentanyl",
        "working group",
        "precursor chemicals",
    ]
    assert (ROOT / "config" / "tracker.schema.json").read_text(encoding="utf-8") == schema_json()


def test_what_init_writes_is_right(tmp_path: Path) -> None:
    for path, text in starter_files("wind", 'Wind "power" \\').items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    result = load_settings(None, {}, tmp_path)
    assert result.settings.watch[0].title == 'Wind "power" \\'
    assert result.settings.feeds.opml.exists()


def test_every_key_has_a_description() -> None:
    import json

    schema = json.loads(schema_json())
    for name, table in [("Settings", schema), *schema["$defs"].items()]:
        for key, field in table["properties"].items():
            table_of = schema["$defs"].get(field.get("$ref", "").rpartition("/")[2], {})
            assert field.get("description") or table_of.get("description"), f"{name}.{key}"
