"""The whole configuration as one validated value: every key, its default, its range and its description.

The class of a section mirrors its TOML table. Every key has a default that works, unknown keys are refused,
values are frozen. Durations are `timedelta`, sizes are bytes, paths are absolute once `load_settings` has
resolved them. Passwords have no key here: see `tracker.settings.passwords`. The tables of one feed and of one alert
target have modules of their own, `feed_tables.py` and `alert_tables.py`. Where the file is found and how mistakes are
worded: `load.py`, `problems.py`.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from tracker.settings.alert_tables import AlertSettings
from tracker.settings.feed_tables import FeedSettings
from tracker.settings.fields import (
    Age,
    ClockTime,
    Country,
    Day,
    Duration,
    HeaderText,
    HostName,
    HostPort,
    MailAddress,
    Phrase,
    Section,
    Share,
    Size,
    Span,
    TimeZone,
    WebAddress,
)
from tracker.settings.values import render_duration

__all__ = [
    "AlertSettings",
    "DaemonSettings",
    "DigestSettings",
    "FeedSettings",
    "FeedsSettings",
    "HttpSettings",
    "LogSettings",
    "MailSettings",
    "OutputsSettings",
    "PerDay",
    "PollingSettings",
    "RelevanceSettings",
    "RetentionSettings",
    "SandboxSettings",
    "Settings",
    "StoreSettings",
    "TopicSettings",
    "WatchSettings",
    "WebSettings",
    "schema_json",
]


class StoreSettings(Section):
    """Where everything is remembered."""

    url: str = Field(
        "sqlite:///state/tracker.db",
        description="Database: a SQLite file, or postgresql://user@host/name for several workers.",
        examples=["sqlite:///state/tracker.db"],
    )

    @field_validator("url")
    @classmethod
    def _supported(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError('must begin with "sqlite:///" or "postgresql://"')
        return value


class HttpSettings(Section):
    """How this program behaves towards the sites that it reads."""

    contact: HeaderText = Field(
        "",
        description="Mail address or web page for site owners; goes into the User-Agent.",
        examples=["you@example.org"],
    )
    user_agent: HeaderText | None = Field(
        None, description="Replaces the whole User-Agent.", examples=["my-reader/1.0"]
    )
    allow_hosts: tuple[HostPort, ...] = Field(
        (),
        description="Exact host:port addresses that may be private (loopback, intranet).",
        examples=[["127.0.0.1:8081"]],
    )
    per_host_spacing: Duration = Field(
        timedelta(seconds=1), description="Pause between two requests to one host.", examples=["1s"]
    )
    total_timeout: Span = Field(
        timedelta(seconds=30),
        description="Longest time one exchange may take, from connecting to the last byte.",
        examples=["30s"],
    )
    respect_robots: bool = Field(
        True, description="Whether pages that robots.txt excludes are left alone.", examples=[True]
    )


class PollingSettings(Section):
    """How often feeds are looked at."""

    min_interval: Span = Field(
        timedelta(minutes=5),
        description="Never poll one feed more often than this.",
        examples=["5m"],
    )
    max_interval: Span = Field(
        timedelta(hours=24),
        description="Never wait longer than this.",
        examples=["24h"],
        validate_default=True,
    )
    default_interval: Span = Field(
        timedelta(hours=1),
        description="Interval until a feed's own rhythm is known.",
        examples=["1h"],
    )
    backfill: Duration | None = Field(
        None,
        description="Take entries up to this old at a feed's first poll; without it all that the feed lists.",
        examples=["7d"],
    )

    @field_validator("max_interval", "default_interval")
    @classmethod
    def _ordered(cls, value: timedelta, info: ValidationInfo) -> timedelta:
        shortest = info.data.get("min_interval")
        if shortest is not None and value < shortest:
            bounds = {
                "other": "min_interval",
                "bound": render_duration(shortest),
                "own": render_duration(value),
            }
            raise PydanticCustomError("shorter_than", 'must not be shorter than {other} ("{bound}")', bounds)
        return value


class MailSettings(Section):
    """How digests leave. The password never stands in this file."""

    transport: Literal["smtp", "folder"] = Field(
        "smtp", description="smtp sends; folder writes .eml files instead.", examples=["smtp"]
    )
    folder: Path = Field(
        Path("state/outbox"), description="Where the folder transport writes.", examples=["state/outbox"]
    )
    host: str = Field("localhost", min_length=1, description="SMTP server.", examples=["localhost"])
    port: int = Field(25, ge=1, le=65535, description="SMTP port.", examples=[25])
    security: Literal["none", "starttls", "tls"] = Field(
        "none", description="Encryption: none, starttls (port 587) or tls (port 465).", examples=["starttls"]
    )
    sender: MailAddress = Field(
        "tracker@localhost", description="From address of digests.", examples=["tracker@example.org"]
    )
    username: str = Field("", description="User name at the server; empty: no login.", examples=["tracker"])
    password_file: Path | None = Field(
        None, description="File that holds the password.", examples=["/run/secrets/smtp-password"]
    )
    password_command: str = Field(
        "", description="Command that prints the password.", examples=["pass show smtp"]
    )


class OutputsSettings(Section):
    """Each watch as a feed for other programs."""

    feeds: tuple[Literal["atom", "json"], ...] = Field(
        ("atom", "json"),
        description="Feed files of each watch, written when something was kept: atom, json; without any none.",
        examples=[["atom"]],
    )
    folder: Path = Field(
        Path("state/feeds"), description="Where they are written, as NAME.atom and NAME.json.",
        examples=["state/feeds"],
    )  # fmt: skip
    entries: int = Field(100, ge=1, le=10_000, description="How many of the newest items.", examples=[100])
    base_url: WebAddress | None = Field(
        None,
        description="Web address under which the folder is published; the files name themselves by it.",
        examples=["https://news.example/feeds"],
    )


class WebSettings(Section):
    """The page."""

    listen: HostPort = Field(
        "127.0.0.1:8765", description="Address the page listens on.", examples=["127.0.0.1:8765"]
    )
    names: tuple[HostName, ...] = Field(
        (),
        description="Names, with their port where it is not the usual one, under which a proxy hands on to the page.",
        examples=[["news.example"]],
    )
    token_file: Path = Field(
        Path("state/web-token"),
        description="File with the word that opens the page; made at the first start.",
        examples=["state/web-token"],
    )


class DaemonSettings(Section):
    """The program that keeps running (tracker run)."""

    tick: Span = Field(
        timedelta(seconds=5), description="How often the daemon looks what is due.", examples=["5s"]
    )
    grace: Duration = Field(
        timedelta(seconds=10),
        description="Time to finish what is being done when told to stop.",
        examples=["10s"],
    )
    ping_url: WebAddress | None = Field(
        None,
        description="Address asked regularly while all is well, so that a watchdog notices silence.",
        examples=["https://hc.example/ping/1"],
    )
    ping_every: Span = Field(
        timedelta(minutes=5), description="Pause between two such requests.", examples=["5m"]
    )


class LogSettings(Section):
    """What is logged, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="Least severe event that is logged.", examples=["info"]
    )
    format: Literal["text", "json"] = Field(
        "text", description="Lines for people or for machines.", examples=["text"]
    )


class RetentionSettings(Section):
    """How long texts are kept; what was seen is known for ever."""

    kept: Age | None = Field(
        None, description="Age after which texts of kept items go; without it never.", examples=["730d"]
    )
    others: Age | None = Field(
        None, description="The same for all other texts; without it never.", examples=["180d"]
    )
    polls: Age | None = Field(
        timedelta(days=90),
        description="Age after which the history of polls goes.",
        examples=["90d"],
    )


class SandboxSettings(Section):
    """Limits of the child processes that read foreign documents."""

    workers: int = Field(
        0, ge=0, le=256, description="Child processes; 0 means one for each processor.", examples=[2]
    )
    deadline: Span = Field(
        timedelta(seconds=10), description="Longest time for one document.", examples=["10s"]
    )
    memory: Size = Field(2**30, ge=2**27, description="Memory of one child.", examples=["1GiB"])


class RelevanceSettings(Section):
    """What scoring rests on beside words."""

    model: Path | None = Field(
        None,
        description="Folder of a sentence encoder (model.onnx, tokenizer.json); not set: model, where there is one.",
        examples=["models/all-MiniLM-L6-v2"],
    )


class FeedsSettings(Section):
    """The subscribed sources."""

    opml: Path = Field(
        Path("config/feeds.opml"),
        description="Feed list that is followed; its folders are the tags that watches name.",
        examples=["config/feeds.opml"],
    )


class TopicSettings(Section):
    """A named side of the subject."""

    name: str = Field(min_length=1, description="What reports call it.", examples=["fentanyl"])
    phrases: tuple[Phrase, ...] = Field(
        (),
        description="Words and synonyms in any language; without any the name itself counts.",
        examples=[["fentanyl", "synthetic opioid"]],
    )


class DigestSettings(Section):
    """When the digest is made and who gets it."""

    at: ClockTime = Field(time(7, 30), description="Time of day in the zone below.", examples=["07:30"])
    timezone: TimeZone = Field("UTC", description="IANA time zone.", examples=["America/New_York"])
    days: tuple[Day, ...] = Field(
        ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        min_length=1,
        description="Weekdays with a digest.",
        examples=[["mon", "fri"]],
    )
    to: tuple[MailAddress, ...] = Field(
        (), description="Recipients; without any no mail is sent.", examples=[["analyst@example.org"]]
    )
    quiet_days: Literal["none", "heartbeat"] = Field(
        "heartbeat",
        description="With nothing new: none sends no mail, heartbeat a short one.",
        examples=["heartbeat"],
    )


class PerDay(Section):
    """A threshold that lets about so many items a day pass."""

    per_day: int = Field(ge=1, le=10_000, description="Items a day to aim at.", examples=[10])


_THRESHOLD = 'must be "auto", "strict", "normal", "wide", a number between 0 and 1, or { per_day = 10 }'
_PRESETS = ("auto", "strict", "normal", "wide")


def _threshold_form(value: object) -> object:
    if isinstance(value, PerDay) or value in _PRESETS:
        return value
    if isinstance(value, dict) and value.keys() == {"per_day"}:
        count = value["per_day"]
        if isinstance(count, int) and not isinstance(count, bool) and 1 <= count <= 10_000:
            return value
        shown = json.dumps(count, default=str, ensure_ascii=False)
        raise ValueError(f"{_THRESHOLD}; items a day go from 1 to 10000, and {shown} is not one of these")
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise ValueError(_THRESHOLD)


Threshold = Annotated[
    Literal["auto", "strict", "normal", "wide"] | Share | PerDay, BeforeValidator(_threshold_form)
]


class WatchSettings(Section):
    """One followed subject."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        max_length=64,
        description="Short name in small letters, digits and hyphens; the seeds folder is called so, too.",
        examples=["us-china-counternarcotics"],
    )
    title: str = Field(
        "", description="What reports call it; empty: the name.", examples=["US-China cooperation"]
    )
    seeds: Path | None = Field(
        None, description="Folder of example articles; without it seeds/NAME.", examples=["seeds/my-subject"]
    )
    feeds: tuple[str, ...] = Field(
        ("*",), min_length=1, description='Tags of the feeds to read; "*" is all.', examples=[["agencies"]]
    )
    threshold: Threshold = Field(
        "auto",
        description='Least score to keep: "auto", "strict", "normal", "wide", a number (0 to 1), { per_day = N }.',
        examples=["auto"],
    )
    facets: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Whether topics and places must both be present; auto decides by the seeds.",
        examples=["auto"],
    )
    places: tuple[Country, ...] = Field(
        (),
        description="Countries (two-letter codes) the subject is about; without any the seeds say it.",
        examples=[["US", "CN"]],
    )
    respect_robots: bool = Field(
        True,
        description="With false, pages of feeds you added may be read although robots.txt excludes them.",
        examples=[True],
    )
    topic: tuple[TopicSettings, ...] = Field((), description="Named sides of the subject.")
    digest: DigestSettings = Field(DigestSettings(), description="The periodic report.")

    @field_validator("topic")
    @classmethod
    def _topics_differ(cls, value: tuple[TopicSettings, ...]) -> tuple[TopicSettings, ...]:
        return _differing(value, "topics")


_Named = TypeVar("_Named", WatchSettings, TopicSettings, AlertSettings)


class Settings(Section):
    """The configuration of one installation."""

    store: StoreSettings = Field(StoreSettings(), description="Where everything is remembered.")
    http: HttpSettings = Field(HttpSettings(), description="Behaviour towards sites.")
    polling: PollingSettings = Field(PollingSettings(), description="How often feeds are looked at.")
    mail: MailSettings = Field(MailSettings(), description="How digests leave.")
    outputs: OutputsSettings = Field(OutputsSettings(), description="Each watch as a feed.")
    web: WebSettings = Field(WebSettings(), description="The page.")
    daemon: DaemonSettings = Field(DaemonSettings(), description="The program that keeps running.")
    log: LogSettings = Field(LogSettings(), description="What is logged.")
    retention: RetentionSettings = Field(
        RetentionSettings(), description="How long texts and histories are kept."
    )
    sandbox: SandboxSettings = Field(SandboxSettings(), description="Limits for reading foreign documents.")
    relevance: RelevanceSettings = Field(
        RelevanceSettings(), description="What scoring rests on beside words."
    )
    feeds: FeedsSettings = Field(FeedsSettings(), description="The subscribed sources.")
    feed: tuple[FeedSettings, ...] = Field((), description="Feeds that need a login, headers or a proxy.")
    watch: tuple[WatchSettings, ...] = Field((), description="The followed subjects.")
    alert: tuple[AlertSettings, ...] = Field((), description="Who is told at once of what matters most.")

    @field_validator("watch")
    @classmethod
    def _watches_differ(cls, value: tuple[WatchSettings, ...]) -> tuple[WatchSettings, ...]:
        return _differing(value, "watches")

    @field_validator("alert")
    @classmethod
    def _alerts_differ(cls, value: tuple[AlertSettings, ...]) -> tuple[AlertSettings, ...]:
        return _differing(value, "alert targets")

    @field_validator("feed")
    @classmethod
    def _feeds_differ(cls, value: tuple[FeedSettings, ...]) -> tuple[FeedSettings, ...]:
        twice = [url for url, count in Counter(one.url for one in value).items() if count > 1]
        if twice:
            raise ValueError(f'two [[feed]] tables are for "{twice[0]}"')
        return value


def _differing(value: tuple[_Named, ...], what: str) -> tuple[_Named, ...]:
    twice = [name for name, count in Counter(one.name for one in value).items() if count > 1]
    if twice:
        raise ValueError(f'two {what} are called "{twice[0]}"')
    return value


def schema_json() -> str:
    """Return the JSON Schema of the configuration file, for editors; ends with a newline."""
    schema = Settings.model_json_schema()
    _drop_titles(schema)
    _write_defaults(schema, schema["$defs"])
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tracker configuration",
        **schema,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _write_defaults(node: Any, tables: dict[str, Any]) -> None:
    """Give every key its default as it is written in the file ("5m"); generated ones are ISO durations and bytes."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        _write_defaults(child, tables)
    if isinstance(node, dict) and "$ref" in node and isinstance(node.get("default"), dict):
        fields = tables[node["$ref"].rpartition("/")[2]]["properties"]
        for key, value in node["default"].items():
            fields[key]["default"] = value


def _drop_titles(node: Any) -> None:
    """Remove generated titles: they only repeat the key."""
    if isinstance(node, dict):
        if isinstance(node.get("title"), str):
            del node["title"]
        for child in node.values():
            _drop_titles(child)
    elif isinstance(node, list):
        for child in node:
            _drop_titles(child)
