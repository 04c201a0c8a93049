"""Judging: one POST that remembers a word, or takes it back, and answers with the buttons as they stand then."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tracker.app import JudgingReport
from tracker.model import Verdict, WatchName
from tracker.web.render import anchor, form_of, go, page, site_of

__all__ = ["routes"]

_UNDO = "undo"


def _judge(request: Request) -> Response:
    form = form_of(request)
    reference, watch = str(form.get("id", "")), WatchName(str(form.get("watch", "")))
    said, back = str(form.get("verdict", "")), str(form.get("back", "/"))
    if said != _UNDO and said not in {verdict.value for verdict in Verdict}:
        raise HTTPException(400)
    verdict = None if said == _UNDO else Verdict(said)
    words = _remembered(request, reference, verdict, watch)
    if request.headers.get("hx-request") != "true":
        return _back(back, reference)
    if said == _UNDO:
        with site_of(request).reading() as tracker:
            verdict = tracker.show(reference).judged(watch)  # the word before the one taken back holds again
    return page(
        request, "judged.html", reference=reference, watch=watch, judged=verdict, back=back,
        told=words, is_folded=False,
    )  # fmt: skip


def _remembered(request: Request, reference: str, verdict: Verdict | None, watch: WatchName) -> str:
    """Judge, and say what it did.

    A click does not wait for seconds of reading: it is noted then, and learned from as soon as that has ended.
    """
    site = site_of(request)
    with site.judging(watch) as (tracker, is_ready):
        if is_ready:
            return told(tracker.judge([reference], verdict, watch))
        tracker.watch(watch)
        note = tracker.note(reference, verdict, watch)
    site.warm(again=True)
    said = f"{note.capitalize()}." if note else f"Noted: {verdict.value if verdict else _UNDO}."
    return f"{said} The profile learns from it in a moment."


def _back(path: str, reference: str) -> Response:
    """To where the form stood, at that item."""
    try:
        return go(f"{path.partition('#')[0]}#i{anchor(reference)}")
    except ValueError:
        raise HTTPException(400) from None


def told(report: JudgingReport) -> str:
    """What a judgement did, in a sentence or two."""
    (one,) = report.judged
    said = f"Noted: {one.verdict.value}." if one.verdict and not one.note else f"{one.note.capitalize()}."
    moved = report.shift - report.shift_before
    if abs(moved) < 0.005:
        return said
    return (
        f"{said} Every score moves by {moved:+.2f} log-odds; what is stored follows when it is scored anew."
    )


routes = [Route("/judge", _judge, methods=["POST"])]
