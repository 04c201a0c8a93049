"""Which articles must be found by themselves, and who speaks for a family."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW, article
from tests.unit.neardup.samples import POLICY
from tracker.model import ArticleId, FamilyId, Likeness, LikenessKind, StoredArticle
from tracker.neardup.families import is_worth_indexing, lead_of


def link(kind: LikenessKind, similarity: float = 0.9) -> Likeness:
    return Likeness(kind=kind, of=ArticleId(3), family_id=FamilyId(3), similarity=similarity)


@pytest.mark.parametrize(
    ("likeness", "expected"),
    [
        (Likeness(kind=LikenessKind.ORIGINAL), True),
        (link(LikenessKind.RELATED, 0.99), True),
        (link(LikenessKind.EXACT, 1.0), False),
        (link(LikenessKind.COPY, 0.95), False),
        (link(LikenessKind.COPY, 0.94), True),
        (link(LikenessKind.TRUNCATED, 0.8), True),
    ],
)
def test_only_what_adds_to_its_family_is_indexed(likeness: Likeness, *, expected: bool) -> None:
    assert is_worth_indexing(likeness, POLICY) is expected


def member(number: int, **changed: Any) -> StoredArticle:
    host = changed.pop("host", f"site{number}.example")
    url = f"https://{host}/story-{number}"
    fields = {
        "url": url,
        "outlet": f"Outlet {number}",
        "published_at": NOW + timedelta(hours=number),
        **changed,
    }
    return StoredArticle(
        id=ArticleId(number), family_id=FamilyId(1), revision=0, article=article(**fields),
        first_seen_at=NOW + timedelta(hours=number), likeness=Likeness(kind=LikenessKind.COPY),
    )  # fmt: skip


PLAIN = "Officials said on Friday that three chemicals would be controlled."
WIRE = f"BEIJING (AP) — {PLAIN}"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([member(2), member(1)], (1, "Outlet 1", "first published")),
        ([member(1)], (1, "Outlet 1", "the only one")),
        ([member(1, text=WIRE), member(2, text=WIRE)], (1, "AP", "credit line")),
        ([member(1, text=WIRE), member(2, outlet="AP News", text=PLAIN)], (2, "AP", "credit line")),
        ([member(1, byline="A. Writer, Reuters")], (1, "Reuters", "byline")),
        (
            [member(1, canonical_url="https://site2.example/story-2"), member(2)],
            (2, "Outlet 2", "canonical link"),
        ),
        ([member(1, title="CORRECTED-Three chemicals"), member(2)], (2, "Outlet 2", "first published")),
        (
            [member(1, title="Correction: chemicals"), member(2, title="CORRECTED-Chemicals")],
            (1, "Outlet 1", "first published"),
        ),
        ([member(1, published_at=None), member(2, published_at=None)], (1, "Outlet 1", "first seen")),
    ],
)
def test_the_original_is_who_the_members_say_it_is(
    members: list[StoredArticle], expected: tuple[int, str, str]
) -> None:
    assert tuple(lead_of(members)) == expected


@given(st.permutations(range(4)))
def test_the_order_of_arrival_does_not_decide_who_is_the_original(order: list[int]) -> None:
    made = [
        member(1, text=PLAIN),
        member(2, text=WIRE),
        member(3, outlet="AP"),
        member(4, title="Updated: x"),
    ]
    by_arrival = [replace(made[n], id=ArticleId(100 + place)) for place, n in enumerate(order)]
    lead = lead_of(by_arrival)
    assert (lead.source, made[order[lead.id - 100]].article.outlet) == ("AP", "AP")
