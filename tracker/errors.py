"""What a person must be told: the one tree of exceptions that leaves this package.

Every error is one plain sentence plus `hint`, the next thing to do. Expected failure (a dead feed, a paywall, a
refused recipient) is never an exception here: it is a value in `model`. Adapters translate foreign exceptions at
their own door and keep the cause. The command line prints these and ends with `exit_code`.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ArticleNotFound",
    "ConfigError",
    "ConfigProblem",
    "FeedExists",
    "FeedNotFound",
    "LockHeld",
    "MailError",
    "SchemaError",
    "SeedError",
    "StoreBusy",
    "StoreError",
    "TrackerError",
    "UsageError",
    "WatchNotFound",
]


class TrackerError(Exception):
    """One sentence for a person and, in `hint`, what to do next. `exit_code` is the command's status."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigProblem:
    """One mistake in the configuration: where it stands, what is wrong and what would be right."""

    file: str
    line: int | None
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        tail = f" ({self.hint})" if self.hint else ""
        return f"{place}: {self.key}: {self.message}{tail}" if self.key else f"{place}: {self.message}{tail}"


class ConfigError(TrackerError):
    """The configuration is wrong; `problems` lists every mistake found, not only the first."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str = "", problems: tuple[ConfigProblem, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


class UsageError(TrackerError):
    """The person can fix it now: a wrong argument, an unknown name, a missing file."""

    exit_code = 2


class SeedError(UsageError):
    """A seed cannot be read, or a watch has none."""


class FeedNotFound(UsageError):
    """No feed has this address."""


class FeedExists(UsageError):
    """The feed is followed already."""


class WatchNotFound(UsageError):
    """No watch has this name."""


class ArticleNotFound(UsageError):
    """No stored article has this id or address."""


class StoreError(TrackerError):
    """The database could not do what was asked."""


class LockHeld(TrackerError):
    """Another daemon runs on this state."""

    exit_code = 5


class StoreBusy(StoreError):
    """Another process held the database longer than we wait; trying again is safe."""


class SchemaError(StoreError):
    """The database was written by another version of the program."""


class MailError(TrackerError):
    """Mail is misconfigured; a refusal or a delay of one recipient is a `Delivery` value instead."""
