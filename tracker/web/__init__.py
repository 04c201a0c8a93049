"""The page: read, search and judge in a browser. Starlette over the front door of `tracker.app`; no tool chain.

How a page is added:
1. A module in `pages/` with plain (not async) endpoints, which run on threads:

       def feeds(request: Request) -> Response:
           with site_of(request).reading() as tracker:
               found = tracker.feeds()
           return page(request, "feeds.html", title="Feeds", feeds=found)

       def add(request: Request) -> Response:          # POST; the guard has read and checked the form
           with site_of(request).working() as tracker:
               tracker.follow_feed(str(form_of(request).get("url", "")))
           return go("/feeds")

       routes = [Route("/feeds", feeds), Route("/feeds/add", add, methods=["POST"])]
       nav = (("Feeds", "/feeds"),)                    # if it stands in the navigation
       open_paths = ("/healthz",)                      # if some of its paths ask for no cookie

2. A template of the same name in `templates/` that extends `base.html` (blocks `content`, `tools`; set `title`).
   Every form that posts carries `{{ form_mark() }}` (the CSRF field). Foreign words go through `|foreign`, addresses
   that lead out through `|out`, instants through `|ago` or `|local`, scores through `|score`.
3. The module's name in `routes.MODULES`.

`reading()` for what only reads; `working()`, one at a time, for what scores, judges, fetches or writes. Queries a page
needs are methods of the store behind a class in `tracker.app`. Rules for all pages: it works with scripts off (forms
and links; `hx-*` only makes it quicker), no inline script or style, nothing loads from elsewhere, error pages repeat
nothing that was asked, `go()` after every POST. `security.py` guards, `limits.py` bounds, `keys.py` knows who is who.
"""

from __future__ import annotations

from tracker.web.application import make_web_app
from tracker.web.server import PageServer, PortInUse, open_page
from tracker.web.site import Site

__all__ = ["PageServer", "PortInUse", "Site", "make_web_app", "open_page"]
