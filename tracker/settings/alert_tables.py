"""The [[alert]] table: one target of immediate alerts, when it is told and of what.

Secrets never stand in the file: a key names the file, the command or the environment variable that has them. They are
read by `access.py` when an alert is about to leave.
"""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from tracker.settings.fields import Section, Share, TimeZone, Variable, WebAddress
from tracker.settings.values import parse_clock_time, render_clock_time

__all__ = ["AlertSettings"]

_SOURCES: Final = ("file", "command", "env")
_TOPIC: Final = re.compile(r"[-_A-Za-z0-9]{1,64}")  # what ntfy takes
_HOURS: Final = 'must be two different times of day, such as "22:00-07:00"'


def _quiet_hours(value: object) -> object:
    if not isinstance(value, str):
        return value
    begin, dash, end = value.partition("-")
    try:
        hours = (parse_clock_time(begin), parse_clock_time(end))
    except ValueError:
        raise ValueError(_HOURS) from None
    if not dash or hours[0] == hours[1]:
        raise ValueError(_HOURS)
    return hours


QuietHours = Annotated[
    tuple[time, time],
    BeforeValidator(_quiet_hours),
    PlainSerializer(lambda hours: "-".join(map(render_clock_time, hours))),
    WithJsonSchema(
        {"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d-([01]?\d|2[0-3]):[0-5]\d$"},
    ),
]


def _bar(value: object) -> object:
    if value == "strong" or (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    ):
        return value
    raise ValueError('must be "strong" or a number between 0 and 1')


class AlertSettings(Section):
    """Where alerts go: one address, and what it is told."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        max_length=64,
        description="Short name in small letters, digits and hyphens; reports call the target so.",
        examples=["phone"],
    )
    kind: Literal["webhook", "ntfy", "apprise"] = Field(
        "webhook",
        description="webhook: a JSON document; ntfy: a topic of an ntfy server; apprise: any service of Apprise.",
        examples=["ntfy"],
    )
    url: WebAddress | None = Field(
        None, description="Address of the webhook or the ntfy topic.", examples=["https://ntfy.sh/my-topic"]
    )
    url_file: Path | None = Field(
        None,
        description="File that holds the address, when that is a secret.",
        examples=["/run/secrets/hook"],
    )
    url_command: str = Field("", description="Command that prints the address.", examples=["pass show hook"])
    url_env: Variable | None = Field(
        None, description="Environment variable that holds the address.", examples=["ALERT_URL"]
    )
    secret_file: Path | None = Field(
        None,
        description="File that holds the key a webhook is signed with, or the access token for ntfy.",
        examples=["/run/secrets/hook-key"],
    )
    secret_command: str = Field("", description="Command that prints it.", examples=["pass show hook-key"])
    secret_env: Variable | None = Field(
        None, description="Environment variable that holds it.", examples=["ALERT_KEY"]
    )
    watches: tuple[str, ...] = Field(
        ("*",), min_length=1, description='Names of the watches it is told of; "*" is all.', examples=[["*"]]
    )
    threshold: Annotated[Literal["strong"] | Share, BeforeValidator(_bar)] = Field(
        "strong",
        description="Least score: a number, or strong, half-way from the watch's own threshold to 1.",
        examples=[0.8],
    )
    per_hour: int = Field(6, ge=1, le=1000, description="Most alerts in an hour; what waits is told together.",
                          examples=[6])  # fmt: skip
    quiet: QuietHours | None = Field(
        None, description="Hours without alerts, in the zone below.", examples=["22:00-07:00"]
    )
    timezone: TimeZone = Field("UTC", description="IANA time zone of `quiet`.", examples=["Europe/Berlin"])

    @model_validator(mode="after")
    def _each_thing_once(self) -> Self:
        urls = [key for key in ("url", *(f"url_{source}" for source in _SOURCES)) if getattr(self, key)]
        secrets = [key for source in _SOURCES if getattr(self, key := f"secret_{source}")]
        if self.kind == "apprise" and self.url:
            raise ValueError("needs url_file, url_command or url_env: an Apprise address holds secrets")
        if len(urls) != 1:
            said = f"gives the address twice: {' and '.join(urls)}" if urls else "has no address: set url"
            raise ValueError(said)
        if len(secrets) > 1:
            raise ValueError(f"gives the secret twice: {' and '.join(secrets)}")
        if self.kind == "apprise" and secrets:
            raise ValueError(f"cannot use {secrets[0]}: an Apprise address holds its own secrets")
        if (
            self.kind == "ntfy"
            and self.url
            and not _TOPIC.fullmatch(urlsplit(self.url).path.rpartition("/")[2])
        ):
            raise ValueError('needs a topic at the end of url, such as "https://ntfy.sh/my-topic"')
        return self
