"""What goes on, as it goes on: server-sent events of polls, counts and background work (HTML Standard, section 9.2).

One reading a second serves all who listen, at most `_STREAMS` of them; a stream ends when its reader leaves, when the
page closes, and after an hour. With scripts off the pages show the state they were loaded with.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tracker.model import Activity
from tracker.web.jobs import Job
from tracker.web.pages.feeds import activity_words
from tracker.web.pages.watch import jobs_of
from tracker.web.render import site_of

__all__ = ["routes"]

_STREAMS: Final = 8
_EVERY_S: Final = 1.0
_BEAT_S: Final = 15.0
_LONGEST_S: Final = 3600.0
_RETRY_MS: Final = 5_000
_AFTER: Final = timedelta(seconds=20)
"""How long a round of polls that has ended stays in sight."""


@dataclass(slots=True)
class _Round:
    """The reading that all streams share, and the round of polls under way."""

    streams: int = 0
    read_at: float = 0.0
    said: dict[str, Any] = field(default_factory=dict)
    since_at: datetime | None = None
    busy_at: datetime | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


async def _live(request: Request) -> Response:
    shared = _shared(request)
    if shared.streams >= _STREAMS:
        return PlainTextResponse("Too many pages listen already.\n", 503, {"Retry-After": "60"})
    return StreamingResponse(_events(request, shared), media_type="text/event-stream")


async def _events(request: Request, shared: _Round) -> AsyncIterator[str]:
    """Tell the state, then every change of it, and now and then that we are there."""
    shared.streams += 1
    began = told_at = time.monotonic()
    last = ""
    try:
        yield f"retry: {_RETRY_MS}\n\n"
        while time.monotonic() - began < _LONGEST_S:
            said = json.dumps(await _state(request, shared), ensure_ascii=False)
            if said != last:
                last, told_at = said, time.monotonic()
                yield f"event: state\ndata: {said}\n\n"
            elif time.monotonic() - told_at > _BEAT_S:
                told_at = time.monotonic()
                yield ": still here\n\n"
            if await _is_over(request):
                return
    finally:
        shared.streams -= 1


async def _is_over(request: Request) -> bool:
    """Wait for the next reading; whether the reader has left or the page closes meanwhile."""
    closing = getattr(request.app.state, "is_closing", lambda: False)
    for _ in range(4):
        if closing() or await request.is_disconnected():
            return True
        await asyncio.sleep(_EVERY_S / 4)
    return False


async def _state(request: Request, shared: _Round) -> dict[str, Any]:
    async with shared.lock:
        if time.monotonic() - shared.read_at >= _EVERY_S * 0.9:
            shared.said = await run_in_threadpool(_read, request, shared)
            shared.read_at = time.monotonic()
        return shared.said


def _read(request: Request, shared: _Round) -> dict[str, Any]:
    """Read what goes on; a round of polls begins with the first feed that is polled and ends when none is."""
    now = datetime.now(UTC)
    with site_of(request).reading() as tracker:
        activity = tracker.activity(shared.since_at or now)
    if activity.polling:
        shared.since_at, shared.busy_at = shared.since_at or now - timedelta(seconds=2), now
    elif shared.busy_at is not None and now - shared.busy_at > _AFTER:
        shared.since_at = shared.busy_at = None
    return {**_fields(activity, is_round=shared.since_at is not None), **_job(jobs_of(request).latest)}


def _fields(activity: Activity, *, is_round: bool) -> dict[str, Any]:
    polled = activity.polled if is_round else 0
    return {
        "activity": activity_words(activity),
        "poll": {"done": polled, "total": polled + activity.polling + activity.due if is_round else 0},
        "entries": f"{activity.entries:,}",
        "feeds": f"{activity.feeds:,}",
        "kept": {name: f"{count:,}" for name, count in activity.kept.items()},
    }


def _job(job: Job | None) -> dict[str, Any]:
    if job is None:
        return {"job": {"done": 0, "total": 0}, "job_said": "", "job_over": True}
    said = job.said if job.is_over else f"{job.done:,} of {job.total or '?'}"
    return {"job": {"done": job.done, "total": job.total}, "job_said": said, "job_over": job.is_over}


def _shared(request: Request) -> _Round:
    state = request.app.state
    if not hasattr(state, "live"):
        state.live = _Round()
    found: _Round = state.live
    return found


routes = [Route("/live", _live)]
