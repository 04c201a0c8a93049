"""The verdict on whole articles: what editors do to a text, and what only looks like a copy."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.builders import NOW
from tests.unit.neardup.samples import (
    CHINESE_OTHER,
    CHINESE_TEXT,
    CHINESE_TITLE,
    FOOTER,
    OTHER_TEXT,
    OTHER_TITLE,
    PARAGRAPHS,
    POLICY,
    TEXT,
    TITLE,
    WALL,
    bulletin,
    candidate,
    likeness,
)
from tracker.model import ArticleId, FamilyId, LikenessKind
from tracker.neardup.boilerplate import sentence_hashes
from tracker.neardup.compare import choose_candidates, compare_article, compare_equal, sentences_to_count
from tracker.neardup.features import wording_of
from tracker.neardup.prepared import prepare

STORY = (TITLE, TEXT)
EXACT, COPY, TRUNCATED, VERSION = (
    LikenessKind.EXACT,
    LikenessKind.COPY,
    LikenessKind.TRUNCATED,
    LikenessKind.VERSION,
)
RELATED, ORIGINAL = LikenessKind.RELATED, LikenessKind.ORIGINAL

NEW_OPENING = (
    "A court in the capital on Thursday ordered the tidal power plant in Lorn to stop half of its turbines until the "
    "fish ladders have been studied, two days after the opening. The judges said that no permit had ever covered the "
    "spawning season, and gave the city a month to answer."
)


@pytest.mark.parametrize(
    ("edited", "kind"),
    [
        ((TITLE, TEXT.upper().replace("\n\n", " ")), EXACT),
        (("Lorn switches on its barrage at last", TEXT), EXACT),
        ((TITLE, f"LORN (Coast Wire) - {TEXT}"), COPY),
        (
            (f"(Coast Wire) {TITLE} | The Lorn Mail", f"By Ann Reed, Coast Wire\n\n{TEXT}\n\n(c) Coast Wire"),
            COPY,
        ),
        (
            (
                "Barrage at Lorn produces first current",
                TEXT.replace("Fishermen", "Fishers").replace("shortly", "soon"),
            ),
            COPY,
        ),
        ((TITLE, TEXT.replace(" ", "\u00a0", 9).replace("city", "ci\u00adty").replace("'", "â€™")), EXACT),
        ((TITLE, "\n\n".join(PARAGRAPHS[:3])), TRUNCATED),
        ((TITLE, PARAGRAPHS[0]), TRUNCATED),
        (("Tidal plant opens in Lorn", " ".join(TEXT.split()[:70]) + " ..."), TRUNCATED),
        (("Court halts half of Lorn tidal plant", f"{NEW_OPENING}\n\n{TEXT}"), VERSION),
        ((f"UPDATE 1-{TITLE}", TEXT.replace("several hundred", "about nine hundred")), VERSION),
        ((f"Corrected: {TITLE}", TEXT.replace("flounder", "plaice")), VERSION),
        ((TITLE, TEXT.replace("24 turbines", "26 turbines")), VERSION),
        ((TITLE, f"{TEXT}\n\n{FOOTER}"), VERSION),
    ],
)
def test_an_edited_text_folds_into_the_first_one(edited: tuple[str, str], kind: LikenessKind) -> None:
    verdict = likeness(edited, candidate(STORY))
    assert (verdict.kind, verdict.of, verdict.family_id) == (kind, 1, 1)
    assert 0 < verdict.similarity <= 1
    assert verdict.is_duplicate


def test_the_whole_text_after_its_lead_is_a_version_that_holds_more() -> None:
    assert likeness(STORY, candidate((TITLE, PARAGRAPHS[0]))).kind is VERSION


def test_a_follow_up_that_prints_the_old_text_again_is_shown_as_a_version_and_not_swallowed() -> None:
    """Containment alone would call it a copy of what was known."""
    verdict = likeness((TITLE, f"{TEXT}\n\n{NEW_OPENING}"), candidate(STORY), after=timedelta(hours=30))
    assert verdict.kind is VERSION


@pytest.mark.parametrize(
    ("new", "old", "after"),
    [
        (bulletin("9 May", 41, 37, 12, "Velm"), bulletin("2 May", 37, 58, 9, "Ost"), timedelta(days=7)),
        (bulletin("9 May", 41, 37, 12, "Velm"), bulletin("2 May", 37, 58, 9, "Ost"), timedelta(hours=1)),
        (bulletin("9 May", 41, 37, 12, "Velm"), bulletin("9 May", 44, 37, 12, "Velm"), timedelta(days=1)),
        (
            (OTHER_TITLE, f"{OTHER_TEXT}\n\n{FOOTER}"),
            ("Ferry fares fall", f"{PARAGRAPHS[4]}\n\n{FOOTER}"),
            timedelta(0),
        ),
        ((OTHER_TITLE, WALL), (TITLE, WALL), timedelta(0)),
        (
            ("The week in brief", "\n\n".join([OTHER_TEXT, FOOTER, WALL, *PARAGRAPHS[:1]])),
            (TITLE, PARAGRAPHS[0]),
            timedelta(0),
        ),
        (("Morning briefing", OTHER_TEXT), ("Morning briefing", TEXT), timedelta(0)),
        ((TITLE, OTHER_TEXT), (TITLE, TEXT), timedelta(0)),
        (
            ("Profit beats expectations in Q2", "Sale rose in the quarter to June."),
            ("Profit beats expectations in Q1", "Sale rose in the quarter to March."),
            timedelta(days=90),
        ),
        (("Morning briefing", "Read on."), ("Morning briefing", "Read on."), timedelta(hours=24)),
        (("River rises", "Read on."), ("Fire near port", "Read on."), timedelta(0)),
        ((TITLE, ""), (TITLE, ""), timedelta(0)),
        ((CHINESE_TITLE, CHINESE_OTHER), (CHINESE_TITLE, CHINESE_TEXT), timedelta(0)),
    ],
)
def test_what_only_looks_like_a_copy_stays_apart(
    new: tuple[str, str], old: tuple[str, str], after: timedelta
) -> None:
    assert not likeness(new, candidate(old), after=after).is_duplicate


def test_reports_of_one_event_in_other_words_are_no_copies_even_under_like_titles() -> None:
    told_again = (
        "Turbines beneath the barrage at Lorn turned for the first time yesterday. The opening came long after it was "
        "planned, and cost far more. Ines Calder, the mayor, started the machines while people on the old quay clapped. "
        "Northern fishermen did not come: they blame the works for smaller catches and have gone to court over it."
    )
    verdict = likeness(("Harbour city opens its tidal power plant at last", told_again), candidate(STORY))
    assert verdict.kind is RELATED
    assert verdict.reasons[0].startswith("R1 too little in common: containment 0.0")


def test_the_same_text_under_titles_that_share_no_word_is_one_family() -> None:
    """Titles of true pairs were found as far apart as 0.38; a family must not fork on an edited headline."""
    family = candidate(STORY)
    for title in ("Calder presses the button", "Flounder, fees and a court case", ""):
        assert likeness((title, TEXT.replace("shortly after", "just after")), family).kind is COPY


@pytest.mark.parametrize(
    ("new", "old", "kind"),
    [
        (("River rises", "The river rose again."), ("River rises", "The river rose again!"), EXACT),
        (("River rises", "Read on."), ("River rises", "READ ON"), EXACT),
        (("", "The ferry to Ost was late again and nobody on the quay knew why."),) * 2 + (EXACT,),
        (("Ferry to Ost late", "The ferry to Ost was late again and nobody on the quay knew why or asked."),
         ("Ferry late again", "The ferry to Ost was late again and nobody on the quay knew why or cared."), COPY),
    ],
)  # fmt: skip
def test_short_texts_fold_under_like_titles(
    new: tuple[str, str], old: tuple[str, str], kind: LikenessKind
) -> None:
    assert likeness(new, candidate(old)).kind is kind


def test_an_equal_short_text_folds_if_one_title_says_what_the_other_tells() -> None:
    text = "The ferry to Ost was late again and nobody on the quay knew why or cared."
    assert likeness(("Waiting in the rain", text), candidate(("Ferry to Ost late", text))).kind is EXACT
    assert not likeness(("Waiting in the rain", text), candidate(("Three hours wasted", text))).is_duplicate


def test_chinese_articles_are_compared_by_characters() -> None:
    old = candidate((CHINESE_TITLE, CHINESE_TEXT))
    assert likeness((CHINESE_TITLE, CHINESE_TEXT.replace("，", "、")), old).kind is EXACT
    assert likeness(("洛恩潮汐电站启用", f"【本报讯】{CHINESE_TEXT}"), old).kind is COPY
    assert likeness((CHINESE_TITLE, CHINESE_TEXT[:90]), old).kind is TRUNCATED
    assert likeness((CHINESE_TITLE, CHINESE_TEXT.replace("二十四台", "二十六台")), old).kind is VERSION


def test_boilerplate_gives_no_evidence_once_it_was_seen_often() -> None:
    new, old = (
        f"{text}\n\n{FOOTER}" for text in ("Ferries stop at noon today. " + PARAGRAPHS[4], PARAGRAPHS[4])
    )
    footer = dict.fromkeys(sentence_hashes(prepare("", FOOTER)), 3)
    wording, stored = wording_of(prepare("Ferries stop", new)), candidate(("Towns wait", old))
    plain = compare_article(wording, NOW, [stored], {}, POLICY)
    cleaned = compare_article(wording, NOW, [stored], footer, POLICY)
    assert f"{len(stored.wording.shingles) - 2} shared" not in cleaned.reasons[0]
    assert plain.similarity > cleaned.similarity


def test_a_page_that_is_mostly_boilerplate_folds_only_when_equal() -> None:
    everywhere = dict.fromkeys(sentence_hashes(prepare("", FOOTER)), 3)
    page = f"Ferries were late again today, nobody knew why, and nobody asked.\n\n{FOOTER}"
    new = wording_of(prepare("Ferries late", page + " Rain fell."))
    verdict = compare_article(new, NOW, [candidate(("Ferries late", page))], everywhere, POLICY)
    assert verdict.kind is RELATED
    assert verdict.reasons[0].startswith("R1 mostly what the site prints everywhere")
    assert likeness(("Ferries late", page), candidate(("Ferries late", page))).kind is EXACT


def test_the_link_names_the_root_of_the_family_and_the_reason_the_member() -> None:
    verdict = likeness((TITLE, TEXT + " More follows."), candidate(STORY, 7, family=3))
    assert (verdict.of, verdict.family_id) == (3, 3)
    reason, kind = verdict.reasons
    assert reason.startswith(
        "R1 containment 1.00 of the shorter text's word runs, 196 shared; 0 of 12 facts differ"
    )
    assert reason.endswith("; compared with member 7 of the family")
    assert kind == "a copy: no passage added, wording differs in 1 place"


def test_the_likest_candidate_wins_and_the_oldest_of_equals() -> None:
    new = (TITLE, TEXT + " More follows.")
    half, whole, again = candidate((TITLE, PARAGRAPHS[0]), 1), candidate(STORY, 2), candidate(STORY, 3)
    assert likeness(new, half, again, whole).of == 2
    assert likeness(STORY, again, whole).of == 2


def test_without_candidates_an_article_is_original() -> None:
    verdict = likeness(STORY)
    assert (verdict.kind, verdict.of, verdict.reasons) == (ORIGINAL, None, ())
    assert likeness(STORY, candidate((OTHER_TITLE, OTHER_TEXT))).kind is ORIGINAL


def test_an_unknown_date_counts_as_the_same_day() -> None:
    new, old = (TITLE, TEXT.replace("24 turbines", "26 turbines")), STORY
    assert likeness(new, candidate(old, at=None), after=timedelta(days=30)).kind is VERSION


@pytest.mark.parametrize(
    ("found", "values", "likely", "less_likely"),
    [
        ([(1, 2), (2, 9), (3, 2), (4, 1)], 30, (2,), (1, 3)),
        ([(1, 4), (2, 8), (3, 3)], 30, (2, 1), (3,)),
        ([(9, 3), (8, 3), (7, 3), (6, 3), (5, 3)], 30, (5, 6, 7, 8), ()),
        ([(1, 1), (2, 2)], 6, (2,), ()),
        ([(1, 1)], 5, (1,), ()),
        ([(1, 1)], 1, (1,), ()),
        ([], 30, (), ()),
    ],
)
def test_the_candidates_that_share_most_are_compared_and_those_that_share_far_less_later(
    found: list[tuple[int, int]], values: int, likely: tuple[int, ...], less_likely: tuple[int, ...]
) -> None:
    pairs = [(ArticleId(article_id), shared) for article_id, shared in found]
    assert choose_candidates(pairs, values, POLICY) == (likely, less_likely)


def test_sentences_are_counted_only_where_enough_is_shared_to_fold() -> None:
    new = wording_of(prepare(*STORY))
    far, near = candidate((OTHER_TITLE, OTHER_TEXT)), candidate((TITLE, PARAGRAPHS[0]), 2)
    assert sentences_to_count(new, [far], POLICY) == ()
    assert set(sentences_to_count(new, [far, near], POLICY)) == set(sentence_hashes(new.prepared))


def test_equal_words_are_looked_for_in_the_oldest_first() -> None:
    found = compare_equal(
        wording_of(prepare(*STORY)), NOW, [candidate(STORY, 5), candidate(STORY, 4, family=2)], POLICY
    )
    assert found is not None
    assert (found.of, found.family_id, found.similarity) == (2, FamilyId(2), 1.0)
    assert found.reasons == ("all 198 words of the text are equal; compared with member 4 of the family",)
