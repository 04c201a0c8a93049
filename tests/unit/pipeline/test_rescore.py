"""What becomes of a family whose scores have changed."""

from __future__ import annotations

import pytest

from tests.builders import relevance
from tracker.model import ArticleId, EntryId, FamilyId, FamilyMember, Fate, Likeness, LikenessKind, Verdict
from tracker.pipeline.rescore import redecide

HIGH, LOW = 0.8, 0.2
K, C, V, B = Fate.KEPT, Fate.COPY, Fate.VERSION, Fate.BELOW_THRESHOLD


def member(
    number: int, fate: Fate, kind: LikenessKind = LikenessKind.ORIGINAL, *, score: float | None = HIGH
) -> FamilyMember:
    return FamilyMember(
        article_id=ArticleId(number),
        entry_id=EntryId(number),
        likeness=Likeness(
            kind=kind, of=None if kind is LikenessKind.ORIGINAL else ArticleId(1), family_id=FamilyId(1)
        ),
        story_id=None,
        fate=fate,
        relevance=None if score is None else relevance(score=score),
    )


def family(*fates: Fate) -> list[FamilyMember]:
    """An original, a copy, a version."""
    kinds = (LikenessKind.ORIGINAL, LikenessKind.COPY, LikenessKind.VERSION)
    return [member(number, fate, kinds[number - 1]) for number, fate in enumerate(fates, start=1)]


def fates(before: list[FamilyMember], scores: list[float], **verdicts: Verdict) -> list[Fate]:
    new = {ArticleId(n): relevance(score=score) for n, score in enumerate(scores, start=1)}
    said = {ArticleId(int(name[1:])): verdict for name, verdict in verdicts.items()}
    return [one.fate for one in redecide(before, new, said)]


@pytest.mark.parametrize(
    ("before", "scores", "after"),
    [
        ((K,), [LOW], [B]),
        ((B,), [HIGH], [K]),
        ((K, C, V), [HIGH, HIGH, HIGH], [K, C, V]),
        ((K, C, V), [HIGH, LOW, LOW], [K, C, V]),
        ((B, C, V), [LOW, LOW, LOW], [B, C, V]),
        ((K, C, V), [LOW, HIGH, HIGH], [B, K, V]),  # the first that passes is kept, as when it came
        ((K, C, V), [LOW, LOW, HIGH], [B, C, K]),
        ((B, K, V), [LOW, LOW, LOW], [B, C, V]),
        ((B, K, V), [HIGH, HIGH, HIGH], [C, K, V]),  # a family keeps the face under which it was shown
        ((B, K, V), [HIGH, LOW, HIGH], [K, C, V]),
    ],
)
def test_a_familys_fates_follow_its_scores(
    before: tuple[Fate, ...], scores: list[float], after: list[Fate]
) -> None:
    assert fates(family(*before), scores) == after


def test_what_a_person_said_of_an_article_decides_over_its_score() -> None:
    assert fates(family(B), [LOW], a1=Verdict.RELEVANT) == [K]
    assert fates(family(K), [HIGH], a1=Verdict.IRRELEVANT) == [B]
    assert fates(family(K), [HIGH], a1=Verdict.RELEVANT) == [K]
    (one,) = redecide(family(B), {ArticleId(1): relevance(score=LOW)}, {ArticleId(1): Verdict.RELEVANT})
    assert one.note == "a person said that it is relevant; score 0.20, line 0.50"
    assert one.relevance.score == LOW, "the score is told as it is"


def test_what_was_refused_does_not_come_back_as_its_copy_or_version() -> None:
    high = [HIGH, HIGH, HIGH]
    assert fates(family(K, C, V), high, a1=Verdict.IRRELEVANT) == [B, C, V]
    assert fates(family(B, K, V), high, a2=Verdict.IRRELEVANT) == [B, C, V]
    assert fates(family(K, C, V), high, a1=Verdict.IRRELEVANT, a3=Verdict.RELEVANT) == [B, K, V]


def test_a_member_without_a_new_score_counts_with_its_old_one() -> None:
    before = [member(1, B, score=LOW), member(2, K, LikenessKind.COPY, score=HIGH)]
    decided = redecide(before, {ArticleId(1): relevance(score=HIGH)}, {})
    assert [one.fate for one in decided] == [C, K]
    assert redecide([member(1, B, score=None)], {}, {}) == ()


def test_entering_and_leaving_are_told() -> None:
    first, second = redecide(
        family(K, C), {ArticleId(1): relevance(score=LOW), ArticleId(2): relevance(score=HIGH)}, {}
    )
    assert (first.enters, first.leaves, second.enters, second.leaves) == (False, True, True, False)
