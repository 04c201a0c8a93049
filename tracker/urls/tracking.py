"""The table of what does not change a page: parameters to drop and addresses that wrap another."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

__all__ = ["Tracking", "Wrapper", "tracking", "wrappers_at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapper:
    """An address that only leads to another: which host and path, and where its target stands."""

    host: str
    path: str
    names: tuple[str, ...] = ()
    embedded: bool = False

    def is_at(self, host: str) -> bool:
        """Whether this plain host is one of the wrapper's."""
        if self.host.endswith(".*"):
            stem = self.host[:-1]
            return host.startswith(stem) and host.count(".", len(stem)) <= 1
        if self.host.startswith("*."):
            return host == self.host[2:] or host.endswith(self.host[1:])
        return host == self.host


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """The rules of `tracking.toml`; all names and values in lower case."""

    names: frozenset[str]
    prefixes: tuple[str, ...]
    values: dict[str, frozenset[str]]
    hosts: dict[str, frozenset[str]]
    wrappers: tuple[Wrapper, ...]

    def drops(self, host: str, name: str, value: str) -> bool:
        """Whether this query parameter says nothing about which page it is."""
        name, value = name.lower(), value.lower()
        if name in self.names or name.startswith(self.prefixes) or value in self.values.get(name, ()):
            return True
        return any(name in self.hosts.get(domain, ()) for domain in _domains(host))


@lru_cache(maxsize=4096)
def wrappers_at(host: str) -> tuple[Wrapper, ...]:
    """The wrappers this plain host may hold."""
    return tuple(wrapper for wrapper in tracking().wrappers if wrapper.is_at(host))


def _domains(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


@cache
def tracking() -> Tracking:
    """The packaged table."""
    table = tomllib.loads(files(__package__).joinpath("tracking.toml").read_text("utf-8"))
    return Tracking(
        names=frozenset(table["names"]),
        prefixes=tuple(table["prefixes"]),
        values={name: frozenset(values) for name, values in table["values"].items()},
        hosts={host: frozenset(names) for host, names in table["hosts"].items()},
        wrappers=tuple(Wrapper(**{**row, "names": tuple(row.get("names", ()))}) for row in table["wrapper"]),
    )
