"""A text taken apart once, so that a stored article can be compared again without being read again.

`Prepared.pack` is what the store keeps beside an article. The layout belongs to a scheme; bytes of another scheme
are not understood (`unpack` gives None) and the text is prepared anew.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Final, NamedTuple
from zlib import crc32

from tracker.neardup.facts import Fact, facts_of
from tracker.text.normalise import UNSPACED, cased_sentences, comparison_words

__all__ = ["SCHEME", "SPACED_WIDTH", "UNSPACED_WIDTH", "Prepared", "Sentence", "prepare", "word_runs"]

SCHEME: Final = 2
"""Version of everything here that decides what is stored: normal form, hashes, sketch and packed layout."""

SPACED_WIDTH: Final = 3
"""Words in a shingle."""
UNSPACED_WIDTH: Final = 5
"""Characters in a shingle of a text in a script without spaces, where every character counts as a word."""

_SENTENCE_WORDS = 4
_MAX_SENTENCES = 1000  # bounds the lookups a hostile text can ask for; an article has some tens
_HEADER = struct.Struct("<BBHIII")  # scheme, width, length of the title in bytes; words, sentences, facts
_MAX_TITLE_BYTES = 0xFFFF
_UNSPACED_WORD = re.compile(f"[{UNSPACED}]")


class Sentence(NamedTuple):
    """A sentence of four words or more: hash of its words, and where it stands as word indexes [first, end)."""

    hash: int
    first: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What comparison needs of an article: its title's words, hashes of its body's words, sentences and facts.

    `width` is how many words make a shingle: three, or five in scripts without spaces, where a word is one character.
    """

    title: tuple[str, ...]
    words: tuple[int, ...]
    width: int
    sentences: tuple[Sentence, ...]
    facts: tuple[Fact, ...]

    def pack(self) -> bytes:
        """Write as bytes: little-endian, the same on every machine."""
        title = " ".join(self.title).encode()[:_MAX_TITLE_BYTES]
        sentences = [part for sentence in self.sentences for part in sentence]
        numbers = [*self.words, *sentences, *(fact.key for fact in self.facts)]
        return b"".join(
            (
                _HEADER.pack(
                    SCHEME, self.width, len(title), len(self.words), len(self.sentences), len(self.facts)
                ),
                struct.pack(f"<{len(numbers)}I", *numbers),
                title,
                "\n".join(fact.value for fact in self.facts).encode(),
            )
        )

    @classmethod
    def unpack(cls, packed: bytes) -> Prepared | None:
        """Read what `pack` wrote; None when it was written under another scheme."""
        if packed[:1] != bytes([SCHEME]):
            return None
        _, width, title_bytes, words, sentences, facts = _HEADER.unpack_from(packed)
        numbers = struct.unpack_from(f"<{words + 3 * sentences + facts}I", packed, _HEADER.size)
        text_at = _HEADER.size + 4 * len(numbers)
        parts, keys = numbers[words : words + 3 * sentences], numbers[words + 3 * sentences :]
        values = packed[text_at + title_bytes :].decode().split("\n")
        return cls(
            title=tuple(packed[text_at : text_at + title_bytes].decode(errors="ignore").split()),
            words=numbers[:words],
            width=width,
            sentences=tuple(map(Sentence, parts[::3], parts[1::3], parts[2::3])),
            facts=tuple(map(Fact, keys, values)),
        )


def prepare(title: str, text: str) -> Prepared:
    """Take an article's title and body text apart for comparison."""
    split = cased_sentences(text)
    words = list(chain.from_iterable(split))
    lowered = " ".join(words).lower().split(" ") if words else []
    ends = list(accumulate(map(len, split)))
    bounds = list(zip([0, *ends], ends, strict=False))
    sentences = [(first, end) for first, end in bounds if end - first >= _SENTENCE_WORDS]
    return Prepared(
        title=tuple(comparison_words(title)),
        words=tuple([crc32(word.encode()) for word in lowered]),
        width=UNSPACED_WIDTH if _is_unspaced(text, len(words)) else SPACED_WIDTH,
        sentences=tuple(
            Sentence(crc32(" ".join(lowered[first:end]).encode()), first, end)
            for first, end in sentences[:_MAX_SENTENCES]
        ),
        facts=tuple(facts_of(words, lowered, [first for first, _ in bounds])),
    )


def word_runs(words: Sequence[int], width: int) -> list[int]:
    """Return a hash (32 bits) of every run of `width` words, in order: the shingles of a text.

    CRC-32 of the words' own hashes. It is no strong hash, but its input is even already, it is the fastest in the
    standard library that is the same in every process, and a chance meeting costs a pair one part in its thousands.
    """
    packed = map(struct.Struct(f"<{width}I").pack, *(words[first:] for first in range(width)))
    return list(map(crc32, packed))


def _is_unspaced(text: str, words: int) -> bool:
    return not text.isascii() and len(_UNSPACED_WORD.findall(text)) * 2 > words
