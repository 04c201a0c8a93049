"""New, changed, seen: and the traps between."""

from __future__ import annotations

import pytest

from tests.builders import entry
from tracker.feeds import sift_entries
from tracker.model import Entry, KnownEntry, Sifted


def story(number: int, **changed) -> Entry:
    url = f"https://example.org/{number}"
    fields = {
        "key": f"g{number}",
        "guid": f"g{number}",
        "url": url,
        "canonical_url": url,
        "title": f"Title {TITLES[number]}",
    }
    return entry(**{**fields, "content_hash": f"h{number}", **changed})


TITLES = [
    "alpha beta",
    "gamma delta",
    "harbour strike",
    "precursor list",
    "tariff talks",
    "rain floods",
    "budget vote",
]


def known_as(one: Entry, **changed) -> KnownEntry:
    fields = {
        "key": one.key,
        "canonical_url": one.canonical_url,
        "content_hash": one.content_hash,
        "title": one.title,
    }
    return KnownEntry(**{"revision": 0, **fields, **changed})


def keys(sifted: Sifted) -> tuple[list[str], list[str], list[str]]:
    new, changed, seen = ([one.key for one in group] for group in (sifted.new, sifted.changed, sifted.seen))
    return new, changed, seen


def test_an_unknown_entry_is_new_a_known_one_seen_and_an_edited_one_changed():
    entries = [story(1), story(2), story(3, content_hash="edited")]
    known = {"g2": known_as(story(2)), "g3": known_as(story(3))}
    assert keys(sift_entries(entries, known)) == (["g1"], ["g3"], ["g2"])


def test_nothing_known_makes_all_new_in_the_feeds_order():
    assert keys(sift_entries([story(3), story(1)], {})) == (["g3", "g1"], [], [])
    assert sift_entries([], {}) == Sifted()


def test_a_second_appearance_in_the_document_is_seen():
    same = story(1, key="other-guid")
    edited_copy = story(1, key="third", content_hash="h-other")
    assert keys(sift_entries([story(1), same, edited_copy], {})) == (["g1"], [], ["other-guid", "third"])


def test_one_address_for_many_stories_does_not_merge_them():
    home = {"url": "https://example.org/", "canonical_url": "https://example.org/"}
    first, second = story(1, **home), story(2, **home)
    assert keys(sift_entries([first, second], {})) == (["g1", "g2"], [], [])
    found_by_url = {"g2": known_as(first)}
    assert keys(sift_entries([second], found_by_url)) == (["g2"], [], [])


def test_a_new_guid_on_a_known_story_is_seen_under_the_known_key():
    rekeyed = story(1, key="https-guid")
    assert keys(sift_entries([rekeyed], {"https-guid": known_as(story(1))})) == ([], [], ["g1"])
    edited = story(1, key="https-guid", content_hash="edited", title=story(1).title + " now")
    assert keys(sift_entries([edited], {"https-guid": known_as(story(1))})) == ([], ["g1"], [])


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Wholly other words"},
        {"url": "https://example.org/new-slug", "canonical_url": "https://example.org/new-slug"},
        {"title": "", "canonical_url": None},
    ],
)
def test_the_same_guid_with_a_new_title_or_a_new_address_is_a_version(changed):
    edited = story(1, content_hash="edited", **changed)
    assert keys(sift_entries([edited], {"g1": known_as(story(1))})) == ([], ["g1"], [])


def test_a_guid_that_now_names_another_story_identifies_it_no_longer():
    other = story(2, key="g1")
    sifted = sift_entries([other], {"g1": known_as(story(1))})
    assert keys(sifted) == (["https://example.org/2"], [], [])
    without_address = story(2, key="g1", canonical_url=None)
    assert keys(sift_entries([without_address], {"g1": known_as(story(1))})) == (["text:h2"], [], [])


def rekeyed_document(count: int) -> tuple[list[Entry], dict[str, KnownEntry]]:
    """Entries with new guids and rewritten titles at known addresses, as after a change of publishing system."""
    entries = [
        story(n, key=f"new{n}", title=f"Rewritten {n}", content_hash=f"other{n}") for n in range(count)
    ]
    return entries, {one.key: known_as(story(n)) for n, one in enumerate(entries)}


def test_a_feed_that_changed_most_of_its_guids_but_not_its_stories_is_seen():
    entries, known = rekeyed_document(5)
    assert keys(sift_entries([*entries, story(6)], known)) == (["g6"], [], [f"new{n}" for n in range(5)])


def renamed(number: int, **changed) -> Entry:
    """A story under a new guid, as a feed lists it that changed them all."""
    return story(number, **{"key": f"new{number}", "guid": f"new{number}", **changed})


def test_a_feed_that_moved_to_another_host_with_its_texts_and_paths_is_known_story_by_story():
    moved = renamed(3, canonical_url="https://new.test/3")
    assert keys(sift_entries([moved], {"new3": known_as(story(3))})) == ([], [], ["g3"])


def at_new_addresses(count: int, summary: str) -> tuple[list[Entry], dict[str, KnownEntry]]:
    """The same texts under other guids and wholly other addresses."""
    entries = [
        renamed(n, canonical_url=f"https://new.test/{TITLES[n][:3]}", summary=summary) for n in range(count)
    ]
    return entries, {one.key: known_as(story(n)) for n, one in enumerate(entries)}


def test_a_feed_whose_texts_are_known_under_other_guids_and_addresses_is_seen():
    entries, known = at_new_addresses(5, "Officials met on Friday to discuss the list.")
    assert keys(sift_entries([*entries, story(6)], known)) == (["g6"], [], [one.key for one in entries])


def test_set_phrases_that_come_back_every_day_are_new_every_day():
    entries, known = at_new_addresses(5, "")
    assert len(sift_entries(entries, known).new) == 5


def test_one_phrase_on_many_new_stories_is_no_sign_that_they_are_old():
    phrase = {"title": "The morning briefing: what you need to know today", "content_hash": "same"}
    entries = [renamed(n, canonical_url=f"https://new.test/{TITLES[n][:3]}", **phrase) for n in range(5)]
    known = {one.key: known_as(story(0, content_hash="same")) for one in entries}
    assert len(sift_entries(entries, known).new) == 5


def test_sections_with_a_fresh_story_each_are_new_although_their_addresses_are_known():
    sections = [f"https://example.org/{name}" for name in ("world", "business", "sport", "culture")]
    entries = [
        renamed(n, title=f"Fresh {TITLES[n]}", content_hash=f"f{n}", canonical_url=url)
        for n, url in enumerate(sections)
    ]
    known = {one.key: known_as(story(6), canonical_url=one.canonical_url) for one in entries}
    assert len(sift_entries(entries, known).new) == 4


def test_stories_recognised_one_by_one_count_towards_a_feed_that_changed_its_guids():
    same, known = [renamed(n) for n in range(4)], {f"new{n}": known_as(story(n)) for n in range(5)}
    rewritten = renamed(4, title="Wholly other", content_hash="x")
    assert keys(sift_entries([*same, rewritten], known)) == ([], [], ["g0", "g1", "g2", "g3", "new4"])


@pytest.mark.parametrize(
    ("number", "is_version"), [("7654321", True), ("7654999", False), ("20261120", False)]
)
def test_the_number_in_a_rewritten_address_shows_a_version(number, is_version):
    before = story(
        1, canonical_url=f"https://example.org/harbour-strike-nid{number}".replace("7654999", "7654321")
    )
    after = story(
        1,
        title="Dockers return",
        content_hash="x",
        canonical_url=f"https://example.org/dockers-back-nid{number}",
    )
    assert bool(sift_entries([after], {"g1": known_as(before)}).changed) is is_version


def test_one_address_on_several_stories_is_no_evidence_under_one_guid():
    home = {"canonical_url": "https://example.org/news"}
    known = {"g1": known_as(story(1, **home))}
    other = story(2, key="g1", **home)
    assert keys(sift_entries([other], known)) == ([], ["g1"], [])
    assert keys(sift_entries([other, story(3, **home)], known)) == (["text:h2", "g3"], [], [])


def test_an_entry_keeps_its_own_key_against_one_that_only_has_its_address():
    by_url = renamed(1, content_hash="x", title=story(1).title + " now")
    by_key = story(1, canonical_url="https://example.org/moved", content_hash="y")
    known = {"new1": known_as(story(1)), "g1": known_as(story(1))}
    for document in ([by_url, by_key], [by_key, by_url]):
        assert keys(sift_entries(document, known)) == (["new1"], ["g1"], [])


def test_an_empty_document_takes_nothing_away():
    assert sift_entries([], {"g1": known_as(story(1))}) == Sifted()


def test_a_few_familiar_addresses_among_new_entries_are_still_new():
    entries, known = rekeyed_document(2)
    fresh = [story(n) for n in (3, 4, 5)]
    assert len(sift_entries([*entries, *fresh], known).new) == 5
