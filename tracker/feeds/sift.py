"""Which entries of a feed are new, changed or seen. Nothing is lost: every entry comes out exactly once.

An entry is known by its key, or by the address under which the store found it when its key is new. Three traps, each
seen in the wild: one guid reused for another story, one guid for an edited story, and feeds whose every guid changes
(http to https, a new publishing system), which must not be reported all over again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tracker.model import Entry, KnownEntry, Sifted
from tracker.text.tokens import words

__all__ = ["sift_entries"]

_REKEYED_SHARE = 0.6
_REKEYED_AT_LEAST = 3
_SAME_TITLE = 0.5  # share of the words of the longer title; edited headlines keep more, other stories' less


def sift_entries(parsed_entries: Sequence[Entry], known: Mapping[str, KnownEntry]) -> Sifted:
    """Divide a document's entries; `known` is by entry key, found by key or else by canonical URL.

    A changed or re-keyed entry comes out under the key it is known by, a guid that now names another story under its
    address or text. A second appearance inside the document counts as seen.
    """
    new: list[Entry] = []
    changed: list[Entry] = []
    seen: list[Entry] = []
    present = _Present()
    for entry in parsed_entries:
        match = _match(entry, known.get(entry.key))
        filed = replace(entry, key=match.key) if match else _with_own_key(entry, known)
        if not present.admits(filed):
            seen.append(filed)
        elif match is None:
            new.append(filed)
        else:
            (seen if match.content_hash == filed.content_hash else changed).append(filed)
    return _without_rekeyed(Sifted(new=tuple(new), changed=tuple(changed), seen=tuple(seen)), known)


class _Present:
    """What the document has shown so far: keys, and stories by address and by title or text."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._stories: set[tuple[str, str]] = set()

    def admits(self, entry: Entry) -> bool:
        """Note the entry; False when it repeats one already noted."""
        url = entry.canonical_url or ""
        says = bool(url or entry.title or entry.summary or entry.content_html)
        stories = {(url, entry.content_hash)} if says else set()
        stories |= {(url, entry.title)} if url and entry.title else set()
        if entry.key in self._keys or not stories.isdisjoint(self._stories):
            return False
        self._keys.add(entry.key)
        self._stories |= stories
        return True


def _match(entry: Entry, found: KnownEntry | None) -> KnownEntry | None:
    """Accept what the store found, unless it is another story under the same guid or at the same address."""
    if found is None:
        return None
    is_same_text = found.content_hash == entry.content_hash
    is_same_url = found.canonical_url is not None and found.canonical_url == entry.canonical_url
    is_alike = is_same_text or _is_alike(found.title, entry.title)
    if found.key == entry.key:
        return found if is_alike or is_same_url or not found.title or not entry.title else None
    return found if is_alike and is_same_url else None


def _with_own_key(entry: Entry, known: Mapping[str, KnownEntry]) -> Entry:
    """Give a story that came under another's guid an identity of its own."""
    found = known.get(entry.key)
    if found is None or found.key != entry.key:
        return entry
    url = entry.canonical_url
    return replace(entry, key=url if url and url != found.canonical_url else f"text:{entry.content_hash}")


def _without_rekeyed(sifted: Sifted, known: Mapping[str, KnownEntry]) -> Sifted:
    """Take a feed that changed most of its keys, but not its stories, as seen.

    An address counts only where one entry has it: many feeds give all their stories the address of the front page.
    """
    hashes = {entry.content_hash for entry in known.values()}
    urls = {entry.canonical_url for entry in known.values()}
    uses = Counter(entry.canonical_url for entry in (*sifted.new, *sifted.changed, *sifted.seen))
    familiar = {
        entry.key
        for entry in sifted.new
        if entry.content_hash in hashes
        or (entry.canonical_url and entry.canonical_url in urls and uses[entry.canonical_url] == 1)
    }
    if len(familiar) < max(_REKEYED_AT_LEAST, _REKEYED_SHARE * uses.total()):
        return sifted
    return Sifted(
        new=tuple(entry for entry in sifted.new if entry.key not in familiar),
        changed=sifted.changed,
        seen=(*sifted.seen, *(entry for entry in sifted.new if entry.key in familiar)),
    )


def _is_alike(one: str, other: str) -> bool:
    first, second = ({word.lower() for word in words(title)} for title in (one, other))
    if not first or not second:
        return first == second
    return len(first & second) >= _SAME_TITLE * max(len(first), len(second))
