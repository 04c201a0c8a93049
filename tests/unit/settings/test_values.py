"""Values as people write them."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.settings.values import (
    parse_clock_time,
    parse_duration,
    parse_host_port,
    parse_size,
    parse_time_zone,
    render_duration,
    render_size,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("1h30m", timedelta(minutes=90)),
        ("7d", timedelta(days=7)),
        ("250ms", timedelta(milliseconds=250)),
        ("1.5h", timedelta(minutes=90)),
        (" 1h 30m ", timedelta(minutes=90)),
        ("0s", timedelta(0)),
    ],
)
def test_a_duration_is_read_with_its_units(written: str, meant: timedelta) -> None:
    assert parse_duration(written) == meant


@pytest.mark.parametrize("written", ["5", "m", "", "5 parsecs", "-5m", 5, None, True, "5m!", "9" * 30 + "d"])
def test_what_is_no_duration_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(written)


@given(st.integers(0, 10**12))
def test_a_rendered_duration_reads_the_same(milliseconds: int) -> None:
    value = timedelta(milliseconds=milliseconds)
    assert parse_duration(render_duration(value)) == value


@pytest.mark.parametrize(
    ("written", "bytes_"),
    [("1GiB", 2**30), ("512MiB", 512 * 2**20), ("1 GB", 10**9), ("1.5KiB", 1536), ("100", 100), (7, 7)],
)
def test_a_size_is_read_with_its_unit(written: object, bytes_: int) -> None:
    assert parse_size(written) == bytes_


@pytest.mark.parametrize("written", ["big", "1TiB", "", None, True, "-1MiB"])
def test_what_is_no_size_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size(written)


@pytest.mark.parametrize(("size", "shown"), [(2**30, "1GiB"), (3 * 2**20, "3MiB"), (1000, "1000"), (0, "0")])
def test_a_size_is_shown_in_the_largest_exact_unit(size: int, shown: str) -> None:
    assert render_size(size) == shown


def test_a_clock_time_is_read() -> None:
    assert parse_clock_time("07:30") == time(7, 30)
    assert parse_clock_time(time(7, 30)) == time(7, 30)


@pytest.mark.parametrize("written", ["24:00", "7", "07:60", "", 730, "07:30:00 pm"])
def test_what_is_no_clock_time_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="time of day"):
        parse_clock_time(written)


def test_a_misspelt_time_zone_is_answered_with_the_nearest() -> None:
    assert parse_time_zone("Asia/Shanghai") == "Asia/Shanghai"
    with pytest.raises(ValueError, match=r'did you mean "America/New_York"'):
        parse_time_zone("America/NewYork")


@pytest.mark.parametrize("written", ["../../etc/passwd", "/etc/localtime", "Mars"])
def test_a_path_is_no_time_zone(written: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        parse_time_zone(written)


@pytest.mark.parametrize("written", ["127.0.0.1:8081", "[::1]:80", "Feeds.Example:443"])
def test_host_and_port_are_taken(written: str) -> None:
    assert parse_host_port(written) == written.lower()


@pytest.mark.parametrize(
    "written", ["localhost", "::1:80", "host:", ":80", "host:99999", "http://host:80", "host:x"]
)
def test_what_is_no_host_and_port_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        parse_host_port(written)
