"""Every check of the doctor, on the real fault that it is there for."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.crash.post_office import PostOffice, open_office
from tests.integration.scripted_server import Asked, ScriptedServer, ok, serving
from tracker.app.diagnosis import Finding, Level
from tracker.app.doctor import (
    examine,
    judge_config,
    judge_mail,
    judge_model,
    judge_network,
    judge_rights,
    judge_sandbox,
    judge_seeds,
    judge_store,
    judge_work,
    space_of,
)
from tracker.model import (
    Delivery,
    DeliveryState,
    Digest,
    DigestId,
    Feed,
    Message,
    Period,
    Presence,
    WatchName,
)
from tracker.settings import LoadedSettings, load_settings
from tracker.store import SqlStore, open_store

OK, WARN, FAIL = Level.OK, Level.WARN, Level.FAIL
SEED = "Officials of two countries met to control precursor chemicals and pill presses on Friday. " * 8
RSS = b"<rss version='2.0'><channel><title>T</title><item><title>One</title></item></channel></rss>"


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., LoadedSettings]:
    """Write a project and load it; `more` goes into the file, `**tables` replace lines of it."""
    (tmp_path / "config").mkdir()
    (tmp_path / "seeds").mkdir()
    (tmp_path / "state").mkdir()
    (tmp_path / "config/feeds.opml").write_text('<opml version="2.0"><body></body></opml>')
    for number in range(3):
        (tmp_path / f"seeds/{number}.txt").write_text(f"Meeting {number}\n\n{SEED} {number}")

    def make(more: str = "", *, mail: str = 'transport = "folder"', http: str = "") -> LoadedSettings:
        (tmp_path / "config/tracker.toml").write_text(
            f'[http]\ncontact = "me@example.org"\n{http}\n[mail]\nsender = "a@example.org"\n{mail}\n{more}\n'
            '[[watch]]\nname = "w"\nseeds = "seeds"\n[watch.digest]\nto = ["b@example.org"]\n'
        )
        return load_settings(tmp_path / "config/tracker.toml", {}, tmp_path)

    return make


@pytest.fixture
def store(tmp_path: Path, project: Callable[..., LoadedSettings]) -> Iterator[SqlStore]:
    with closing(open_store(f"sqlite:///{tmp_path}/state/tracker.db")) as opened:
        yield opened


def tell(finding: Finding) -> tuple[Level, str]:
    return finding.level, finding.sentence


# ------------------------------------------------------------ this installation


def test_a_sound_configuration_is_ok(project) -> None:
    assert judge_config(project()).level is OK
    assert judge_seeds(project()).level is OK


def test_a_named_model_folder_without_a_model_is_told_with_the_file(
    tmp_path: Path, project: Callable[..., LoadedSettings]
) -> None:
    loaded = project('[relevance]\nmodel = "models/none"')
    found = judge_model(tmp_path / "models/none")
    assert found.level is FAIL
    assert f"{tmp_path / 'models/none'} has no model.onnx" in found.sentence
    assert next(one for one in examine(loaded) if one.check == "model") == found


def test_a_folder_named_model_that_lacks_the_tokenizer_is_told_without_any_key(
    tmp_path: Path, project: Callable[..., LoadedSettings]
) -> None:
    loaded = project()
    assert "model" not in {one.check for one in examine(loaded)}
    (tmp_path / "model").mkdir()
    (tmp_path / "model/model.onnx").touch()
    found = next(one for one in examine(loaded) if one.check == "model")
    assert found.level is FAIL
    assert f"{tmp_path / 'model'} has no tokenizer.json" in found.sentence


def test_a_missing_seeds_folder_fails(project, tmp_path: Path) -> None:
    loaded = project()
    (tmp_path / "seeds").rename(tmp_path / "elsewhere")
    assert judge_config(loaded).level is FAIL
    assert judge_seeds(loaded).level is FAIL


def test_a_seed_that_cannot_be_read_is_told(project, tmp_path: Path) -> None:
    (tmp_path / "seeds/0.txt").write_text("Too short")
    found = judge_seeds(project())
    assert found.level is WARN
    assert "0.txt" in found.sentence


def test_no_contact_is_a_warning(project, tmp_path: Path) -> None:
    loaded = project()
    path = tmp_path / "config/tracker.toml"
    path.write_text(path.read_text().replace('contact = "me@example.org"', ""))
    assert judge_config(load_settings(path, {}, tmp_path)).level is WARN
    assert judge_config(loaded).level is OK


def test_a_secret_that_others_may_read_is_a_warning(project, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter22")
    secret.chmod(0o644)
    mail = f'host = "mail.example"\nusername = "u"\npassword_file = "{secret}"\nsecurity = "tls"'
    found = judge_rights(project(mail=mail))
    assert (found.level, found.fix) == (WARN, f"chmod 600 {secret}")
    secret.chmod(0o600)
    assert judge_rights(project(mail=mail)).level is OK


def test_a_file_system_without_room_fails_by_its_own_figures() -> None:
    """/proc is a real file system of which nothing is free."""
    from tracker.app.diagnosis import judge_space

    assert judge_space(space_of(Path("/proc")), 0).level is FAIL
    assert space_of(Path("/proc/absent/deeper")).path == "/proc"


def test_a_library_that_does_not_load_is_found_by_the_sandbox(
    project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trafilatura.py").write_text("raise ImportError('lxml.html.clean is a separate project now')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = judge_sandbox(project("[sandbox]\nworkers = 1"))
    assert found.level is FAIL
    assert "page" in found.sentence


def test_a_sandbox_that_lacks_time_fails(project) -> None:
    found = judge_sandbox(project('[sandbox]\ndeadline = "1ms"\nworkers = 1'))
    assert found.level is FAIL
    assert "longer" in found.sentence


# ------------------------------------------------------------ the database


def test_no_database_yet_is_no_fault(project) -> None:
    found = judge_store(project())
    assert found.finding.level is OK
    assert not found.is_usable


def test_a_database_of_this_version_is_ok(project, store: SqlStore) -> None:
    found = judge_store(project())
    assert (found.finding.level, found.is_usable) == (OK, True)


@pytest.mark.parametrize(("revision", "level"), [("0001", WARN), ("9999", FAIL)])
def test_a_database_of_another_version_is_named(
    project, store: SqlStore, tmp_path: Path, revision, level
) -> None:
    with closing(sqlite3.connect(tmp_path / "state/tracker.db")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        raw.commit()
    found = judge_store(project())
    assert (found.finding.level, found.is_usable) == (level, False)
    assert revision in found.finding.sentence


def test_a_damaged_database_fails(project, store: SqlStore, tmp_path: Path) -> None:
    store.close()
    path = tmp_path / "state/tracker.db"
    whole = bytearray(path.read_bytes())
    for page in range(2, len(whole) // 4096):
        whole[page * 4096 : page * 4096 + 8] = b"\xff" * 8
    path.write_bytes(whole)
    assert judge_store(project()).finding.level is FAIL
    path.write_bytes(b"no database at all, and longer than a header" * 100)
    assert judge_store(project()).finding.level is FAIL


def test_a_server_that_does_not_answer_fails(project) -> None:
    with socket.socket() as taken:  # bound and never listening
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://nobody@127.0.0.1:{taken.getsockname()[1]}/none"
        found = judge_store(project(f'[store]\nurl = "{url}"'))
    assert found.finding.level is FAIL


# ------------------------------------------------------------ the network


def followed(store: SqlStore, *urls: str) -> tuple[Feed, ...]:
    for url in urls:
        store.add_feed(url, title="", site_url=None, tags=(), now=datetime.now(UTC))
    return store.feeds()


def network(project, server: ScriptedServer, feeds: tuple[Feed, ...]) -> dict[str, Finding]:
    allowed = f'allow_hosts = ["127.0.0.1:{server.port}", "localhost:{server.port}"]\nper_host_spacing = "0s"\ntotal_timeout = "2s"'
    return {one.check: one for one in judge_network(project(http=allowed), feeds)}


def dated(ahead: timedelta) -> Callable[[Asked], list[bytes]]:
    return lambda _: [ok(RSS, f"Date: {format_datetime(datetime.now(UTC) + ahead, usegmt=True)}")]


@pytest.mark.parametrize(
    ("ahead", "level", "told"),
    [
        (timedelta(0), OK, "agrees"),
        (timedelta(seconds=100), WARN, "slow"),
        (timedelta(hours=-3), FAIL, "fast"),
    ],
)
def test_the_clock_is_compared_with_the_date_of_an_answer(
    project, store: SqlStore, ahead, level, told
) -> None:
    with serving(dated(ahead)) as server:
        found = network(project, server, followed(store, f"http://127.0.0.1:{server.port}/feed"))
    assert found["network"].level is OK
    assert (found["clock"].level, told in found["clock"].sentence) == (level, True), found["clock"]


def test_an_answer_out_of_a_cache_does_not_set_the_clock(project, store: SqlStore) -> None:
    old = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    with serving([ok(RSS, f"Date: {old}", "Age: 86400")]) as server:
        found = network(project, server, followed(store, f"http://127.0.0.1:{server.port}/feed"))
    assert found["clock"].level is OK
    assert "not compared" in found["clock"].sentence


def test_a_line_on_which_nobody_answers_fails(project, store: SqlStore) -> None:
    with serving([]) as server:
        pass
    found = network(project, server, followed(store, f"http://127.0.0.1:{server.port}/feed"))
    assert found["network"].level is FAIL


def test_a_name_that_nobody_knows_is_told(project, store: SqlStore) -> None:
    with serving(dated(timedelta(0))) as server:
        urls = (f"http://127.0.0.1:{server.port}/feed", "http://no-such-host.invalid/feed")
        found = network(project, server, followed(store, *urls))
    assert found["dns"].level is WARN
    assert "no-such-host.invalid" in found["dns"].sentence
    assert found["network"].level is OK, "one host that is gone is no broken line"


def test_a_feed_is_asked_at_most_once_and_no_host_that_asked_for_rest(project, store: SqlStore) -> None:
    with serving(dated(timedelta(0))) as server:
        base = f":{server.port}"
        feeds = followed(
            store, f"http://127.0.0.1{base}/a", f"http://127.0.0.1{base}/b", f"http://localhost{base}/c"
        )
        with closing(sqlite3.connect(store._database.path)) as raw:
            later = int((datetime.now(UTC) + timedelta(hours=1)).timestamp() * 1_000_000)
            raw.execute("UPDATE feed SET held_until = ? WHERE url LIKE '%localhost%'", (later,))
            raw.commit()
        feeds = store.feeds()
        network(project, server, feeds)
        assert len(server.paths) == 1


# ------------------------------------------------------------ mail


def smtp(port: int, more: str = "") -> str:
    return f'host = "127.0.0.1"\nport = {port}\n{more}'


@pytest.mark.parametrize(
    ("answers", "level", "told"),
    [
        ({"auth": "235 welcome"}, OK, "accepts us"),
        ({"banner": "554 go away"}, FAIL, "554"),
        ({"banner": "close"}, FAIL, "cannot be used"),
        ({"auth": "535 no such user"}, FAIL, "refused the login"),
    ],
)
def test_the_mail_server_is_tried_without_a_mail(
    project, monkeypatch: pytest.MonkeyPatch, answers: dict[str, str], level: Level, told: str
) -> None:
    monkeypatch.setenv("TRACKER_MAIL__PASSWORD", "hunter22")
    office = PostOffice(answers=answers, features=("AUTH PLAIN",))
    with open_office(office):
        found = judge_mail(project(mail=smtp(office.port, 'username = "u"')))
    assert (found.level, told in found.sentence) == (level, True), found
    assert office.ledger == []


def test_a_mail_server_that_is_not_there_fails(project) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = judge_mail(project(mail=smtp(taken.getsockname()[1])))
    assert found.level is FAIL
    assert "refused" in found.sentence


def test_encryption_that_is_not_offered_fails(project) -> None:
    with open_office(PostOffice()) as office:
        found = judge_mail(project(mail=smtp(office.port, 'security = "starttls"')))
    assert found.level is FAIL
    assert "STARTTLS" in found.sentence


def test_a_password_that_cannot_be_read_fails(project) -> None:
    with open_office(PostOffice(features=("AUTH PLAIN",))) as office:
        more = 'username = "u"\npassword_file = "absent"'
        found = judge_mail(project(mail=smtp(office.port, more)))
    assert found.level is FAIL
    assert "password" in found.sentence


# ------------------------------------------------------------ the work


def just_made(store: SqlStore, recipient: str) -> DigestId:
    """A digest saved a moment ago, so that no other is due."""
    now = datetime.now(UTC)
    digest = Digest(
        watch=WatchName("w"), title="T", period=Period(from_at=now - timedelta(days=1), to_at=now), timezone="UTC",
        composed_at=now, subject="S",
    )  # fmt: skip
    message = Message(
        message_id="<1@x>",
        sender="a@x",
        recipients=(recipient,),
        subject="S",
        plain="p",
        html="h",
        sent_at=now,
    )
    return store.save_digest(digest, message, b"bytes", "2026-11-20")


def work(project) -> dict[str, Finding]:
    return {one.check: one for one in judge_work(project())[1]}


def test_feeds_mail_and_daemon_are_judged_by_the_store(project, store: SqlStore) -> None:
    now = datetime.now(UTC)
    followed(store, "http://a.example/feed")
    found = work(project)
    assert {check: one.level for check, one in found.items()} == {"feeds": OK, "digest": OK, "daemon": OK}
    digest = just_made(store, "b@example.org")
    store.begin_delivery(digest, ["b@example.org"], attempt=1, now=now)
    verdict = Delivery(recipient="b@example.org", state=DeliveryState.DEFERRED, detail="451 later")
    store.mark_delivery(digest, [verdict], now)
    assert work(project)["digest"].level is WARN
    verdict = Delivery(recipient="b@example.org", state=DeliveryState.REFUSED, detail="550 no")
    store.mark_delivery(digest, [verdict], now)
    assert "b@example.org" in work(project)["digest"].sentence
    with store.only_daemon(Presence(pid=77, host="here", since_at=now)):
        assert "process 77" in work(project)["daemon"].sentence


def test_everything_is_looked_at_in_one_go(project, store: SqlStore) -> None:
    followed(store, "http://no-such-host.invalid/feed")
    found = {one.check: one for one in examine(project())}
    assert [*found] == [
        "config", "seeds", "permissions", "versions", "sandbox", "store", "disk", "dns", "network", "clock", "mail",
        "feeds", "digest", "daemon",
    ]  # fmt: skip
    assert {check for check, one in found.items() if one.level is FAIL} == {"dns", "network"}
    assert all(one.fix for one in found.values() if one.level is not OK)
