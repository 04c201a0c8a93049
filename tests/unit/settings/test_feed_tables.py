"""[[feed]] tables: what may stand in the file, where secrets come from, and what is said when they do not come."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.settings.test_load import WATCH, loaded, mistakes
from tracker.errors import ConfigError
from tracker.model import Access
from tracker.settings import check_installation, feed_access, shown_values

URL = "https://example.org/feed"
FEED = f'[[feed]]\nurl = "{URL}"\n'


def access(folder: Path, text: str, environ: dict[str, str] | None = None) -> Access:
    return feed_access(loaded(folder, FEED + text), environ or {})[URL]


def refused(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        access(folder, text, environ)
    assert caught.value.exit_code == 3
    return [str(problem) for problem in caught.value.problems]


def test_without_tables_there_is_no_access(tmp_path: Path) -> None:
    assert feed_access(loaded(tmp_path, ""), {}) == {}


@pytest.mark.parametrize(
    "text",
    ['password_file = "secret"', "password_command = \"printf 'two words '\"", 'password_env = "EXAMPLE_PW"'],
)
def test_a_password_comes_from_a_file_a_command_or_a_variable(tmp_path: Path, text: str) -> None:
    (tmp_path / "secret").write_text("two words \n")
    found = access(tmp_path, f'username = "anna"\n{text}\n', {"EXAMPLE_PW": "two words "})
    assert (found.username, found.password) == ("anna", "two words ")


def test_headers_come_from_the_file_and_from_outside(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "key").write_text("k-1\n")
    text = (
        '[feed.headers]\nAccept-Language = "es"\nUser-Agent = "mine/1 (x)"\n'
        '[feed.header_files]\nX-Api-Key = "config/key"\n[feed.header_env]\nCookie = "EXAMPLE_COOKIE"\n'
    )
    found = access(tmp_path, text, {"EXAMPLE_COOKIE": "a=b; c=d"})
    assert found.headers == {
        "Accept-Language": "es",
        "User-Agent": "mine/1 (x)",
        "X-Api-Key": "k-1",
        "Cookie": "a=b; c=d",
    }


def test_a_proxy_with_a_login_comes_from_outside(tmp_path: Path) -> None:
    assert access(tmp_path, 'proxy = "http://p.test:3128"\n').proxy == "http://p.test:3128"
    environ = {"EXAMPLE_PROXY": "http://u:p%40w@p.test:3128"}
    assert access(tmp_path, 'proxy_env = "EXAMPLE_PROXY"\n', environ).proxy == environ["EXAMPLE_PROXY"]
    assert access(tmp_path, "").proxy is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('username = "a"\npassword_file = "none"', "4: feed[{url}].password_file: gave no secret: {root}/none: No such file or directory (check the path, its rights and its text)"),
        ('username = "a"\npassword_file = "empty"', "4: feed[{url}].password_file: gave an empty secret (check the path, its rights and its text)"),
        ('username = "a"\npassword_command = "false"', "4: feed[{url}].password_command: gave no secret: it ended with status 1 (try the command in a terminal)"),
        ('username = "a"\npassword_env = "NOT_SET"', "4: feed[{url}].password_env: gave no secret: the environment variable NOT_SET is not set (set it where the program starts)"),
        ('header_files = { X-Key = "lines" }', "3: feed[{url}].header_files.X-Key: gave a value that cannot be used: it must be one line of plain characters (ASCII), not empty (check the path, its rights and its text)"),
        ('header_env = { X-Key = "ODD" }', "3: feed[{url}].header_env.X-Key: gave a value that cannot be used: it must be one line of plain characters (ASCII), not empty (set it where the program starts)"),
        ('proxy_env = "ODD"', '3: feed[{url}].proxy_env: gave a value that cannot be used: it must be the address of an HTTP proxy, such as "http://proxy.example:3128" (set it where the program starts)'),
    ],
)  # fmt: skip
def test_a_secret_that_does_not_come_is_told_with_file_line_key_and_remedy(
    tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "lines").write_text("sesame\nX-Other: y\n")
    said = refused(tmp_path, text + "\n", {"ODD": "sesäme"})
    assert said == ["config/tracker.toml:" + told.format(url=URL, root=tmp_path)]
    assert "sesäme" not in said[0]


def test_all_secrets_that_do_not_come_are_told_at_once(tmp_path: Path) -> None:
    text = 'proxy_env = "A"\nheader_env = { X-Key = "B" }\nusername = "u"\npassword_env = "C"\n'
    assert len(refused(tmp_path, text)) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('password = "hunter2"', "3: feed[{url}].password: a password must not stand in this file (use username with password_file, password_command or password_env)"),
        ('proxy = "http://u:hunter2@p.test:1"', "3: feed[{url}].proxy: a password must not stand in this file (use proxy_env)"),
        ('headers = { Authorization = "hunter2" }', "3: feed[{url}].headers.Authorization: a secret header must not stand in this file (use header_files or header_env)"),
        ('[feed.headers]\nX-API-Key = "hunter2"', "4: feed[{url}].headers.X-API-Key: a secret header must not stand in this file (use header_files or header_env)"),
        ('[feed.headers]\nCookie = "hunter2"', "4: feed[{url}].headers.Cookie: a secret header must not stand in this file (use header_files or header_env)"),
        ('headers = { Host = "x" }', "3: feed[{url}].headers.Host: must be left out: the program sets this header itself"),
        ('header_files = { Content-Length = "x" }', "3: feed[{url}].header_files.Content-Length: must be left out: the program sets this header itself"),
        ('header_env = { transfer-encoding = "X" }', "3: feed[{url}].header_env.transfer-encoding: must be left out: the program sets this header itself"),
        ('headers = { Connection = "x" }', "3: feed[{url}].headers.Connection: must be left out: the program sets this header itself"),
        ('headers = { If-None-Match = "x" }', "3: feed[{url}].headers.If-None-Match: must be left out: the program sets this header itself"),
        ('headers = { "X A" = "x" }', "3: feed[{url}].headers.X A: must be named with letters, digits and hyphens, as headers are"),
        ('headers = { X-A = "a\\r\\nX-B: c" }', '3: feed[{url}].headers.X-A: must be one line of plain characters (ASCII), not empty, not "a\\r\\nX-B: c"'),
        ('proxy = "socks5://p.test:1080"', '3: feed[{url}].proxy: must be the address of an HTTP proxy, such as "http://proxy.example:3128", not "socks5://p.test:1080"'),
        ('proxy = "https://p.test"', '3: feed[{url}].proxy: must be the address of an HTTP proxy, such as "http://proxy.example:3128", not "https://p.test"'),
        ('password_env = "A B"\nusername = "a"', '3: feed[{url}].password_env: must be the name of an environment variable, such as "EXAMPLE_PASSWORD", not "A B"'),
        ('password_file = "x"', "1: feed[{url}]: needs a username beside password_file"),
        ('username = "a"\npassword_file = "x"\npassword_env = "X"', "1: feed[{url}]: gives the password twice: password_file and password_env"),
        ('username = "a:b"', "1: feed[{url}]: has a username with a colon, which HTTP cannot send"),
        ('proxy = "http://p.test"\nproxy_env = "X"', "1: feed[{url}]: gives the proxy twice: proxy and proxy_env"),
        ('headers = { X-A = "1" }\nheader_env = { x-a = "A" }', '1: feed[{url}]: gives the header "x-a" twice'),
        ('username = "a"\nheader_env = { Authorization = "A" }', '1: feed[{url}]: gives the header "authorization" twice'),
        ('[[feed]]\nurl = "' + URL + '"', '3: feed: two [[feed]] tables are for "{url}"'),
    ],
)  # fmt: skip
def test_what_must_not_stand_in_a_table_is_told(tmp_path: Path, text: str, told: str) -> None:
    said = mistakes(tmp_path, FEED + text + "\n")
    assert said == ["config/tracker.toml:" + told.format(url=URL)]
    assert "hunter2" not in said[0]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://anna:hunter2@example.org/feed", ".url: a password must not stand in this file"),
        ("https://anna@example.org/feed", ".url: must not hold a login; use username and password_file"),
        ("ftp://example.org/feed", ".url: must be a web address"),
        ("example.org/feed", ".url: must be a web address"),
        ("https://example.org/a b", ".url: must be a web address"),
    ],
)
def test_an_address_must_be_one_without_a_login(tmp_path: Path, url: str, told: str) -> None:
    (said,) = mistakes(tmp_path, f'[[feed]]\nurl = "{url}"\n')
    assert told in said
    assert "hunter2" not in said


def test_an_at_sign_in_a_path_is_no_login(tmp_path: Path) -> None:
    url = "https://example.org/@anna:b@c/feed"
    assert loaded(tmp_path, f'[[feed]]\nurl = "{url}"\n').settings.feed[0].url == url


def test_a_table_is_shown_with_the_origin_of_each_value(tmp_path: Path) -> None:
    result = loaded(tmp_path, FEED + 'username = "anna"\npassword_file = "s"\n[feed.headers]\nX-A = "1"\n')
    shown = dict(shown_values(result.settings))
    assert shown[f"feed[{URL}].password_file"] == str(tmp_path / "s")
    assert result.origins[f"feed[{URL}].headers.X-A"] == "config/tracker.toml:6"
    assert set(shown) == set(result.origins)


# ---------------------------------------------------------------- the installation around the file


OPML = """<opml version="2.0"><body><outline text="agencies">
<outline text="A" xmlUrl="https://example.org/feed"/></outline></body></opml>"""


def test_a_complete_installation_has_no_findings(tmp_path: Path) -> None:
    (tmp_path / "seeds" / "w").mkdir(parents=True)
    result = loaded(tmp_path, WATCH + 'feeds = ["agencies", "*"]\n' + FEED)
    (tmp_path / "config" / "feeds.opml").write_text(OPML)
    found = check_installation(result)
    assert found.problems == found.remarks == ()


def test_what_the_file_names_and_is_not_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "b").write_text("a file")
    text = (
        '[[watch]]\nname = "a"\nfeeds = ["agencis"]\nseeds = "none"\n[[watch]]\nname = "b"\nfeeds = ["zzz"]\n'
        '[[feed]]\nurl = "https://example.org/feeds"\nusername = "u"\npassword_file = "none"\n'
    )
    result = loaded(tmp_path, text)
    (tmp_path / "config" / "feeds.opml").write_text(OPML)
    found = check_installation(result)
    assert [str(problem) for problem in found.problems] == [
        f'config/tracker.toml:4: watch[a].seeds: the folder "{tmp_path}/none" does not exist (make the folder and put a few example articles there)',
        f'config/tracker.toml:6: watch[b].seeds: the folder "{tmp_path}/seeds/b" is no folder (make the folder and put a few example articles there)',
        f'config/tracker.toml:11: feed[https://example.org/feeds].password_file: the file "{tmp_path}/none" does not exist (write the secret into it)',
    ]  # fmt: skip
    assert [str(remark) for remark in found.remarks] == [
        'config/tracker.toml:3: watch[a].feeds: no feed in feeds.opml has the tag "agencis" (did you mean "agencies"?)',
        'config/tracker.toml:7: watch[b].feeds: no feed in feeds.opml has the tag "zzz" (its tags are agencies)',
        'config/tracker.toml:9: feed[https://example.org/feeds].url: no feed in feeds.opml has this address (did you mean "https://example.org/feed"?)',
    ]


def test_without_a_feed_list_tags_are_not_judged(tmp_path: Path) -> None:
    assert check_installation(loaded(tmp_path, WATCH + 'feeds = ["x"]\n')).remarks == ()
