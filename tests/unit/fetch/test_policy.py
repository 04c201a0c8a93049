"""A wrong knob is named when it is set, not when it hurts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tracker.fetch.policy import FetchPolicy


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"allow_hosts": ("10.0.0.5",)}, "host:port"),
        ({"allow_hosts": ("http://10.0.0.5:80",)}, "host:port"),
        ({"workers": 0}, "workers"),
        ({"page_cap_bytes": 0}, "page_cap_bytes"),
        ({"total_deadline": timedelta(0)}, "total_deadline"),
        ({"queue_limit": timedelta(0)}, "queue_limit"),
        ({"per_host_spacing": timedelta(seconds=-1)}, "per_host_spacing"),
        ({"contact": "a\r\nX: y"}, "printable ASCII"),
    ],
)
def test_a_wrong_knob_is_refused_by_name(knobs, words):
    with pytest.raises(ValueError, match=words):
        FetchPolicy(**knobs)


def test_the_contact_follows_the_product_token():
    assert FetchPolicy(user_agent="t/1", contact="me@example.org").identity == "t/1 (+me@example.org)"
    assert FetchPolicy(user_agent="t/1").identity == "t/1"
