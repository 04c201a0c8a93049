"""Work done in children forked from a process that stays warm, so that a child may be killed and costs no start of Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Any

from tests.conftest import ROOT
from tests.patience import PATIENCE_S

__all__ = ["Forker", "serve"]

Job = Callable[[dict[str, Any]], None]


class Forker:
    """A process that runs `module` as a program, which calls `serve`: a job a line in, a child's number and end out."""

    def __init__(self, module: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, job: dict[str, Any]) -> int:
        """Hand over a job; the number of the child that does it, 0 for one done in the process itself."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return self._number()

    def status(self) -> int:
        """Wait for the end of the job: the child's exit status, or the negative number of the signal."""
        return self._number()

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)
        self._process.stdout.close()

    def _number(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


def serve(do_job: Job, warm: Job | None = None) -> None:
    """Do the jobs of standard input, each in a child; one marked `here` is for `warm` in this process."""
    for line in sys.stdin:
        job = json.loads(line)
        if warm and job.get("here"):
            warm(job)
            print("0\n0", flush=True)
            continue
        pid = _forked(do_job, job)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _forked(do_job: Job, job: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            do_job(job)
            code = 0
        except Exception:  # noqa: BLE001 - whatever it was: the test reads it
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return pid
