"""The newsroom served over real HTTP on the loopback interface.

All outlets live under folders of one host and port (``/harbor-wire/feed.xml``), so one allowed
``host:port`` is enough to reach them. Feeds and pages have ETag and Last-Modified and answer
conditional requests (RFC 9110 section 13); bodies are compressed when asked for.
"""

import gzip
import hashlib
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from tracker.demo.pieces import FeedSpec, Newsroom, Outlet, Piece, Role
from tracker.demo.rendering import Press

__all__ = ["FeedAddress", "Newsroom", "NewsroomSite", "PageTruth", "RequestSeen"]

# The printed hours of the two batches: fixed, so that every run sends the same headers.
_BATCH_AT = {1: datetime(2026, 11, 20, 16, tzinfo=UTC), 2: datetime(2026, 11, 20, 20, tzinfo=UTC)}
_LEAST_GZIP_BYTES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSeen:
    """One request as the site saw it. ``conditional``: it carried a validator of an earlier answer."""

    method: str
    path: str
    status: int
    conditional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTruth:
    """What a page is by design; ``of_url`` is the page that it derives from, ``None`` for an original."""

    slug: str
    outlet: str
    role: Role
    of: str | None
    of_url: str | None
    batch: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAddress:
    """A feed as a subscriber's list has it: ``spec.moved_from`` and ``spec.fault`` say what to expect."""

    url: str
    outlet: Outlet
    spec: FeedSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: HTTPStatus
    media_type: str = "text/html"
    text: str = ""
    changed_at: datetime | None = None
    location: str | None = None


class NewsroomSite:
    """A threaded loopback server of one newsroom; serves between entering and leaving a ``with`` block.

    ``port`` 0 takes any free port. Raises ``OSError`` at construction if the port is taken.
    """

    def __init__(self, newsroom: Newsroom | None = None, *, port: int = 0) -> None:
        self.newsroom = newsroom or Newsroom.load()
        self._server = _Server(("127.0.0.1", port), _Exchange)
        self._server.site = self
        self.host_port = f"127.0.0.1:{self._server.server_port}"
        self.base_url = f"http://{self.host_port}"
        self._press = Press(self.newsroom, self.base_url)
        self._batch = 1
        self._lock = threading.Lock()
        self._requests: list[RequestSeen] = []
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        """Start to answer."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def feeds(self) -> tuple[FeedAddress, ...]:
        """Every feed a subscriber has, the broken, moved and dead ones included, in outlet order."""
        return tuple(
            FeedAddress(
                url=f"{self.base_url}/{outlet.key}/{spec.moved_from or spec.path}", outlet=outlet, spec=spec
            )
            for outlet in self.newsroom.outlets.values()
            for spec in outlet.feeds
        )

    @property
    def feed_urls(self) -> tuple[str, ...]:
        """The addresses of :attr:`feeds`."""
        return tuple(feed.url for feed in self.feeds)

    @property
    def requests(self) -> tuple[RequestSeen, ...]:
        """Every request answered so far, in order of answering."""
        with self._lock:
            return tuple(self._requests)

    def open_second_batch(self) -> None:
        """Let the second batch stand on the site and in the feeds from now on, corrections in place."""
        self._batch = 2

    def url_of(self, slug: str) -> str:
        """Return the address of a piece. Raises ``KeyError`` for an unknown slug."""
        return self._press.url_of(self.newsroom.by_slug[slug])

    def truth(self) -> dict[str, PageTruth]:
        """Say what stands at each page address now, by design."""
        return {
            self._press.url_of(piece): self._truth_of(piece) for piece in self.newsroom.standing(self._batch)
        }

    def _truth_of(self, piece: Piece) -> PageTruth:
        return PageTruth(
            slug=piece.slug,
            outlet=piece.outlet,
            role=piece.role,
            of=piece.of,
            of_url=self.url_of(piece.of) if piece.of else None,
            batch=piece.batch,
            kind=piece.kind,
        )

    def note(self, seen: RequestSeen) -> None:
        """Add one exchange to :attr:`requests`."""
        with self._lock:
            self._requests.append(seen)

    def answer(self, path: str) -> _Answer:
        """Decide what stands at a path, query already removed."""
        if path == "/":
            return _Answer(status=HTTPStatus.OK, text=self._press.street())
        if path == "/robots.txt":
            return _Answer(
                status=HTTPStatus.OK, media_type="text/plain", text="User-agent: *\nDisallow: /private/\n"
            )
        key, _, rest = path.removeprefix("/").partition("/")
        outlet = self.newsroom.outlets.get(key)
        if outlet is None:
            return _missing()
        if not rest:
            return _Answer(status=HTTPStatus.OK, text=self._press.front(outlet, self._batch))
        return self._feed_answer(outlet, rest) or self._page_answer(path)

    def _feed_answer(self, outlet: Outlet, rest: str) -> _Answer | None:
        for spec in outlet.feeds:
            if rest == spec.moved_from:
                location = f"/{outlet.key}/{spec.path}"
                return _Answer(status=HTTPStatus.MOVED_PERMANENTLY, location=location)
            if rest == spec.path:
                return self._feed_at(outlet, spec)
        return None

    def _feed_at(self, outlet: Outlet, spec: FeedSpec) -> _Answer:
        if spec.fault == "gone":
            return _missing()
        if spec.fault == "html":
            return _Answer(status=HTTPStatus.OK, text=self._press.front(outlet, self._batch))
        changed_at = _BATCH_AT[self._newest_batch(outlet, spec)]
        text = self._press.feed(outlet, spec, self._batch, changed_at)
        media_type = self._press.feed_page(outlet, spec).media_type
        return _Answer(status=HTTPStatus.OK, media_type=media_type, text=text, changed_at=changed_at)

    def _newest_batch(self, outlet: Outlet, spec: FeedSpec) -> int:
        standing = self.newsroom.standing(1 if spec.frozen else self._batch)
        batches = (piece.batch for piece in standing if piece.outlet == outlet.key)
        return max(batches, default=1)

    def _page_answer(self, path: str) -> _Answer:
        for piece in self.newsroom.standing(self._batch):
            if self.newsroom.path_of(piece) == path:
                changed_at = _BATCH_AT[piece.batch]
                return _Answer(status=HTTPStatus.OK, text=self._press.page(piece), changed_at=changed_at)
        return _missing()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: NewsroomSite

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is its own business; anything else is printed as usual."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Exchange(BaseHTTPRequestHandler):
    """One HTTP/1.1 connection; the site decides, this sends."""

    protocol_version = "HTTP/1.1"
    server_version = "Newsroom/1"
    sys_version = ""
    server: _Server

    def do_GET(self) -> None:
        answer = self.server.site.answer(self.path.partition("?")[0])
        body = answer.text.encode("utf-8")
        etag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
        status = answer.status
        if status is HTTPStatus.OK and self._is_current(etag, answer.changed_at):
            status = HTTPStatus.NOT_MODIFIED
        conditional = "If-None-Match" in self.headers or "If-Modified-Since" in self.headers
        seen = RequestSeen(method=self.command, path=self.path, status=status, conditional=conditional)
        self.server.site.note(seen)
        self.send_response(status)
        self._send_validators(answer, etag)
        self._send_body(status, answer.media_type, body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Say nothing on the terminal: :attr:`NewsroomSite.requests` is the log."""

    def _is_current(self, etag: str, changed_at: datetime | None) -> bool:
        """If-None-Match outranks If-Modified-Since (RFC 9110 section 13.2.2)."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return etag.removeprefix("W/") in tags
        since = self.headers.get("If-Modified-Since")
        return bool(since and changed_at and parsedate_to_datetime(since) >= changed_at)

    def _send_validators(self, answer: _Answer, etag: str) -> None:
        if answer.location:
            self.send_header("Location", answer.location)
        if answer.changed_at:
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", format_datetime(answer.changed_at, usegmt=True))

    def _send_body(self, status: HTTPStatus, media_type: str, body: bytes) -> None:
        if status is HTTPStatus.NOT_MODIFIED:
            self.end_headers()
            return
        if len(body) >= _LEAST_GZIP_BYTES and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Content-Type", f"{media_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _missing() -> _Answer:
    return _Answer(status=HTTPStatus.NOT_FOUND, text="<h1>404</h1><p>The page you asked for is not here.</p>")
