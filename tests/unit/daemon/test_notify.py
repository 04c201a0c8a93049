"""What the supervisor hears, on a datagram socket of its own."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S
from tracker.daemon.notify import Supervisor


@pytest.fixture(params=["path", "abstract"])
def heard(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """NOTIFY_SOCKET's value, and the socket it leads to."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@tracker-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(name.replace("@", "\0", 1))
        end.settimeout(PATIENCE_S)
        yield name, end


def test_each_message_is_one_datagram(heard):
    name, end = heard
    supervisor = Supervisor({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "10000000"})
    supervisor.ready()
    supervisor.status("4 polls,\n0 failed")
    supervisor.alive()
    supervisor.stopping()
    said = [end.recv(500) for _ in range(4)]
    assert said == [b"READY=1", b"STATUS=4 polls, 0 failed", b"WATCHDOG=1", b"STOPPING=1"]


def test_a_reload_says_when_it_began(heard):
    name, end = heard
    before = time.monotonic_ns() // 1000
    Supervisor({"NOTIFY_SOCKET": name}).reloading()
    lines = dict(line.split("=") for line in end.recv(500).decode().splitlines())
    assert lines["RELOADING"] == "1"
    assert before <= int(lines["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000


def test_without_a_watchdog_no_sign_of_life_is_sent(heard):
    name, end = heard
    supervisor = Supervisor({"NOTIFY_SOCKET": name})
    supervisor.alive()
    supervisor.ready()
    assert end.recv(500) == b"READY=1"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "90000000"}, timedelta(seconds=90)),
        ({"WATCHDOG_USEC": "90000000", "WATCHDOG_PID": str(os.getpid())}, timedelta(seconds=90)),
        ({"WATCHDOG_USEC": "90000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_the_one_meant_for_this_process(environ, expected):
    assert Supervisor(environ).watchdog == expected


def test_a_supervisor_that_is_gone_stops_nothing(tmp_path, caplog):
    supervisor = Supervisor({"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    supervisor.ready()
    supervisor.stopping()
    assert [record.getMessage() for record in caplog.records] == ["supervisor not reached"]


def test_a_supervisor_that_does_not_listen_holds_nobody_up(heard):
    name, end = heard
    supervisor = Supervisor({"NOTIFY_SOCKET": name})
    talking = threading.Thread(target=lambda: [supervisor.ready() for _ in range(1000)], daemon=True)
    talking.start()
    talking.join(PATIENCE_S)
    assert not talking.is_alive()
    assert end.recv(500) == b"READY=1"


def test_without_a_supervisor_nothing_is_said(caplog):
    Supervisor({}).ready()
    assert caplog.text == ""
