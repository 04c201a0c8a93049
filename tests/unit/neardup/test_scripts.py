"""Languages and scripts: every edit of an invented article is found in each, and nothing else is tied."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.neardup_scripts import Told, stream
from tests.unit.neardup.samples import POLICY
from tracker.model import ArticleId, FamilyId, LikenessKind
from tracker.neardup.compare import Candidate, choose_candidates, compare_article
from tracker.neardup.features import Wording, wording_of
from tracker.neardup.fingerprint import fingerprint_of
from tracker.neardup.prepared import prepare

MATERIAL = json.loads((Path(__file__).parents[2] / "data" / "scripts.json").read_text(encoding="utf-8"))
EXPECTED = {
    "as it is": LikenessKind.EXACT,
    "decomposed characters": LikenessKind.EXACT,
    "paragraphs": LikenessKind.EXACT,
    "credit line": LikenessKind.COPY,
    "cut to 4 of 7 sentences": LikenessKind.TRUNCATED,
    "first 2 sentences": LikenessKind.TRUNCATED,
    "another article added": LikenessKind.VERSION,
    "another number": LikenessKind.VERSION,
}


def wording(told: Told) -> Wording:
    return wording_of(prepare(told.title, told.text))


def candidate(number: int, told: Told) -> Candidate:
    return Candidate(
        article_id=ArticleId(number), family_id=FamilyId(number), wording=wording(told), published_at=told.at
    )


def is_looked_at(new: Wording, old: Wording) -> bool:
    here, there = fingerprint_of(new).sketch, fingerprint_of(old).sketch
    found = [(ArticleId(1), len(set(here) & set(there)))]
    return any(choose_candidates(found, len(here), POLICY))


@pytest.mark.parametrize("language", MATERIAL)
def test_every_edit_is_found_and_named(language: str) -> None:
    first, *others = stream(language, MATERIAL[language])
    for told in others:
        if told.edit:
            verdict = compare_article(wording(told), told.at, [candidate(1, first)], {}, POLICY)
            assert verdict.is_duplicate, (told.edit, verdict.reasons)
            assert verdict.kind is EXPECTED.get(told.edit, verdict.kind), told.edit
            assert is_looked_at(wording(told), wording(first)), told.edit


@pytest.mark.parametrize("language", MATERIAL)
def test_other_articles_and_the_next_issue_of_a_report_stay_apart(language: str) -> None:
    alone = [told for told in stream(language, MATERIAL[language]) if not told.edit]
    for number, told in enumerate(alone):
        stored = [candidate(place + 1, old) for place, old in enumerate(alone[:number])]
        assert not compare_article(wording(told), told.at, stored, {}, POLICY).is_duplicate
