"""The forty checks of who may ask what of the page, over real connections: Host, origin, method, token, headers."""

from __future__ import annotations

import json
import socket
import stat
import time
from pathlib import Path

import pytest

from tests.integration.web.conftest import Answer, Client, answered
from tests.patience import PATIENCE_S, until
from tracker.errors import ConfigError
from tracker.settings import load_settings
from tracker.web import PageServer, PortInUse, open_page
from tracker.web.keys import Keys, read_token
from tracker.web.routes import all_routes
from tracker.web.security import HEADERS, allowed_hosts


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        ("localhost:{port}", "localhost:{port}"),
        ("localhost:{port}", "evil.example"),
        ("user@localhost:{port}",),
        ("localhost.:{port}",),
        ("localhost",),
        ("localhost:{port}0",),
        ("localhost:{port}@evil.example",),
        ("evil.example:{port}",),
        ("127.0.0.1.evil.example:{port}",),
        ("0.0.0.0:{port}",),
        ("[::ffff:127.0.0.1]:{port}",),
    ],
    ids=[
        "none",
        "two",
        "two-mixed",
        "userinfo",
        "dot",
        "no-port",
        "other-port",
        "userinfo-port",
        "rebound",
        "suffix",
        "any",
        "mapped",
    ],
)
@pytest.mark.parametrize("path", ["/", "/static/style.css", "/login", "/api/x"])
def test_only_our_own_names_are_answered(client: Client, hosts: tuple[str, ...], path: str) -> None:
    """DNS rebinding makes any name lead here; a page of that name must learn nothing, not even a style sheet."""
    named = [("Host", host.format(port=client.server.port)) for host in hosts]
    answer = client.send("GET", path, [*named, ("Cookie", client.cookie)])
    assert answer.status in {400, 421}
    assert "tracker" not in answer.body


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "LOCALHOST:{port}"])
def test_each_of_our_names_is_answered(client: Client, host: str) -> None:
    named = host.format(port=client.server.port)
    assert client.get("/", Host=named).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Sec_Fetch_Site": "none"}, 403),
        ({"Sec_Fetch_Site": "", "Origin": "http://evil.example"}, 403),
        ({"Sec_Fetch_Site": "", "Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "", "Origin": "http://localhost:1"}, 403),
        ({"Sec_Fetch_Site": "", "Origin": ""}, 403),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "http://{host}"}, 403),
        ({"Sec_Fetch_Site": "", "Origin": "http://{host}"}, 303),
        ({"Sec_Fetch_Site": "same-origin", "Origin": ""}, 303),
    ],
)
def test_only_our_own_pages_may_change_something(
    client: Client, headers: dict[str, str], status: int
) -> None:
    given = {name: value.format(host=client.host) for name, value in headers.items()}
    body = f"csrf={client.csrf}&id=1&watch=w&verdict=undo"
    assert client.post("/judge", body, **given).status == status


@pytest.mark.parametrize(
    ("method", "kind", "status"),
    [
        ("PUT", "application/x-www-form-urlencoded", 405),
        ("DELETE", "application/x-www-form-urlencoded", 405),
        ("OPTIONS", "", 405),
        ("POST", "text/plain", 415),
        ("POST", "application/json", 415),
        ("POST", "", 415),
        ("GET", "", 405),
    ],
)
def test_a_change_is_a_form_sent_by_post(client: Client, method: str, kind: str, status: int) -> None:
    headers = [("Host", client.host), ("Cookie", client.cookie), ("Sec-Fetch-Site", "same-origin")]
    headers += [("Content-Type", kind)] if kind else []
    body = f"csrf={client.csrf}&id=1&watch=w&verdict=undo".encode() if method == "POST" else b""
    assert client.send(method, "/judge", headers, body).status == status


def test_the_programs_way_in_takes_json_only(client: Client) -> None:
    assert client.post("/api/judge", f"csrf={client.csrf}").status == 415


@pytest.mark.parametrize("mark", ["", "csrf=", "csrf=0000", "csrf={other}"])
def test_a_form_without_the_mark_of_its_session_changes_nothing(client: Client, mark: str) -> None:
    other = Keys(client.token).csrf(Keys(client.token).new_session())
    answer = client.post("/judge", f"{mark.format(other=other)}&id=1&watch=w&verdict=relevant")
    assert answer.status == 403
    assert "Judgements so far" not in client.get("/items/1").body


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "{name}=",
        "{name}=1-00000000000000000000000000000000-" + "0" * 64,
        "{name}={value}0",
        "other={value}",
        "{name}={old}",
    ],
    ids=["none", "empty", "forged", "changed", "other name", "expired"],
)
def test_without_a_cookie_of_ours_there_is_only_the_way_in(client: Client, cookie: str) -> None:
    name, _, value = client.cookie.partition("=")
    old = Keys(client.token, clock=lambda: time.time() - 40 * 86_400).new_session()
    given = cookie.format(name=name, value=value, old=old)
    answer = client.get("/", Cookie=given)
    assert (answer.status, answer.headers["location"]) == (303, "/login")
    assert client.get("/api/items", Cookie=given).status == 401
    assert (
        client.post("/judge", f"csrf={client.csrf}&id=1&watch=w&verdict=relevant", Cookie=given).status == 401
    )


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: Client) -> None:
    answer = client.post("/login", f"token={client.token}", Cookie="")
    parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= parts
    assert answer.headers["location"] == "/"


def test_a_program_may_come_with_the_token_itself(client: Client) -> None:
    assert client.get("/", Cookie="", Authorization=f"Bearer {client.token}").status == 200
    assert client.get("/", Cookie="", Authorization="Bearer x").status in {303, 401}


def test_ten_wrong_tokens_in_a_minute_are_enough() -> None:
    now = [1000.0]
    keys = Keys("right" * 6, clock=lambda: now[0])
    assert [keys.admit("wrong", "192.0.2.1") for _ in range(11)] == ["no"] * 10 + ["later"]
    assert keys.admit("wrong", "192.0.2.2") == "no", "each address has tries of its own"
    now[0] += 61
    assert keys.admit("wrong", "192.0.2.1") == "no"


def test_a_thousand_addresses_with_wrong_tokens_are_remembered_and_no_more() -> None:
    keys = Keys("right" * 6)
    for number in range(1_000):
        assert [keys.admit("wrong", f"caller {number}") for _ in range(10)] == ["no"] * 10
    assert keys.admit("wrong", "caller 0") == "later"
    assert keys.admit("wrong", "one more") == "no"
    assert [keys.admit("wrong", f"caller {number}") for number in (0, 1)] == ["later", "no"]


def test_wrong_tokens_shut_themselves_out_and_never_the_right_one(project: Path) -> None:
    """Everybody on this computer comes from one address: the tenth mistake of one must not be the others' trouble."""
    server = open_page(load_settings(project / "config/tracker.toml", {}, project), port=0)
    server.start()
    try:
        other = Client(server)
        said = [other.post("/login", f"token=wrong{n}", Cookie="").status for n in range(12)]
        assert said == [403] * 10 + [429] * 2
        refused = other.get("/api/v1/status", Cookie="", Authorization="Bearer wrong")
        assert (refused.status, json.loads(refused.body)["error"]["code"]) == (429, "too_many_attempts")
        right = f"Bearer {other.token}"
        assert other.get("/api/v1/status", Cookie="", Authorization=right).status == 200
        assert other.post("/login", f"token={other.token}", Cookie="").status == 303
        assert other.post("/login", "token=wrong", Cookie="").status == 429, (
            "a right one in between forgives nothing"
        )
    finally:
        server.close()


def test_the_token_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    token, is_new = read_token(tmp_path / "state" / "web-token")
    assert (is_new, len(token)) == (True, 43)
    assert stat.S_IMODE((tmp_path / "state" / "web-token").stat().st_mode) == 0o600
    assert read_token(tmp_path / "state" / "web-token") == (token, False)


@pytest.mark.parametrize(
    ("text", "mode"), [("x" * 43, 0o644), ("short", 0o600), ("", 0o600), ("é" * 43, 0o600)]
)
def test_a_token_file_that_guards_nothing_is_refused(tmp_path: Path, text: str, mode: int) -> None:
    path = tmp_path / "token"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    with pytest.raises(ConfigError, match="token file"):
        read_token(path)


PATHS = (
    "/", "/?q=precursor&fate=any", "/search", "/items/1", "/items/99999", "/changes/1/2", "/stories", "/stories/1",
    "/digests", "/digests/1/plain", "/login", "/static/style.css", "/static/none", "/nowhere", "/judge", "/api/none",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_every_header(client: Client, path: str) -> None:
    for answer in (client.get(path), client.get(path, Cookie=""), client.get(path, Host="evil.example")):
        assert {name: answer.headers.get(name.lower()) for name in HEADERS} == dict(HEADERS)
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert "server" not in answer.headers


def test_every_route_without_a_value_in_its_path_carries_them_too(client: Client) -> None:
    paths = [route.path for route in all_routes() if hasattr(route, "path") and "{" not in route.path]  # type: ignore[attr-defined]
    assert len(paths) > 6
    quiet = [path for path in paths if "live" not in path and "events" not in path]
    bare = [
        path for path in quiet if not set(map(str.lower, HEADERS)) <= set(client.get(path, Cookie="").headers)
    ]
    assert bare == []


def test_a_digest_as_mailed_is_in_a_sandbox(client: Client) -> None:
    answer = client.get("/digests/1/mail")
    assert "<script>alert(1)</script><p>three</p>" in answer.body
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("; sandbox")
    assert "script-src" not in policy


@pytest.mark.parametrize("path", ["/", "/items/5", "/stories/1", "/?q=script&fate=any", "/items/6"])
def test_foreign_words_are_only_words(client: Client, path: str) -> None:
    body = client.get(path).body
    assert "<script>alert" not in body
    assert 'href="javascript:' not in body
    assert "\u202e" not in body, "a title reorders its neighbours"
    assert "<style" not in body
    assert " style=" not in body
    assert " onclick=" not in body


def test_links_that_leave_tell_nobody_where_from_and_show_their_host(client: Client) -> None:
    body = client.get("/items/1").body
    link = body[body.index('<a class="out"') :].partition("</a>")[0]
    assert 'rel="noopener noreferrer nofollow"' in link
    assert '<span class="host">news.example</span>' in link


@pytest.mark.parametrize(
    "path",
    [
        *("/nowhere?<b>x", "/items/%3Cscript%3E", "/stories/secretword", "/?watch=secretword"),
        *(f"/digests/{'9' * 30}/mail", "/items/%C2%B2", f"/items/{'9' * 30}", f"/feeds/{'9' * 30}"),
    ],
)
def test_error_pages_repeat_nothing(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status == 404
    assert not [
        word for word in ("secretword", "<b>x", "<script>", "/tmp", "Traceback") if word in answer.body
    ]


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"]
)
def test_nobody_is_sent_elsewhere(client: Client, back: str) -> None:
    answer = client.post("/judge", f"csrf={client.csrf}&id=1&watch=w&verdict=undo&back={back}")
    assert answer.status == 400
    assert "location" not in answer.headers


def test_a_body_beyond_a_megabyte_is_not_read(client: Client) -> None:
    assert client.post("/judge", f"csrf={client.csrf}&id=1&x=" + "a" * 1_100_000).status == 413


@pytest.mark.parametrize("path", ["/feeds/{}", "/digests/{}/mail", "/api/v1/items/{}"])
def test_an_address_that_never_ends_is_refused(client: Client, path: str) -> None:
    """Python reads no number of more than 4,300 digits, and says so by an exception."""
    assert client.get(path.format("9" * 5_000)).status == 414


def test_a_form_of_many_fields_is_refused(client: Client) -> None:
    assert (
        client.post("/judge", f"csrf={client.csrf}&" + "&".join(f"a{n}=1" for n in range(300))).status == 400
    )


def test_who_sends_too_slowly_is_cut(
    server: PageServer, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.setattr("tracker.web.limits.read_body.__kwdefaults__", {"patience_s": 0.3})
    headers = f"Host: {client.host}\r\nCookie: {client.cookie}\r\nSec-Fetch-Site: same-origin\r\n"
    kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as wire:
        wire.sendall(f"POST /judge HTTP/1.1\r\n{headers}Connection: close\r\n{kind}csrf=".encode())
        assert answered(wire).status == 408


def test_a_request_whose_head_never_ends_is_cut(server: PageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.web.server.PATIENCE_S", 0.3)
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert wire.recv(1000) == b"", "it is still waited for"


def test_the_thirty_third_connection_is_told_to_wait(server: PageServer, client: Client) -> None:
    idle = [socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) for _ in range(32)]
    try:
        until(lambda: client.get("/login", Cookie="").status == 503, "the page takes a thirty-third")
        idle.pop().close()
        until(lambda: client.get("/login", Cookie="").status == 200, "who left still takes room")
    finally:
        for wire in idle:
            wire.close()


def test_both_families_of_this_computers_address_are_ours(server: PageServer) -> None:
    """What we left free on ::1 another user could take, and be handed the token."""
    with socket.socket(socket.AF_INET6) as wire:
        try:
            wire.connect(("::1", server.port))
        except OSError as error:
            pytest.skip(f"no IPv6 here: {error.strerror}")


def test_a_port_in_use_is_said(project: Path, server: PageServer) -> None:
    with pytest.raises(PortInUse, match=str(server.port)):
        open_page(load_settings(project / "config/tracker.toml", {}, project), port=server.port)


@pytest.mark.parametrize("listen", ["0.0.0.0", "192.0.2.1", "::", "news.example"])
def test_other_computers_need_the_flag_and_a_token_of_your_own(project: Path, listen: str) -> None:
    path = project / "config/tracker.toml"
    with pytest.raises(ConfigError, match="token that you chose"):
        open_page(load_settings(path, {}, project), listen=listen, port=0)
    flagged = {"web.listen": "0.0.0.0:0"}
    with pytest.raises(ConfigError, match="configuration alone"):
        open_page(load_settings(path, {}, project, flagged))


def test_with_flag_and_token_it_opens(project: Path, tmp_path: Path) -> None:
    token = tmp_path / "own-token"
    token.write_text("a-long-word-that-nobody-guesses-0123456789\n", encoding="utf-8")
    token.chmod(0o600)
    chosen = {"web.token_file": str(token), "web.names": ["news.example"]}
    server = open_page(
        load_settings(project / "config/tracker.toml", {}, project, chosen), listen="0.0.0.0", port=0
    )
    server.start()
    try:
        client = Client(server)
        client.sign_in()
        assert client.get("/", Host="news.example").status == 200
        assert client.get("/", Host="other.example").status == 421
    finally:
        server.close()


def test_the_usual_port_may_be_left_out_of_the_name() -> None:
    assert "localhost" in allowed_hosts([("127.0.0.1", 80)])
    assert "localhost" not in allowed_hosts([("127.0.0.1", 8765)])
    assert "192.0.2.1:8765" in allowed_hosts([("192.0.2.1", 8765)])


def test_leaving_takes_the_cookie_away(client: Client) -> None:
    answer: Answer = client.post("/leave", f"csrf={client.csrf}")
    assert answer.headers["location"] == "/login"
    assert "max-age=0" in answer.headers["set-cookie"].lower()
