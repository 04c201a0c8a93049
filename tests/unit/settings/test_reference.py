"""docs/configuration.md lists every key with its default, as the schema has them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.conftest import ROOT
from tracker.settings import load_settings, schema_json

SCHEMA = json.loads(schema_json())
PAGE = ROOT / "docs" / "configuration.md"
TABLES = {
    "[[alert]]": "AlertSettings",
    "[[feed]]": "FeedSettings",
    "[[watch]]": "WatchSettings",
    "[[watch.topic]]": "TopicSettings",
    "[watch.digest]": "DigestSettings",
    **{
        f"[{name}]": table["$ref"].rpartition("/")[2]
        for name, table in SCHEMA["properties"].items()
        if "$ref" in table
    },
}


def toml(value: Any) -> str:
    """A default in the form of the file."""
    if value is None:
        return "not set"
    if isinstance(value, dict):
        return f"`{{ {', '.join(f'{k} = {json.dumps(v)}' for k, v in value.items())} }}`" if value else "none"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def kind(field: dict[str, Any]) -> str:
    choices = field.get("enum") or []
    return f" One of {', '.join(f'`{choice}`' for choice in choices)}." if choices else ""


def rows(name: str) -> list[str]:
    table = SCHEMA["$defs"][name]
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for key, field in table["properties"].items():
        if "$ref" in field or field.get("items", {}).get("$ref"):
            continue  # a table of its own
        default = "(required)" if key in table.get("required", []) else toml(field.get("default"))
        meaning = field["description"].replace("|", "\\|") + kind(field)
        lines.append(f"| `{key}` | {default} | {meaning} |")
    return lines


@pytest.mark.parametrize("title", sorted(TABLES))
def test_the_reference_has_every_key_of_a_table_and_no_other(title: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    match = re.search(rf"^## `{re.escape(title)}`.*?\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert match, f"{title} has no section"
    assert [line for line in match[1].splitlines() if line.startswith("|")] == rows(TABLES[title])


def test_the_reference_has_no_other_tables() -> None:
    titles = re.findall(r"^## `(.+?)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(titles) == sorted(TABLES)


def test_the_examples_of_the_reference_are_a_right_configuration(tmp_path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    examples = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(examples) >= 2
    for number, example in enumerate(examples):
        path = tmp_path / f"{number}.toml"
        path.write_text(example, encoding="utf-8")
        load_settings(path, {}, tmp_path)
