"""Kinds: what each edited text is said to be to the text it was made from.

    python -m benchmarks.neardup_kinds [../shared/data/neardup]

A pair is the unedited text of a cluster and one of its edits, in the order of the stream, compared with nothing else.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from tracker.model import ArticleId, FamilyId, Likeness
from tracker.neardup.compare import Candidate, compare_article
from tracker.neardup.features import wording_of
from tracker.neardup.policy import LikenessPolicy
from tracker.neardup.prepared import prepare

__all__ = ["EXPECTED", "Pair", "kinds_by_class", "pairs_in", "table"]

EXPECTED = {
    "exact_format": "exact", "title_rewrite": "exact", "nat_exact": "exact",
    "byline_dateline": "copy", "agency_prefix": "copy", "spelling": "copy or exact",
    "quotes_encoding": "copy or exact", "copyedit": "copy", "ocr_1": "copy", "ocr_3": "copy", "boilerplate_add": "copy", "nat_light_edit": "copy",
    "trunc_90": "truncated", "trunc_70": "truncated", "trunc_50": "truncated", "trunc_30": "truncated",
    "lead_excerpt": "truncated", "nat_truncated": "truncated",
    "update": "version", "liveblog": "version", "nat_grown": "version", "nat_correction": "version",
    "nat_rewrite": "copy or version",
}  # fmt: skip
"""What a reader would call an edit; `combo` (everything at once) has no one name."""


class Pair(NamedTuple):
    """A new item, the one it was made from, and the class of the edit."""

    edit: str
    new: Mapping[str, Any]
    old: Mapping[str, Any]


def pairs_in(folder: Path, stream: str) -> Iterator[Pair]:
    """Every edited item of a stream with the first unedited one of its cluster that came before it."""
    with gzip.open(folder / f"{stream}.items.jsonl.gz", "rt", encoding="utf-8") as lines:
        items = {item["id"]: item for item in map(json.loads, lines)}
    gold = json.loads((folder / f"{stream}.gold.json").read_text(encoding="utf-8"))
    place, edits = {name: n for n, name in enumerate(items)}, gold["edit_class"]
    for cluster in gold["clusters"]:
        members = sorted(cluster, key=place.__getitem__)
        plain = members[0]
        if stream == "controlled":
            plain = next((name for name in members if edits.get(name, "").startswith("full_after")), plain)
        yield from (
            Pair(edits[name], items[name], items[plain])
            for name in members
            if place[name] > place[plain] and name in edits
        )


def judge(pair: Pair, policy: LikenessPolicy) -> Likeness:
    """The verdict on a pair alone."""
    old = Candidate(
        article_id=ArticleId(1),
        family_id=FamilyId(1),
        wording=wording_of(prepare(pair.old["title"] or "", pair.old["text"] or "")),
        published_at=_instant(pair.old),
    )
    new = wording_of(prepare(pair.new["title"] or "", pair.new["text"] or ""))
    return compare_article(new, _instant(pair.new), [old], {}, policy)


def kinds_by_class(folder: Path) -> dict[str, Counter[str]]:
    """How often each class of edit was called what."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for stream in ("controlled", "reuters", "modern"):
        for pair in pairs_in(folder, stream):
            kinds[pair.edit][judge(pair, LikenessPolicy()).kind.value] += 1
    return kinds


def table(kinds: Mapping[str, Counter[str]]) -> str:
    """The confusion table in Markdown."""
    columns = ["exact", "copy", "truncated", "version", "related", "original"]
    lines = [f"| edit | is a | {' | '.join(columns)} |", "|---|---|" + "---|" * len(columns)]
    for edit, counts in sorted(kinds.items(), key=lambda row: (EXPECTED.get(row[0], "~"), row[0])):
        cells = (str(counts[kind] or "") for kind in columns)
        lines.append(f"| {edit} | {EXPECTED.get(edit, '')} | {' | '.join(cells)} |")
    right = sum(
        counts[kind]
        for edit, counts in kinds.items()
        if edit in EXPECTED
        for kind in EXPECTED[edit].split(" or ")
    )
    everything = sum(sum(counts.values()) for edit, counts in kinds.items() if edit in EXPECTED)
    return "\n".join([*lines, "", f"{right} of {everything} named as expected."])


def main(folder: Path) -> None:
    print(table(kinds_by_class(folder)))


def _instant(item: Mapping[str, Any]) -> datetime | None:
    at = datetime.fromisoformat(item["published"]) if item["published"] else None
    return at.replace(tzinfo=at.tzinfo or UTC) if at else None


if __name__ == "__main__":
    main(
        Path(
            sys.argv[1]
            if sys.argv[1:]
            else Path(__file__).resolve().parents[2] / "shared" / "data" / "neardup"
        )
    )
