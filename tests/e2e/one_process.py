"""Several commands one after the other in one fresh process: each costs what it does, and no start of Python."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.conftest import ROOT
from tests.e2e.project import environment

_CHILD = """
import contextlib, io, json, sys
from tracker.cli import main

ended = []
for words in json.loads(sys.argv[1]):
    sys.argv = ["tracker", *words]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code
    ended.append([code or 0, out.getvalue(), err.getvalue()])
print(json.dumps(ended))
"""


class Ended(NamedTuple):
    """How one command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it wrote, as a document."""
        return json.loads(self.out)


def commands(
    folder: Path, *lines: Sequence[str], preexec_fn: Callable[[], None] | None = None, **variables: str
) -> list[Ended]:
    """Run these command lines in a project folder; `variables` are added to the environment."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, json.dumps([list(line) for line in lines])],
        cwd=folder,
        env={**environment(), "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        preexec_fn=preexec_fn,
    )
    assert done.returncode == 0, done.stderr
    return [Ended(*one) for one in json.loads(done.stdout)]
