"""A watch's profile: its examples, the words and places learned from them, and what one more example would change."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tracker.app import Tracker
from tracker.app.changes import write_seed
from tracker.app.glance import WithSeed, seed_of_article
from tracker.errors import ArticleNotFound, SeedError, UsageError
from tracker.model import Seed, Watch, WatchName
from tracker.settings.seeds import checked_length
from tracker.web.pages.watch import share, start_rescore, watch_path
from tracker.web.render import form_of, go, page, site_of, text_of

__all__ = ["routes"]

_SAID = {
    "no-item": "There is no such item: the ids stand before the titles in lists, and in an item's address.",
    "too-short": "This article is too short to learn from.",
    "known": "This article is an example of the watch already.",
    "by-hand": "The folder of examples cannot be written from here. Put the text there yourself.",
}


def _profile(request: Request) -> Response:
    name, reference = request.path_params["name"], text_of(request, "seed")
    said = text_of(request, "said")
    with site_of(request).working() as tracker:
        try:
            watch = tracker.watch(name)
        except SeedError:
            return page(request, "watch_unseeded.html", name=name)
        view = tracker.profile(WatchName(name))
        trial: WithSeed | None = None
        if reference:
            seed, said = _seed(tracker, watch, reference)
            trial = tracker.with_seed(watch, seed) if seed else None
    return page(
        request, "profile.html", watch=watch, path=watch_path(name), view=view, trial=trial,
        reference=reference, said=_SAID.get(said, ""), recall=share(view.judged_recall),
        words=_widths(view.terms), places=_widths(view.places),
    )  # fmt: skip


def _add(request: Request) -> Response:
    """Put an item among the examples; everything kept so far is then scored anew."""
    name, reference = request.path_params["name"], str(form_of(request).get("seed", ""))
    site = site_of(request)
    with site.working() as tracker:
        watch = tracker.watch(name)
        seed, said = _seed(tracker, watch, reference)
        chosen = next(one for one in site.loaded.settings.watch if one.name == name)
        if seed is not None:
            try:
                write_seed(site.loaded, chosen, seed)
            except UsageError:
                seed, said = None, "by-hand"
    if seed is None:
        return go(f"{watch_path(name)}/profile?said={said}")
    site.hand_over(site.loaded)
    started = start_rescore(request, name)
    return go(f"{watch_path(name)}?said={'seed' if started else 'seed-later'}")


def _seed(tracker: Tracker, watch: Watch, reference: str) -> tuple[Seed | None, str]:
    """An item as an example, or the word for why not."""
    try:
        stored = tracker.show(reference.strip()).article
    except ArticleNotFound:
        return None, "no-item"
    seed = seed_of_article(stored.article)
    if any(seed.url and seed.url == one.url for one in watch.seeds):
        return None, "known"
    try:
        return checked_length(seed, "it"), ""
    except SeedError:
        return None, "too-short"


def _widths(pairs: Sequence[tuple[str, float]]) -> list[tuple[str, float, int]]:
    """Each word with its weight, and in percent of the heaviest."""
    top = max((weight for _, weight in pairs), default=1.0) or 1.0
    return [(word, weight, max(1, round(100 * weight / top))) for word, weight in pairs]


routes = [
    Route("/watches/{name}/profile", _profile),
    Route("/watches/{name}/seeds", _add, methods=["POST"]),
]
