"""An entry's one fate."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.builders import NOW, WATCH, article, entry, relevance, report, watch
from tracker.model import (
    ArticleId,
    FamilyId,
    Fate,
    FetchFailed,
    FetchReason,
    FetchRequest,
    Likeness,
    LikenessKind,
    PollStatus,
    Refused,
    TextSource,
)
from tracker.pipeline.decide import (
    fate_of_article,
    fate_without_text,
    is_too_old,
    is_unreached,
    is_without_text,
    obeys_robots,
    uncounted,
)

ORIGINAL = Likeness(kind=LikenessKind.ORIGINAL)


def like(kind: LikenessKind) -> Likeness:
    return Likeness(kind=kind, of=ArticleId(1), family_id=FamilyId(1), similarity=0.9, reasons=("R1",))


@pytest.mark.parametrize(
    ("score", "likeness", "kept", "fate"),
    [
        (0.8, ORIGINAL, (), Fate.KEPT),
        (0.5, ORIGINAL, (), Fate.KEPT),
        (0.49, ORIGINAL, (), Fate.BELOW_THRESHOLD),
        (0.8, like(LikenessKind.RELATED), (WATCH,), Fate.KEPT),
        (0.8, like(LikenessKind.COPY), (WATCH,), Fate.COPY),
        (0.8, like(LikenessKind.EXACT), (WATCH,), Fate.COPY),
        (0.8, like(LikenessKind.TRUNCATED), (WATCH,), Fate.COPY),
        (0.8, like(LikenessKind.VERSION), (WATCH,), Fate.VERSION),
        (0.2, like(LikenessKind.VERSION), (WATCH,), Fate.VERSION),
        (0.8, like(LikenessKind.COPY), (), Fate.KEPT),
        (0.2, like(LikenessKind.COPY), (), Fate.COPY),
    ],
)
def test_likeness_comes_before_relevance_but_never_hides_the_first_that_passes(
    score: float, likeness: Likeness, kept: tuple[str, ...], fate: Fate
) -> None:
    found, note = fate_of_article(relevance(score=score), likeness, kept)  # type: ignore[arg-type]
    assert found is fate
    assert note


def test_only_a_first_poll_with_a_window_passes_over_old_entries() -> None:
    old = entry(published_at=NOW - timedelta(days=9))
    week = timedelta(days=7)
    assert is_too_old(old, backfill=week, first_poll=True, now=NOW)
    assert not is_too_old(old, backfill=week, first_poll=False, now=NOW)
    assert not is_too_old(old, backfill=None, first_poll=True, now=NOW)
    assert not is_too_old(entry(published_at=None), backfill=week, first_poll=True, now=NOW)


def failed(reason: FetchReason) -> FetchFailed:
    request = FetchRequest(url="https://example.org/a", purpose="page")
    return FetchFailed(request=request, reason=reason, detail="a sentence")


@pytest.mark.parametrize(
    ("page", "fate"),
    [
        (failed(FetchReason.ROBOTS), Fate.REFUSED),
        (failed(FetchReason.BLOCKED_ADDRESS), Fate.REFUSED),
        (failed(FetchReason.NOT_FOUND), Fate.UNREADABLE),
        (Refused(code="not_html", detail="a sentence"), Fate.UNREADABLE),
        (None, Fate.UNREADABLE),
    ],
)
def test_what_gave_nothing_to_read_has_a_fate_and_a_sentence(page: object, fate: Fate) -> None:
    found, note = fate_without_text(page)  # type: ignore[arg-type]
    assert found is fate
    assert note


def test_a_headline_over_a_page_that_is_gone_tells_nothing_but_over_one_that_is_late_it_does() -> None:
    headline = article(source=TextSource.TITLE)
    assert is_without_text(headline, failed(FetchReason.NOT_FOUND))
    assert not is_without_text(headline, failed(FetchReason.SERVER_ERROR))
    assert not is_without_text(article(source=TextSource.FEED), failed(FetchReason.NOT_FOUND))
    assert is_without_text(None, None)


def test_only_network_failures_leave_a_host_unreached() -> None:
    assert is_unreached(failed(FetchReason.DNS))
    assert not is_unreached(failed(FetchReason.SERVER_ERROR))


def test_robots_txt_is_obeyed_unless_all_watches_say_otherwise() -> None:
    bold = watch(respect_robots=False)
    assert obeys_robots(())
    assert obeys_robots((bold, watch()))
    assert not obeys_robots((bold,))


def test_a_poll_that_did_not_count_reports_nothing_found() -> None:
    told = uncounted(report(1, listed=9, new=3, changed=2))
    assert (told.status, told.listed, told.new, told.changed) == (PollStatus.UNCHANGED, 0, 0, 0)
    assert told.detail
