"""The unit files of `config/systemd`: what systemd says of them, and the promises that stand in them everywhere."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tracker.settings import Settings
from tracker.settings.passwords import CREDENTIAL

FOLDER = ROOT / "config/systemd"
UNITS = sorted(path.name for path in FOLDER.iterdir())
SERVICES = [name for name in UNITS if name.endswith(".service")]
HARDENING = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "SystemCallFilter": "@system-service",
    "StateDirectory": "tracker",
    "DynamicUser": "yes",
}


def entries(name: str) -> dict[str, str]:
    """Every "Key=value" of a unit."""
    lines = (FOLDER / name).read_text().splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {key: value for key, _, value in pairs}


def test_there_is_a_daemon_and_a_round_with_its_timer():
    assert UNITS == ["tracker-once.service", "tracker-once.timer", "tracker.service"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_do_little_harm(name):
    found = entries(name)
    assert {key: found.get(key) for key in HARDENING} == HARDENING
    assert found["MemoryMax"].endswith("G")


@pytest.mark.parametrize("name", SERVICES)
def test_the_password_comes_as_the_credential_that_the_program_reads(name):
    assert f"LoadCredential={CREDENTIAL}:" in (FOLDER / name).read_text()


def test_the_daemon_tells_when_it_is_ready_and_is_watched():
    found = entries("tracker.service")
    assert (found["Type"], found["Restart"]) == ("notify", "on-failure")
    assert found["ExecStart"].endswith("tracker run")
    assert found["WatchdogSec"] == "5min"
    assert "HUP" in found["ExecReload"]
    assert set(found["RestartPreventExitStatus"].split()) == {"3", "5"}


def test_systemd_waits_longer_for_the_end_than_the_daemon_takes():
    grace = Settings().daemon.grace
    assert timedelta(seconds=int(entries("tracker.service")["TimeoutStopSec"])) > grace + timedelta(seconds=2)


def test_a_round_that_partly_failed_is_no_failed_service():
    found = entries("tracker-once.service")
    assert found["Type"] == "oneshot"
    assert found["ExecStart"].endswith("tracker run --once")
    assert found["SuccessExitStatus"] == "4"
    assert "OnCalendar" in entries("tracker-once.timer")


@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_no_fault(name: str, tmp_path: Path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed here")
    for unit in UNITS:  # the program is not installed where the units expect it
        text = (FOLDER / unit).read_text().replace("/usr/local/bin/tracker", "/bin/true")
        (tmp_path / unit).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
