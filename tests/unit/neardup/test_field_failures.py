"""Pairs that other readers are known to have folded wrongly, or failed to fold; invented texts with the same properties.

Where each comes from: a digest that showed one event six times and one that forked on every edited headline; containment
that swallowed a follow-up; "beats expectations" of two quarters; press offices that use one text again and again.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.neardup.samples import candidate, likeness
from tracker.model import Likeness, LikenessKind

Article = tuple[str, str]
COPY, TRUNCATED, VERSION, EXACT = (
    LikenessKind.COPY,
    LikenessKind.TRUNCATED,
    LikenessKind.VERSION,
    LikenessKind.EXACT,
)

STRAIT = (
    "Tanker traffic halted in Selm strait after mine is found",
    (
        "SELM (Coast Wire) - Tankers stopped passing the Selm strait on Monday after a fishing boat pulled up a naval mine "
        "in its nets near the northern shipping lane. The coast guard closed both lanes at noon and sent three minesweepers "
        "from Port Arun. Forty-one ships were waiting at the two entrances by evening, shipping agents said. Insurers "
        "doubled the charge for the passage within hours. The foreign ministry of Arun called the mine a relic of the last "
        "war; its neighbour across the water said that the chain on it was new. Oil rose by four per cent in late trading."
    ),
)
SAME_EVENT = [
    (
        "Oil jumps as mine closes key waterway",
        (
            "Crude prices climbed to their highest since spring after one of the world's busiest sea routes was shut. "
            "Traders said buyers in Asia were already looking for cargoes from elsewhere. The closure follows the discovery "
            "of an explosive device by the crew of a trawler, and analysts warned that even a short stop would be felt at "
            "the pump within two weeks."
        ),
    ),
    (
        "'It was in the net': trawler crew tell of their catch",
        (
            "Harun Bez thought that he had caught an anchor. What came up on the winch had horns. The skipper cut the net, "
            "let his boat drift back on the current and called the harbour on channel sixteen. By the time the grey ships "
            "arrived, he said, his son had stopped shaking and the tankers had stopped coming."
        ),
    ),
    (
        "Selm strait: what we know about the closure",
        (
            "Why is the strait shut? A mine was found. Who put it there? Nobody knows; the two governments on its shores "
            "give different answers. How long will it last? Clearing both lanes took nine days the last time. Who is hurt? "
            "Refiners in Asia first, then everybody who buys what they make."
        ),
    ),
]


def verdict(new: Article, *old: Article, hours: float = 2) -> Likeness:
    stored = [candidate(article, number) for number, article in enumerate(old, 1)]
    return likeness(new, *stored, after=timedelta(hours=hours))


@pytest.mark.parametrize("told", SAME_EVENT)
def test_one_event_told_in_other_words_is_no_duplicate(told: Article) -> None:
    """They belong to one story, which is another question than whose text it is."""
    assert not verdict(told, STRAIT).is_duplicate
    assert not verdict(STRAIT, *SAME_EVENT).is_duplicate


def test_two_headlines_without_a_common_word_may_stand_over_one_text() -> None:
    assert verdict(("Insurers double their charge", STRAIT[1]), STRAIT).kind is EXACT


@pytest.mark.parametrize(
    "headline",
    [
        "Tanker traffic halted in Selm strait",
        "Ships wait at Selm after mine is found - The Arun Post",
        "World | TANKER TRAFFIC HALTED IN SELM STRAIT AFTER MINE IS FOUND",
        "Forty-one ships wait",
    ],
)
def test_an_edited_headline_does_not_fork_a_family(headline: str) -> None:
    edited = (headline, STRAIT[1].replace("by evening", "by nightfall"))
    assert verdict(edited, STRAIT).kind is COPY


@pytest.mark.parametrize(
    "added",
    [
        " Late on Monday the coast guard said that it had found a second mine.",
        " One of the minesweepers was hit and 2 sailors died, the navy said.",
        "\n\nUPDATE: Both lanes were opened again at dawn on Tuesday, after the divers had found nothing more.",
    ],
)
def test_a_text_that_holds_the_old_one_and_a_new_fact_is_a_version_and_not_swallowed(added: str) -> None:
    follow_up = verdict((STRAIT[0], STRAIT[1] + added), STRAIT)
    assert follow_up.kind is VERSION
    assert "words added" in follow_up.reasons[1]


def test_a_follow_up_that_repeats_a_third_of_the_old_text_is_an_article_of_its_own() -> None:
    background = STRAIT[1].split(". ")[4:]
    new = (
        "Two navies agree to sweep the strait together. The plan was signed on a patrol boat in the middle of the "
        "water, because neither side would cross to the other's port. Divers are to start in the northern lane and "
        "work south, forty metres a day. Both sides will film everything. The pilots' union has asked that its members "
        "be paid for the days they have lost. Fishermen were told to stay in harbour until the end of the month. "
    )
    assert not verdict(
        ("Navies to sweep strait together", new + ". ".join(background)), STRAIT, hours=40
    ).is_duplicate


def test_beating_expectations_twice_is_two_events() -> None:
    def quarter(name: str, months: str, profit: str, before: str, sales: str) -> Article:
        return (
            f"Brenn Tools beats expectations in {name}",
            (
                f"Brenn Tools earned {profit} million crowns in the {months} quarter, more than analysts had expected, as "
                f"demand for hand drills stayed strong. Sales rose to {sales} million from {before} million. The company "
                "kept its forecast for the year. Its shares rose in early trading, and the chief executive said that the "
                "order book had never been fuller."
            ),
        )

    first = quarter("Q1", "first", "41", "377", "402")
    second = quarter("Q2", "second", "48", "402", "431")
    assert not verdict(second, first, hours=24 * 91).is_duplicate
    assert not verdict(second, first, hours=1).is_duplicate
    assert verdict((f"{first[0]} - Arun Post", f"(Coast Wire) {first[1]}"), first).kind is COPY


@pytest.mark.parametrize(("done", "units"), [("58", "214"), ("91", "80")])
def test_one_source_may_use_its_text_again(done: str, units: str) -> None:
    """A press office: the next milestone in the same words is another report, however like."""

    def milestone(site: str, per_cent: str, left: str) -> Article:
        return (
            f"{site} reaches {per_cent}% completion",
            (
                f"{site} has reached {per_cent}% completion, Velm Homes announced today. The site is among the most "
                f"sought-after addresses of the valley, and {left} units remain. Buyers will find a kindergarten, a park and "
                "underground parking within a short walk. Velm Homes has built in the region since 1994 and is known for "
                "handing over its keys on time. For more, call our office or visit the show flat on any weekday."
            ),
        )

    assert not verdict(
        milestone("Mill Court", done, units), milestone("Mill Court", "72", "130"), hours=700
    ).is_duplicate
    assert not verdict(
        milestone("Quay Court", done, units), milestone("Mill Court", "72", "130")
    ).is_duplicate


@pytest.mark.parametrize("credit", ["(Coast Wire)", "By Lea Orm, Coast Wire", "Coast Wire/Arun Post -"])
def test_a_wire_text_is_one_text_whoever_prints_it(credit: str) -> None:
    body = STRAIT[1].removeprefix("SELM (Coast Wire) - ")
    assert verdict((STRAIT[0], f"{credit} {body}"), STRAIT).kind is COPY
    lead = ". ".join(body.split(". ")[:2])
    assert verdict((STRAIT[0], f"{credit} {lead}."), STRAIT).kind is TRUNCATED


def test_the_verdict_does_not_depend_on_which_of_two_copies_comes_first() -> None:
    edited = ("Ships wait at Selm", f"By Lea Orm. {STRAIT[1]}")
    assert verdict(edited, STRAIT).kind is verdict(STRAIT, edited).kind is COPY
