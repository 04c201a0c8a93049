"""The origin's request log: one `Ask` for each request, kept in a file so that a month of them costs no memory."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
HOUR, DAY = 3600.0, 86400.0
NOTED = frozenset(
    {
        "user-agent", "accept", "accept-encoding", "if-none-match", "if-modified-since",
        "cache-control", "expires", "date", "etag", "last-modified", "retry-after", "location",
    }
)  # fmt: skip

Kind = Literal["feed", "page", "robots", "hop", "stray"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request and what it was answered; status 0: the connection was refused.

    `feed` numbers the feed asked for, by whatever address. `good`: the answer held the whole feed document. `hint`:
    seconds the document asks to wait (ttl, sy). `lie`: a 304,
    or a 200 under the old validators, although the document had changed.
    """

    at: float
    end: float
    url: str
    host: str
    kind: Kind = "feed"
    feed: int = -1
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    answer: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    good: bool = False
    hint: float = 0.0
    lie: bool = False

    @property
    def is_conditional(self) -> bool:
        return "if-none-match" in self.headers or "if-modified-since" in self.headers


class Log:
    """Appends to a file; reads it back in the order of the requests' starts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self.count = 0
        self.bytes = 0

    def add(self, ask: Ask) -> None:
        self.count += 1
        self.bytes += ask.size
        fields = [getattr(ask, name) for name in Ask.__slots__]
        pickle.dump(fields, self._file, pickle.HIGHEST_PROTOCOL)

    def read(self) -> Sequence[Ask]:
        self._file.flush()
        return sorted(self._lines(), key=lambda ask: ask.at)

    def close(self) -> None:
        self._file.close()

    def _lines(self) -> Iterator[Ask]:
        with self._path.open("rb") as file:
            while True:
                try:
                    values = pickle.load(file)
                except EOFError:
                    return
                yield Ask(**dict(zip(Ask.__slots__, values, strict=True)))


def instant(at: float) -> datetime:
    return START + timedelta(seconds=at)


def seconds(at: datetime) -> float:
    return (at - START).total_seconds()
