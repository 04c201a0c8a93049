"""Which entries of a feed are new, changed or seen. Nothing is lost: every entry comes out exactly once.

An entry is known by its key, or by the address or the text under which the store found it when its key is new. The
traps, each seen in the wild: one guid reused for another story, one guid for an edited story whose address changed
with it, and feeds whose every guid changes (http to https, a new publishing system, another host), which must not be
reported all over again. What decides does not depend on the order of the entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tracker.feeds.evidence import is_alike, is_same_place, is_story_address, leads_to_same
from tracker.model import Entry, KnownEntry, Sifted

__all__ = ["sift_entries"]

_REKEYED_SHARE = 0.6
_REKEYED_AT_LEAST = 3
_TELLING_CHARS = (
    40  # of title and summary: "Daily briefing" every day is a new one each time, a whole sentence is not
)


def sift_entries(parsed_entries: Sequence[Entry], known: Mapping[str, KnownEntry]) -> Sifted:
    """Divide a document's entries; `known` is by entry key, found by key, else by canonical URL, else by text.

    A changed or re-keyed entry comes out under the key it is known by, a guid that now names another story under its
    address or text. A second appearance inside the document counts as seen.
    """
    new: list[Entry] = []
    changed: list[Entry] = []
    seen: list[Entry] = []
    present, moved = _Present(), 0
    # The known first: of two appearances of a story, wherever they stand, the one under a new key is the second.
    for entry, match in sorted(_recognised(parsed_entries, known), key=lambda pair: pair[1] is None):
        filed = replace(entry, key=match.key) if match else _with_own_key(entry, known)
        moved += match is not None and match.key != entry.key
        if not present.admits(filed):
            seen.append(filed)
        elif match is None:
            new.append(filed)
        else:
            (seen if match.content_hash == filed.content_hash else changed).append(filed)
    return _without_rekeyed(Sifted(new=tuple(new), changed=tuple(changed), seen=tuple(seen)), known, moved)


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


def _recognised(
    entries: Sequence[Entry], known: Mapping[str, KnownEntry]
) -> list[tuple[Entry, KnownEntry | None]]:
    """Pair entries with what they are known as; one remembered entry is given to one entry only, the likest."""
    uses = Counter(entry.canonical_url for entry in entries)
    pairs = [(entry, _match(entry, known.get(entry.key), uses)) for entry in entries]
    best: dict[str, tuple[int, int]] = {}
    for number, (entry, match) in enumerate(pairs):
        if match:
            rank = 0 if match.key == entry.key else 1 + (match.content_hash != entry.content_hash)
            best[match.key] = min(best.get(match.key, (rank, number)), (rank, number))
    return [
        (entry, match if match and (match.key == entry.key or best[match.key][1] == number) else None)
        for number, (entry, match) in enumerate(pairs)
    ]


def _match(entry: Entry, found: KnownEntry | None, uses: Mapping[str | None, int]) -> KnownEntry | None:
    """Accept what the store found, unless it is another story under the same guid, place or words.

    An address that several entries of the document have is no evidence for any of them.
    """
    if found is None:
        return None
    is_same_text = found.content_hash == entry.content_hash
    is_same_url = found.canonical_url is not None and found.canonical_url == entry.canonical_url
    if found.key == entry.key:
        is_same_url = is_same_url and (
            uses[entry.canonical_url] == 1 or is_story_address(entry.canonical_url)
        )
        has_titles = found.title and entry.title
        is_version = is_same_text or is_same_url or is_same_place(found.canonical_url, entry.canonical_url)
        return found if is_version or not has_titles or is_alike(found.title, entry.title) else None
    if is_same_url:
        return found if is_same_text or is_alike(found.title, entry.title) else None
    return found if is_same_text and leads_to_same(found.canonical_url, entry.canonical_url) else None


def _with_own_key(entry: Entry, known: Mapping[str, KnownEntry]) -> Entry:
    """Give a story that came under another's guid an identity of its own."""
    found = known.get(entry.key)
    if found is None or found.key != entry.key:
        return entry
    url = entry.canonical_url
    return replace(entry, key=url if url and url != found.canonical_url else f"text:{entry.content_hash}")


def _without_rekeyed(sifted: Sifted, known: Mapping[str, KnownEntry], moved: int) -> Sifted:
    """Take a feed that changed most of its keys, but not its stories, as seen; `moved` of them were recognised already.

    An address counts only where one entry has it and it is that of a story (many feeds give all their stories the
    address of the front page or of a section); a text only where one entry has it and it is more than a set phrase.
    """
    hashes = {entry.content_hash for entry in known.values()}
    urls = {entry.canonical_url for entry in known.values()}
    everything = (*sifted.new, *sifted.changed, *sifted.seen)
    uses = Counter(entry.canonical_url for entry in everything)
    texts = Counter(entry.content_hash for entry in everything)
    familiar = {
        entry.key
        for entry in sifted.new
        if (entry.content_hash in hashes and texts[entry.content_hash] == 1 and _tells(entry))
        or (
            entry.canonical_url in urls
            and uses[entry.canonical_url] == 1
            and is_story_address(entry.canonical_url)
        )
    }
    if len(familiar) + moved < max(_REKEYED_AT_LEAST, _REKEYED_SHARE * len(everything)):
        return sifted
    return Sifted(
        new=tuple(entry for entry in sifted.new if entry.key not in familiar),
        changed=sifted.changed,
        seen=(*sifted.seen, *(entry for entry in sifted.new if entry.key in familiar)),
    )


def _tells(entry: Entry) -> bool:
    return len(entry.title) + len(entry.summary) >= _TELLING_CHARS
