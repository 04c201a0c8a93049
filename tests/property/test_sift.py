"""Laws of sifting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import entry
from tracker.feeds import sift_entries
from tracker.model import KnownEntry

URLS = st.sampled_from([None, "https://example.org/", "https://example.org/1", "https://example.org/2"])
TITLES = st.sampled_from(["", "Harbour strike ends", "Harbour strike goes on", "Three precursors listed"])
ENTRIES = st.lists(
    st.builds(
        lambda key, url, title, text: entry(
            key=key, url=url, canonical_url=url, title=title, content_hash=text
        ),
        st.sampled_from("abcdef"),
        URLS,
        TITLES,
        st.sampled_from(["h1", "h2", "h3"]),
    ),
    max_size=12,
)
KNOWN = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(
        lambda key, url, text, title: KnownEntry(
            key=key, canonical_url=url, content_hash=text, revision=0, title=title
        ),
        st.sampled_from("abcdefgh"),
        URLS,
        st.sampled_from(["h1", "h2", "h3"]),
        TITLES,
    ),
    max_size=6,
)


def content(entries):
    return sorted((one.canonical_url or "", one.title, one.content_hash) for one in entries)


@given(ENTRIES, KNOWN)
def test_every_entry_comes_out_exactly_once(entries, known):
    sifted = sift_entries(entries, known)
    assert content([*sifted.new, *sifted.changed, *sifted.seen]) == content(entries)


@given(ENTRIES, KNOWN)
def test_what_is_new_or_changed_has_a_key_of_its_own(entries, known):
    sifted = sift_entries(entries, known)
    keys = [one.key for one in (*sifted.new, *sifted.changed)]
    assert len(keys) == len(set(keys))


@given(ENTRIES, KNOWN)
def test_sifting_once_more_with_what_was_learned_finds_nothing_new(entries, known):
    learned = dict(known)
    for one in (first := sift_entries(entries, known)).new + first.changed:
        learned[one.key] = KnownEntry(
            key=one.key,
            canonical_url=one.canonical_url,
            content_hash=one.content_hash,
            revision=0,
            title=one.title,
        )
    again = sift_entries(first.new + first.changed, learned)
    assert again.new == again.changed == ()


DISTINCT = st.lists(
    st.integers(0, 40), unique=True, max_size=8
).map(  # a key, an address and a text each of its own
    lambda numbers: [
        entry(
            key=f"k{n}",
            canonical_url=f"https://example.org/{n}",
            title=f"Title {n % 3}",
            content_hash=f"h{n}",
            summary="A sentence that is long enough to tell.",
        )
        for n in numbers
    ]
)
REMEMBERED = st.dictionaries(
    st.integers(0, 40).map(lambda n: f"k{n}"),
    st.builds(
        lambda key, url, text, title: KnownEntry(
            key=f"k{key}",
            canonical_url=f"https://{'example' if url % 2 else 'old'}.org/{url}",
            content_hash=f"h{text}",
            revision=0,
            title=f"Title {title}",
        ),
        *[st.integers(0, 40)] * 3,
        st.integers(0, 3),
    ),
    max_size=12,
)


@given(DISTINCT, REMEMBERED, st.randoms())
def test_the_order_of_the_entries_decides_nothing(entries, known, random):
    shuffled = random.sample(entries, len(entries))
    one, other = sift_entries(entries, known), sift_entries(shuffled, known)
    for kind in ("new", "changed", "seen"):
        assert content(getattr(one, kind)) == content(getattr(other, kind))


@given(ENTRIES)
def test_the_first_of_a_story_in_a_document_is_never_taken_for_seen(entries):
    sifted = sift_entries(entries, {})
    assert sifted.changed == ()
    shown = {(one.canonical_url, one.content_hash) for one in sifted.new}
    keys = {one.key for one in sifted.new}
    titled = {(one.canonical_url, one.title) for one in sifted.new}
    for one in sifted.seen:
        assert (
            one.key in keys
            or (one.canonical_url, one.content_hash) in shown
            or (one.canonical_url, one.title) in titled
        )


@given(st.permutations(["known", "other"]))
def test_a_known_story_listed_again_under_another_key_is_not_new_wherever_it_stands(keys):
    url = "https://example.org/1"
    known = KnownEntry(key="known", canonical_url=url, content_hash="h1", revision=0, title="Strike")
    entries = [entry(key=key, url=url, canonical_url=url, title="Strike", content_hash="h1") for key in keys]
    sifted = sift_entries(entries, {"known": known, "other": known})
    assert (sifted.new, sifted.changed) == ((), ())
