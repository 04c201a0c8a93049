"""The kinds of values that keys of the configuration have, and the base of every table.

Each is a pydantic annotation over the readers in `values.py`, with the pattern that editors check against.
"""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from tracker.settings.values import (
    parse_clock_time,
    parse_country,
    parse_duration,
    parse_header_name,
    parse_header_text,
    parse_header_value,
    parse_host_name,
    parse_host_port,
    parse_proxy,
    parse_size,
    parse_time_zone,
    parse_variable,
    parse_web_address,
    render_clock_time,
    render_duration,
    render_size,
)

__all__ = [
    "Age",
    "ClockTime",
    "Country",
    "Day",
    "Duration",
    "HeaderName",
    "HeaderText",
    "HeaderValue",
    "HostName",
    "HostPort",
    "MailAddress",
    "Phrase",
    "Proxy",
    "Section",
    "Share",
    "Size",
    "Span",
    "TimeZone",
    "Variable",
    "WebAddress",
]


def _text(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(render_duration),
    _text(r"^(\d+(\.\d+)?\s*(ms|[dhms])\s*)+$", "5m"),
]


def _not_zero(value: timedelta) -> timedelta:
    if not value:
        raise ValueError('must be longer than nothing, such as "5m"')
    return value


Span = Annotated[Duration, AfterValidator(_not_zero)]
_LEAST_AGE = timedelta(days=7)


def _old_enough(value: timedelta) -> timedelta:
    if value < _LEAST_AGE:
        raise ValueError('must be at least "7d": what is younger may still be reported and compared')
    return value


Age = Annotated[Duration, AfterValidator(_old_enough)]
Size = Annotated[
    int,
    BeforeValidator(parse_size),
    PlainSerializer(render_size),
    _text(r"^\d+(\.\d+)?\s*([KMG]i?B)?$", "512MiB"),
]
ClockTime = Annotated[
    time,
    BeforeValidator(parse_clock_time),
    PlainSerializer(render_clock_time),
    _text(r"^([01]?\d|2[0-3]):[0-5]\d$", "07:30"),
]
TimeZone = Annotated[str, AfterValidator(parse_time_zone)]
HostPort = Annotated[str, AfterValidator(parse_host_port)]
HostName = Annotated[str, AfterValidator(parse_host_name)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Country = Annotated[str, AfterValidator(parse_country)]
Phrase = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]


def _mail_address(value: str) -> str:
    name, at, domain = value.rpartition("@")
    if not (name and at and domain) or any(c.isspace() for c in value):
        raise ValueError('must be a mail address, such as "analyst@example.org"')
    return value


MailAddress = Annotated[str, AfterValidator(_mail_address)]
WebAddress = Annotated[str, AfterValidator(parse_web_address)]
Proxy = Annotated[str, AfterValidator(parse_proxy)]
Variable = Annotated[str, AfterValidator(parse_variable)]
HeaderName = Annotated[str, AfterValidator(parse_header_name)]
HeaderText = Annotated[str, AfterValidator(parse_header_text)]
HeaderValue = Annotated[str, AfterValidator(parse_header_value)]


class Section(BaseModel):
    """A table of the file: frozen, without unknown keys."""

    # Only whole configurations are validated: a validator of its own for every table would cost each start 50 ms.
    model_config = ConfigDict(frozen=True, extra="forbid", use_enum_values=True, defer_build=True)
