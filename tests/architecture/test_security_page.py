"""Every threat of docs/SECURITY.md names tests, and every test named in the documentation exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")


def functions_of(path: Path) -> set[str]:
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    missing = []
    for file, name in NAMED.findall(page.read_text(encoding="utf-8")):
        path = ROOT / file
        if not path.exists() or (name and name not in functions_of(path)):
            missing.append(f"{file}::{name}")
    assert missing == []


def test_every_threat_names_a_test() -> None:
    page = (ROOT / "docs/SECURITY.md").read_text(encoding="utf-8")
    table = page.partition("## Threats and their tests")[2].partition("\n## ")[0]
    threats = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(threats) >= 25
    assert [line for line in threats if not NAMED.search(line.rpartition(" | ")[2])] == []
