"""A watch: its coverage, outlets and copies, how well it does, and where its line might stand.

Another line is shown by GET, with all that would enter and leave; applied by POST: the configuration file is changed,
then the past is scored anew in the background as `tracker rescore` does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tracker.app import Progress, Tracker
from tracker.app.changes import tell_daemon, write_line
from tracker.errors import SeedError, UsageError
from tracker.evaluation import Interval
from tracker.model import WatchName
from tracker.web.charts import coverage_chart, histogram_chart
from tracker.web.jobs import Job, Jobs
from tracker.web.lines import line_of
from tracker.web.render import counted, form_of, go, page, site_of

__all__ = ["jobs_of", "nav", "routes", "share", "start_rescore", "watch_path"]

_STEPS = {1: "day", 7: "week", 28: "four weeks", 91: "quarter", 364: "year"}


def watch_path(name: str) -> str:
    """The address of a watch's page."""
    return f"/watches/{quote(name)}"


def jobs_of(request: Request) -> Jobs:
    """The background work of this page."""
    state = request.app.state
    if not hasattr(state, "jobs"):
        state.jobs = Jobs()
    found: Jobs = state.jobs
    return found


def share(found: Interval | None) -> str:
    """Write a share with its interval in percent."""
    if found is None:
        return "not known yet"
    return f"{100 * found.value:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"


def start_rescore(request: Request, name: str) -> bool:
    """Score a watch's past anew in the background; False when other work still runs."""

    def work(tracker: Tracker, note: Callable[[Progress], None]) -> str:
        (report,) = tracker.rescore(WatchName(name), progress=note)
        entered, left = len(report.entering), len(report.leaving)
        return f"{counted(report.rescored, 'article')} scored anew; {entered} entered, {left} left."

    job = Job(name=f"Scoring the past of {name} anew", path=watch_path(name))
    return jobs_of(request).start(job, site_of(request), work)


def _all(request: Request) -> Response:
    chosen = site_of(request).loaded.settings.watch
    if len(chosen) == 1:
        return go(watch_path(chosen[0].name))
    return page(request, "watches.html", chosen=chosen)


def _one(request: Request) -> Response:
    name = request.path_params["name"]
    zone: tzinfo = datetime.now(UTC).astimezone().tzinfo or UTC
    with site_of(request).reading() as tracker:
        try:
            watch = tracker.watch(name)
        except SeedError:
            return page(request, "watch_unseeded.html", name=name)
        figures = tracker.figures(watch, zone)
        line = _asked_line(request, figures.line)
        at_line = tracker.at_line(watch, line)
    timeline = figures.coverage.timeline
    bars = figures.histogram.bars
    return page(
        request,
        "watch.html",
        watch=watch,
        path=watch_path(name),
        figures=figures,
        coverage=figures.coverage,
        timeline=timeline,
        step=_STEPS[timeline.step_days],
        estimate=figures.evaluation.estimate,
        precision=share(figures.evaluation.estimate.precision),
        recall=share(figures.evaluation.estimate.recall),
        chart=coverage_chart(timeline, f"Pieces by {_STEPS[timeline.step_days]} and topic"),
        histogram=histogram_chart(figures.histogram, figures.line, line, "Scores of the last 30 days"),
        table=list(bars[:: max(1, len(bars) // 10)]),
        at=at_line,
        is_asked="at" in request.query_params,
        job=jobs_of(request).latest,
        said=_SAID.get(request.query_params.get("said", ""), ""),
    )


_SAID = {
    "line": "The new line is in the configuration file. The past is scored anew now; this may take some minutes.",
    "line-later": "The new line is in the configuration file. Other work runs just now: score the past anew later,"
    " with the button below or with tracker rescore.",
    "line-daemon": "The new line is in the configuration file. The daemon on another computer must be told: "
    "send it SIGHUP, or start it anew.",
    "by-hand": "The configuration file cannot be changed from here. Write the threshold under its [[watch]] yourself.",
    "rescoring": "The past is scored anew now; this may take some minutes.",
    "busy": "Other work runs just now; try again when it has ended.",
    "seed": "The example is in the watch's folder. The past is scored anew now; this may take some minutes.",
    "seed-later": "The example is in the watch's folder. Other work runs just now: score the past anew later,"
    " with the button below or with tracker rescore.",
}


def _asked_line(request: Request, present: float) -> float:
    try:
        asked = float(request.query_params.get("at", present))
    except ValueError:
        raise HTTPException(400) from None
    if not 0 <= asked <= 1:
        raise HTTPException(400)
    return asked


def _apply(request: Request) -> Response:
    """Write the line and score anew. The form shows what it does before."""
    name, site = request.path_params["name"], site_of(request)
    try:
        line = float(str(form_of(request).get("at", "")))
    except ValueError:
        raise HTTPException(400) from None
    if not 0 <= line <= 1:
        raise HTTPException(400)
    with site.working() as tracker:
        watch, daemon = tracker.watch(name), tracker.daemon()
        try:
            loaded = write_line(site.loaded, watch.name, line)
        except UsageError:
            return go(f"{watch_path(name)}?said=by-hand&at={line:.2f}")
    site.hand_over(loaded)
    is_told = tell_daemon(daemon)
    started = start_rescore(request, name)
    said = "line" if started and is_told else "line-later" if is_told else "line-daemon"
    return go(f"{watch_path(name)}?said={said}")


def _sample(request: Request) -> Response:
    """What to judge next so that precision and recall become known."""
    name = request.path_params["name"]
    with site_of(request).working() as tracker:
        try:
            watch = tracker.watch(name)
        except SeedError:
            return page(request, "watch_unseeded.html", name=name)
        lines = [(line_of(drawn.item), drawn) for drawn in tracker.sample(watch.name)]
    return page(request, "sample.html", watch=watch, path=watch_path(name), lines=lines)


def _rescore(request: Request) -> Response:
    name = request.path_params["name"]
    with site_of(request).reading() as tracker:
        tracker.watch(name)
    return go(f"{watch_path(name)}?said={'rescoring' if start_rescore(request, name) else 'busy'}")


routes = [
    Route("/watches", _all),
    Route("/watches/{name}", _one),
    Route("/watches/{name}/sample", _sample),
    Route("/watches/{name}/line", _apply, methods=["POST"]),
    Route("/watches/{name}/rescore", _rescore, methods=["POST"]),
]
nav = (("Watches", "/watches"),)
