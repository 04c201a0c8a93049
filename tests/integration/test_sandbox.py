"""Children are killed, limited and replaced, and every call ends in a value."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.patience import PATIENCE_S, until
from tracker.model import ParsedFeed, Refused
from tracker.sandbox import ProcessSandbox, SandboxPolicy

WORK = "tests.integration.child_work:"
RSS = b"<rss version='2.0'><channel><title>t</title><item><title>a</title><link>http://e.test/1</link></item></channel></rss>"


@pytest.fixture
def sandbox():
    sandboxes = []

    def make(**knobs):
        sandboxes.append(
            ProcessSandbox(SandboxPolicy(**{"workers": 1, "deadline": timedelta(seconds=20), **knobs}))
        )
        return sandboxes[-1]

    yield make
    for made in sandboxes:
        made.close()


def call(sandbox, name, *args):
    return sandbox._run(WORK + name, *args).result(PATIENCE_S)


def code(answer):
    assert isinstance(answer, Refused), answer
    return answer.code


def is_running(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def test_a_value_comes_back_from_another_process(sandbox):
    box = sandbox()
    assert call(box, "echo", b"x" * 3_000_000) == b"x" * 3_000_000
    assert call(box, "pid") != os.getpid()


def test_a_feed_is_parsed_in_the_child_and_the_parent_stays_free_of_parsers():
    program = """
import sys
from tracker.sandbox import ProcessSandbox
box = ProcessSandbox()
parsed = box.parse_feed(sys.argv[1].encode(), "http://e.test/feed", "text/xml").result(60)
box.close()
assert [entry.title for entry in parsed.entries] == ["a"], parsed
assert not {"trafilatura", "feedparser", "lxml"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program, RSS.decode()], check=True, cwd=ROOT, timeout=PATIENCE_S)


def test_a_page_is_extracted_in_the_child(sandbox):
    text = (
        "The ministry said on Friday that the three chemicals would be controlled from January onwards. " * 12
    )
    page = f"<html><head><title>A headline</title></head><body><article><p>{text}</p></article></body></html>"
    answer = sandbox().extract_page(page.encode(), "http://e.test/1", "text/html").result(PATIENCE_S)
    assert "three chemicals" in answer.text


def test_feeds_alone_do_not_load_the_page_extractor(sandbox):
    box = sandbox()
    assert isinstance(box.parse_feed(RSS, "http://e.test/", "text/xml").result(PATIENCE_S), ParsedFeed)
    assert "trafilatura" not in call(box, "loaded_modules")


def test_nothing_starts_before_the_first_call():
    threads = threading.active_count()
    box = ProcessSandbox()
    assert threading.active_count() == threads
    box.close()


@pytest.mark.parametrize("work", [("sleep", 600), ("spin",)])
def test_a_call_is_killed_at_its_deadline_also_inside_c_code(sandbox, work):
    box = sandbox(deadline=timedelta(seconds=1))
    call(box, "echo", 1)
    begun = time.monotonic()
    assert code(call(box, *work)) == "timeout"
    assert 0.9 < time.monotonic() - begun < 60
    assert call(box, "echo", 2) == 2


def test_the_deadline_counts_from_the_start_of_the_call_not_of_the_wait(sandbox):
    box = sandbox(deadline=timedelta(seconds=5))
    futures = [box._run(WORK + "sleep", 1.5) for _ in range(4)]
    assert [future.result(PATIENCE_S) for future in futures] == ["woke"] * 4


def test_a_call_that_needs_too_much_memory_is_refused_and_the_next_one_works(sandbox):
    box = sandbox(memory_bytes=300 * 2**20)
    assert call(box, "hoard", 50 * 2**20) == 50 * 2**20
    assert code(call(box, "hoard", 400 * 2**20)) == "memory"
    assert call(box, "hoard", 50 * 2**20) == 50 * 2**20


@pytest.mark.parametrize(
    "name", ["fail", "recurse", "segfault", "kill_myself", "leave", "foreign_value", "missing"]
)
def test_every_kind_of_crash_is_a_value_and_harms_only_its_own_call(sandbox, name):
    box = sandbox()
    before = box._run(WORK + "echo", 1)
    crash = box._run(WORK + name)
    after = box._run(WORK + "echo", 2)
    assert (before.result(PATIENCE_S), code(crash.result(PATIENCE_S)), after.result(PATIENCE_S)) == (
        1,
        "crashed",
        2,
    )
    assert "secret" not in crash.result().detail


def test_too_large_documents_and_answers_are_refused(sandbox):
    box = sandbox(body_bytes=1000, answer_bytes=100_000)
    assert code(call(box, "echo", b"x" * 1001)) == "too_large"
    assert code(call(box, "answer_of", 200_000)) == "too_large"
    assert call(box, "answer_of", 90_000) == b"x" * 90_000


def test_a_child_prints_nothing_and_ignores_the_terminals_signals(sandbox, capfd):
    box = sandbox()
    assert call(box, "print_much") == "done"
    assert call(box, "ignores_signals") == "alive"
    assert capfd.readouterr() == ("", "")


def test_a_child_is_replaced_after_its_share_of_calls(sandbox):
    box = sandbox(max_calls=3)
    pids = [call(box, "pid") for _ in range(7)]
    assert [len(set(pids[:3])), len(set(pids[3:6])), len(set(pids))] == [1, 1, 3]
    assert not is_running(pids[0])


def test_a_child_that_died_while_idle_is_replaced(sandbox):
    box = sandbox()
    pid = call(box, "pid")
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_running(pid))
    assert call(box, "echo", 1) == 1


def test_workers_share_the_work(sandbox, tmp_path):
    box = sandbox(workers=2, deadline=timedelta(seconds=60))
    futures = [box._run(WORK + "meet", str(tmp_path), 2) for _ in range(2)]
    assert [future.result(PATIENCE_S) for future in futures] == ["met"] * 2


def test_children_killed_at_random_lose_no_call(sandbox):
    box = sandbox(workers=2)
    rolls = random.Random(5)
    futures = [box._run(WORK + "echo", bytes(300_000)) for _ in range(150)]
    for _ in range(8):
        time.sleep(0.05 + rolls.random() * 0.1)
        with box._changed:
            for child in list(box._children)[:1]:
                child._process.kill()
    answers = [future.result(PATIENCE_S) for future in futures]
    lost = [answer for answer in answers if isinstance(answer, Refused)]
    assert len(lost) <= 8
    assert {answer.code for answer in lost} <= {"crashed"}


def test_close_is_quick_ends_every_call_and_leaves_no_process(sandbox):
    box = sandbox(workers=2)
    pids = {call(box, "pid") for _ in range(4)}
    futures = [box._run(WORK + "sleep", 600) for _ in range(10)]
    time.sleep(0.3)
    box.close()  # what it waited for would end with "timeout"
    assert {code(future.result(0)) for future in futures} == {"stopped"}
    assert not any(is_running(pid) for pid in pids)
    assert code(call(box, "echo", 1)) == "stopped"
    box.close()


def test_a_cancelled_call_is_skipped(sandbox, tmp_path):
    box = sandbox()
    first = box._run(WORK + "meet", str(tmp_path), 2)
    second = box._run(WORK + "sleep", 600)
    third = box._run(WORK + "echo", 3)
    assert second.cancel()
    (tmp_path / "we").touch()
    assert (first.result(PATIENCE_S), third.result(PATIENCE_S)) == ("met", 3)


PARENT = """
import sys, time
from datetime import timedelta
from tracker.sandbox import ProcessSandbox, SandboxPolicy
box = ProcessSandbox(SandboxPolicy(workers=2, deadline=timedelta(seconds=60)))
calls = [box._run(f"tests.integration.child_work:{name}", *args) for name, args in (("spin", ()), ("sleep", (0.5,)))]
calls[1].result(60)
print(*[child._process.pid for child in box._children], flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_children_idle_and_busy_die_with_their_parent(how):
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as parent:
        pids = {int(text) for text in parent.stdout.readline().split()}
        were_running = [is_running(pid) for pid in pids]
        parent.send_signal(how)
        parent.wait(PATIENCE_S)
    assert were_running == [True, True]
    until(lambda: not any(is_running(pid) for pid in pids), "a child lives on")


def test_a_program_that_forgets_to_close_still_ends():
    program = "from tracker.sandbox import ProcessSandbox as S; print(S()._run('os:getpid').result(60))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=PATIENCE_S,
    )
    until(lambda: not is_running(int(done.stdout)))
