"""The [[feed]] table: how one feed is reached that is not open to everybody.

Secrets never stand in the file: a key names the file, the command or the environment variable that has them. They are
read by `access.py` when the program starts to fetch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from tracker.settings.fields import HeaderName, HeaderValue, Proxy, Section, Variable, WebAddress

__all__ = ["FeedSettings"]

_PASSWORDS = ("password_file", "password_command", "password_env")
_HEADERS = ("headers", "header_files", "header_env")


class FeedSettings(Section):
    """Login, headers and proxy of one feed; sent to the origin of its address only."""

    url: WebAddress = Field(
        description="The feed's address, exactly as it is followed.",
        examples=["https://example.org/members/feed.xml"],
    )
    username: str = Field("", description="User name for HTTP Basic authentication.", examples=["anna"])
    password_file: Path | None = Field(
        None, description="File that holds the password.", examples=["/run/secrets/feed-password"]
    )
    password_command: str = Field(
        "", description="Command that prints the password.", examples=["pass show feeds/example"]
    )
    password_env: Variable | None = Field(
        None, description="Environment variable that holds the password.", examples=["EXAMPLE_PASSWORD"]
    )
    headers: dict[HeaderName, HeaderValue] = Field(
        {}, description="Extra headers that are no secret.", examples=[{"Accept-Language": "es"}]
    )
    header_files: dict[HeaderName, Path] = Field(
        {},
        description="Secret headers: the file that holds the value of each.",
        examples=[{"X-Api-Key": "/run/secrets/api-key"}],
    )
    header_env: dict[HeaderName, Variable] = Field(
        {},
        description="Secret headers: the environment variable that holds the value of each.",
        examples=[{"Cookie": "EXAMPLE_COOKIE"}],
    )
    proxy: Proxy | None = Field(
        None, description="HTTP proxy to go through, for every hop.", examples=["http://proxy.example:3128"]
    )
    proxy_env: Variable | None = Field(
        None,
        description="Environment variable that holds the proxy's address, when that has a password.",
        examples=["EXAMPLE_PROXY"],
    )

    @model_validator(mode="after")
    def _each_thing_once(self) -> Self:
        given = [key for key in _PASSWORDS if getattr(self, key)]
        if len(given) > 1:
            raise ValueError(f"gives the password twice: {' and '.join(given)}")
        if given and not self.username:
            raise ValueError(f"needs a username beside {given[0]}")
        if ":" in self.username:
            raise ValueError("has a username with a colon, which HTTP cannot send")
        if self.proxy and self.proxy_env:
            raise ValueError("gives the proxy twice: proxy and proxy_env")
        names = [name.lower() for key in _HEADERS for name in getattr(self, key)]
        twice = [name for name in names if names.count(name) > 1]
        if twice or (self.username and "authorization" in names):
            raise ValueError(f'gives the header "{twice[0] if twice else "authorization"}" twice')
        return self
