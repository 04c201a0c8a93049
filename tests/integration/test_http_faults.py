"""Every scripted HTTP fault of the evaluation data ends with its right code, for feeds and for pages.

Deadlines are scaled by 1/20. Memory is measured in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.conftest import ROOT, SHARED
from tests.integration.scripted_server import ok, serving
from tests.patience import PATIENCE_S
from tracker.feeds.parse import parse_feed
from tracker.fetch import FetchPolicy, HttpFetcher, Network
from tracker.fetch.guard import dial_tcp
from tracker.model import Fetched, FetchRequest, Refused

HOSTILE = SHARED / "data/hostile"
MARKED = b"<?xml version='1.0'?><rss version='2.0'><channel><item><title>TRACKERMARK</title></item></channel></rss>"
SCALED = timedelta(seconds=30 / 20)

FAULTS = json.loads((HOSTILE / "http_faults.json").read_text())["faults"] if HOSTILE.is_dir() else []


@pytest.fixture(scope="module")
def fault_server(shared):
    command = [sys.executable, str(HOSTILE / "serve.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline())
        for slow_to_make in ("gzip_bomb", "gzip_twice"):  # the server keeps them
            urllib.request.urlopen(f"http://127.0.0.1:{port}/{slow_to_make}").read()
        yield port
        process.terminate()


@pytest.fixture(scope="module")
def fetcher(fault_server):
    """Every fault has a host of its own, so that a 429 of one holds back no other; public.test has a good feed."""
    with serving([ok(MARKED)]) as public:

        async def resolve(host, port):
            return ["93.184.216.34"] if host == "public.test" else ["127.0.0.1"]

        async def dial(address, port):
            return await dial_tcp("127.0.0.1", public.port if address == "93.184.216.34" else port)

        policy = FetchPolicy(
            allow_hosts=tuple(f"{fault['id']}.test:{fault_server}" for fault in FAULTS),
            per_host_spacing=timedelta(0),
        )
        network = Network(resolver=resolve, dial=dial)
        quick = HttpFetcher(replace(policy, total_deadline=SCALED), network=network)
        with closing(quick), closing(HttpFetcher(policy, network=network)) as patient:
            yield lambda fault: quick if any("timeout" in code for code in fault["expect"]) else patient


def codes_of(result) -> set[str]:
    """The words of the expectations that a result satisfies."""
    if not isinstance(result, Fetched):
        return {str(result.reason)}
    codes = {"degraded"} if result.degraded else {"ok"}
    if result.permanent_url:
        codes.add("ok_recorded")
    if b"TRACKERMARK" in result.body:
        codes.add("must_not_miss")
    parsed = parse_feed(result.body, result.url, result.headers.get("content-type", ""))
    return codes | ({parsed.code} if isinstance(parsed, Refused) else set())


MEASURE = """
import sys
from datetime import timedelta
from tracker.fetch import FetchPolicy, HttpFetcher
from tracker.model import FetchRequest
port = sys.argv[1]
fetcher = HttpFetcher(FetchPolicy(allow_hosts=(f"127.0.0.1:{port}",), total_deadline=timedelta(seconds=20)))
result = fetcher.submit(FetchRequest(url=f"http://127.0.0.1:{port}/{sys.argv[2]}", purpose="feed")).result(30)
fetcher.close()
with open("/proc/self/status") as status:  # ru_maxrss would start at the size of the process that started this one
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(result.reason, peak // 1024)
"""


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if "peak_rss_mb" in fault], ids=lambda fault: fault["id"]
)
def test_bombs_and_endless_bodies_stay_under_their_memory_limit(fault_server, fault):
    command = [sys.executable, "-c", MEASURE, str(fault_server), fault["id"]]
    output = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=PATIENCE_S
    ).stdout
    code, megabytes = output.split()
    assert code in fault["expect"]
    assert int(megabytes) <= fault["peak_rss_mb"]


@pytest.mark.parametrize("purpose", ["feed", "page"])
@pytest.mark.parametrize("fault", FAULTS, ids=[fault["id"] for fault in FAULTS])
def test_every_fault_ends_with_its_code(fetcher, fault_server, fault, purpose):
    url = f"http://{fault['id']}.test:{fault_server}/{fault['id']}"
    result = fetcher(fault).submit(FetchRequest(url=url, purpose=purpose)).result(PATIENCE_S)
    assert codes_of(result) & set(fault["expect"]), result
    if not isinstance(result, Fetched):
        assert result.detail.endswith(".")


def test_the_fault_set_is_not_empty(shared):
    assert len(FAULTS) == 52
