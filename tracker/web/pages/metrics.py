"""For monitors: `/healthz` says in a word whether the work is done, `/metrics` tells figures to Prometheus.

Text format 0.0.4 of https://prometheus.io/docs/instrumenting/exposition_formats/, written by hand: two dozen gauges
read from the store when asked need no library that keeps counters in this process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tracker.app.diagnosis import Level
from tracker.app.health import Health
from tracker.model import Activity, Fate, FeedHealth, Presence, WatchName
from tracker.web.render import site_of

__all__ = ["open_paths", "routes"]

_KIND: Final = "text/plain; version=0.0.4; charset=utf-8"
_WINDOW: Final = timedelta(hours=1)
Sample = tuple[dict[str, str], float]


def _healthz(request: Request) -> Response:
    """One word, for everybody: no figure, no address. 503 when something fails."""
    with site_of(request).reading() as tracker:
        status = tracker.health(wants_daemon=False).status
    return JSONResponse({"status": status.value}, 503 if status is Level.FAIL else 200)


def _metrics(request: Request) -> Response:
    now = datetime.now(UTC)
    with site_of(request).reading() as tracker:
        health = tracker.health(wants_daemon=False)
        activity = tracker.activity(now - _WINDOW)
        feeds = Counter(condition for _, condition, _ in tracker.feeds())
        counted = tracker.fates_lately()
    names = [WatchName(watch.name) for watch in site_of(request).loaded.settings.watch]
    fates = [
        ({"watch": name, "fate": fate.value}, float(counted.get(name, {}).get(fate, 0)))
        for name in names
        for fate in Fate
    ]
    written = [
        *_described("tracker_entries_total", "counter", "Entries ever seen.", [({}, activity.entries)]),
        *_described("tracker_fates", "gauge", "Entries by watch and fate.", fates),
        *_described(
            "tracker_feeds", "gauge", "Followed feeds by condition.",
            [({"health": one.value}, float(feeds[one])) for one in FeedHealth],
        ),
        *_activity(activity),
        *_health(health, now),
    ]  # fmt: skip
    return Response("\n".join(written) + "\n", headers={"Content-Type": _KIND})


def _activity(now: Activity) -> Iterator[str]:
    yield from _described("tracker_feeds_polling", "gauge", "Feeds being polled.", [({}, now.polling)])
    yield from _described("tracker_feeds_due", "gauge", "Feeds that wait for their poll.", [({}, now.due)])
    polls: list[Sample] = [({"result": "failed"}, now.failed), ({"result": "ok"}, now.polled - now.failed)]
    yield from _described("tracker_polls_last_hour", "gauge", "Polls that ended within an hour.", polls)
    yield from _described(
        "tracker_new_entries_last_hour", "gauge", "New entries they brought.", [({}, now.new)]
    )


def _health(health: Health, now: datetime) -> Iterator[str]:
    levels: list[Sample] = [({"level": level.value}, float(health.status is level)) for level in Level]
    yield from _described("tracker_health", "gauge", "1 for what tracker health says.", levels)
    daemon: Presence | None = health.daemon
    yield from _described(
        "tracker_daemon_up", "gauge", "Whether a daemon runs.", [({}, float(daemon is not None))]
    )
    for name, what, at in (
        ("tracker_last_poll_age_seconds", "the last poll", health.last_poll_at),
        ("tracker_last_digest_age_seconds", "the last digest's window", health.last_digest_at),
    ):
        if at is not None:
            yield from _described(
                name, "gauge", f"Time since the end of {what}.", [({}, (now - at).total_seconds())]
            )
    yield from _described(
        "tracker_mail_owed", "gauge", "Recipients still owed a digest.", [({}, health.owed)]
    )


def _described(name: str, kind: str, words: str, samples: Iterable[Sample]) -> Iterator[str]:
    """Write one metric with all its samples."""
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        named = ",".join(f'{key}="{_escaped(one)}"' for key, one in labels.items())
        yield f"{name}{{{named}}} {value:.10g}" if named else f"{name} {value:.10g}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


routes = [Route("/healthz", _healthz), Route("/metrics", _metrics)]
open_paths = ("/healthz",)
