"""The knobs of fetching: who we say we are, how patient, how polite and how wary we are.

Nothing here acts; `client.py` and its neighbours read these values. Settings are validated where they are made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

__all__ = ["FetchPolicy"]

_MIB = 1024 * 1024
_HOST_PORT = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+):([0-9]{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """How to fetch. Sizes are bytes after decompression; ports and `allow_hosts` guard against private networks.

    `contact` (an address or a mailbox) is shown to site owners beside `user_agent`. `allow_hosts` lists exact
    "host:port" pairs that may be private or use an unusual port. `total_deadline` covers one exchange from the name
    look-up to the last byte, redirects included, not the wait for a host's turn. `per_host_spacing` lies between the
    starts of two requests to a host; a robots.txt crawl-delay can only raise it. A request whose host has had no turn
    for it within `queue_limit` fails, so that one slow host cannot keep a run from its end. Raises ValueError.
    """

    contact: str = ""
    user_agent: str = "subject-tracker/0.1"
    allow_hosts: tuple[str, ...] = ()
    total_deadline: timedelta = timedelta(seconds=30)
    queue_limit: timedelta = timedelta(hours=1)  # 3,600 pages of one host at the default spacing
    feed_cap_bytes: int = 10 * _MIB
    page_cap_bytes: int = 5 * _MIB
    robots_cap_bytes: int = _MIB // 2  # RFC 9309 section 2.5: at least 500 KiB
    max_redirects: int = 5
    workers: int = 12
    per_host_concurrency: int = 2
    per_host_spacing: timedelta = timedelta(seconds=1)
    allowed_ports: frozenset[int] = frozenset({80, 443, 8080, 8443})
    respect_robots: bool = True
    feed_accept: str = (
        "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
        "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.4, */*;q=0.1"
    )
    page_accept: str = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
    robots_accept: str = "text/plain, */*;q=0.1"
    ping_accept: str = "*/*"

    def __post_init__(self) -> None:
        object.__setattr__(self, "allow_hosts", tuple(entry.lower() for entry in self.allow_hosts))
        for entry in self.allow_hosts:
            if not _HOST_PORT.fullmatch(entry):
                raise ValueError(f'allow_hosts: "{entry}" is not host:port, for example "10.0.0.5:8080"')
        for name in (
            "workers",
            "per_host_concurrency",
            "feed_cap_bytes",
            "page_cap_bytes",
            "robots_cap_bytes",
        ):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        if min(self.total_deadline, self.queue_limit) <= timedelta(0):
            raise ValueError("total_deadline and queue_limit must be above 0")
        if self.per_host_spacing < timedelta(0) or self.max_redirects < 0:
            raise ValueError("per_host_spacing and max_redirects must not be below 0")
        if not self.identity.isascii() or not self.identity.isprintable():
            raise ValueError("user_agent and contact may hold printable ASCII characters only")

    @property
    def identity(self) -> str:
        """The User-Agent header: product token first (RFC 9110 section 10.1.5), then how to reach the owner."""
        return f"{self.user_agent} (+{self.contact})" if self.contact else self.user_agent

    def is_exempt(self, host: str, port: int) -> bool:
        """Whether exactly this host and port was allowed by name; `host` is lower-case, IPv6 without brackets."""
        name = f"[{host}]" if ":" in host else host
        return f"{name}:{port}" in self.allow_hosts
