"""The instrumented origin: answers every address of the cast as real servers do, and writes each request down."""

from __future__ import annotations

import gzip
import json
import random
from bisect import bisect_right
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import format_datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from benchmarks.citizenship.cast import FeedSpec, Phase
from benchmarks.citizenship.log import NOTED, Ask, Kind, Log, instant

ROBOTS = b"User-agent: *\nDisallow: /private/\nCrawl-delay: 2\n"
_WORDS = [a + b + c for a in ("ba", "co", "di", "fu", "ge", "lo") for b in ("ran", "mel", "tos", "vik") for c in (
    "", "da", "lin", "mo", "per", "s", "tur", "en", "ack", "o")]  # fmt: skip
_MISSING = b"<html><body><h1>Not found</h1></body></html>"
_SIGN_IN = (
    b"<html><head><title>Sign in</title></head><body><form method='post'>Name <input name='user'>"
    b"<input type='password' name='password'></form></body></html>"
)
_CHALLENGE = (
    b"<html><head><title>Just a moment...</title></head><body>Checking your browser"
    b"<script src='/cdn-cgi/challenge-platform/x.js'></script></body></html>"
)


@dataclass(slots=True, kw_only=True)
class Response:
    """An answer before it is sent; status 0: the connection is refused."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    good: bool = False
    lie: bool = False


@dataclass(slots=True)
class _Cached:
    """The last document of a feed, plain and compressed, and the words of the items in its window."""

    name: tuple[object, ...] = ()
    plain: bytes = b""
    packed: bytes = b""
    texts: dict[int, str] = field(default_factory=dict)
    stuck_at: int = -1


class Origin:
    """All hosts of the cast. `asked` is one request with its answer; what is logged is what was sent."""

    def __init__(self, feeds: Sequence[FeedSpec], log: Log) -> None:
        self.feeds = feeds
        self.log = log
        self._by_url = {url: feed for feed in feeds for url in (feed.url, feed.https_url, feed.new_url)}
        self._cache = [_Cached() for _ in feeds]
        self._counter = 0
        self.pages_of: dict[str, FeedSpec] = {feed.host: feed for feed in feeds if feed.pages}

    def answer(self, url: str, headers: Mapping[str, str], at: float) -> tuple[Response, Kind, int]:
        """What is sent for this address now, the kind of thing asked for, and the feed's number or -1."""
        feed = self._by_url.get(url)
        if feed is not None:
            return self._feed(feed, url, headers, at), "feed", feed.number
        path = urlsplit(url).path
        if path == "/robots.txt":
            return Response(status=200, headers={"Content-Type": "text/plain"}, body=ROBOTS), "robots", -1
        page = self._page(path)
        if page is not None:
            return _packed(page, headers), "page", -1
        if path == "/sign-in":
            return Response(status=200, headers={"Content-Type": "text/html"}, body=_SIGN_IN), "hop", -1
        if path.startswith("/loop/"):
            number = int(path.rsplit("/", 1)[1])
            there = f"http://{urlsplit(url).hostname}/loop/{number + 1}"
            return Response(status=302, headers={"Location": there}), "hop", -1
        return Response(status=404, headers={"Content-Type": "text/html"}, body=_MISSING), "stray", -1

    def note(
        self,
        url: str,
        headers: Mapping[str, str],
        span: tuple[float, float],
        made: tuple[Response, Kind, int],
    ) -> None:
        """Write a request into the log."""
        response, kind, number = made
        feed = self.feeds[number] if number >= 0 else None
        self.log.add(
            Ask(
                at=span[0],
                end=span[1],
                url=url,
                host=urlsplit(url).hostname or "",
                kind=kind,
                feed=number,
                headers={k.lower(): v for k, v in headers.items() if k.lower() in NOTED},
                status=response.status,
                answer={k.lower(): v for k, v in response.headers.items() if k.lower() in NOTED},
                size=len(response.body) + sum(len(k) + len(v) + 4 for k, v in response.headers.items()),
                good=response.good,
                hint=feed.hint if feed and response.good else 0.0,
                lie=response.lie,
            )
        )

    def refuses(self, host: str, at: float) -> bool:
        """Whether nobody listens for http at this host now; such hosts have one feed."""
        troubles = (
            p for feed in self.feeds if feed.host == host for p in feed.phases if p.start <= at < p.end
        )
        return any(phase.trouble in {"closed", "plain"} for phase in troubles)

    def visible(self, feed: FeedSpec, at: float) -> range:
        """The numbers of the items the document lists now; empty before the first."""
        last = bisect_right(feed.times, at)
        return range(max(0, last - feed.window), last)

    def _page(self, path: str) -> bytes | None:
        parts = path.strip("/").split("/")
        if (
            len(parts) != 3
            or parts[0] not in {"story", "private"}
            or not parts[1].isdigit()
            or not parts[2].isdigit()
        ):
            return None
        feed, item = self.feeds[int(parts[1])], int(parts[2])
        rng = random.Random(feed.number * 1_000_003 + item)
        paragraphs = "".join(f"<p>{_sentences(rng, 6)}</p>" for _ in range(3))
        title = feed.title(item)
        return f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{paragraphs}</article></body></html>".encode()

    def _feed(self, feed: FeedSpec, url: str, headers: Mapping[str, str], at: float) -> Response:
        phase = next((p for p in feed.phases if p.start <= at < p.end), None)
        trouble = phase.trouble if phase else None
        if (trouble == "plain") != (url == feed.https_url):
            return Response(status=0)
        if phase and trouble in _REFUSALS:
            return _refusal(phase, feed, at)
        if phase and trouble in {"moved", "away"} and url == feed.url:
            return Response(status=301 if trouble == "moved" else 302, headers={"Location": feed.new_url})
        return self._document(feed, headers, at, trouble)

    def _document(
        self, feed: FeedSpec, headers: Mapping[str, str], at: float, trouble: str | None
    ) -> Response:
        items = self.visible(feed, at)
        cached = self._cache[feed.number]
        is_stuck = trouble == "stuck"
        if is_stuck and cached.stuck_at < 0:
            cached.stuck_at = items.stop
        named = cached.stuck_at if is_stuck else items.stop
        sent, validators = self._validators(feed, named, trouble)
        asked = {k.lower(): v for k, v in headers.items()}
        sent |= _freshness(feed, at)
        is_lie = is_stuck and items.stop != named
        if _matches(asked, validators):
            return Response(status=304, headers=sent, lie=is_lie)
        self._render(feed, items, trouble, at)
        sent["Content-Type"] = (
            "application/json" if feed.dialect == "json" else "application/xml; charset=utf-8"
        )
        if "gzip" in asked.get("accept-encoding", ""):
            sent["Content-Encoding"] = "gzip"
        body = cached.packed if "Content-Encoding" in sent else cached.plain
        sent["Content-Length"] = str(len(body))
        is_good = trouble not in {"cut", "charset"}
        return Response(status=200, headers=sent, body=body, good=is_good, lie=is_lie)

    def _validators(
        self, feed: FeedSpec, named: int, trouble: str | None
    ) -> tuple[dict[str, str], dict[str, str]]:
        """The validators to send, and those that mean "unchanged" when they come back."""
        sent: dict[str, str] = {}
        if feed.etag == "restless":
            self._counter += 1
            return {"ETag": f'"r{feed.number}-{self._counter}"'}, {}
        if feed.etag == "yes":
            sent["ETag"] = f'"f{feed.number}-{named}{trouble if trouble in _REWRITTEN else ""}"'
        if feed.modified:
            sent["Last-Modified"] = _http(feed.times[named - 1] if named else 0.0)
        return dict(sent), dict(sent)

    def _render(self, feed: FeedSpec, items: range, trouble: str | None, at: float) -> None:
        """Make the document anew when what it shows has changed."""
        cached = self._cache[feed.number]
        wave = int(at // 86400) if trouble == "republish" else 0
        name = (items, trouble, wave)
        if cached.name == name:
            return
        cached.texts = {item: cached.texts.get(item) or _text(feed, item) for item in items}
        body = _WRITERS[feed.dialect](feed, cached.texts, trouble, wave)
        if trouble == "cut":
            body = body[: len(body) // 3]
        elif trouble == "charset":
            body = body.replace(b"Report", "Repórt €".encode() + _BROKEN)
        cached.name, cached.plain, cached.packed = name, body, gzip.compress(body, 1)


_BROKEN = b"\xe2\x82 "  # a euro sign without its last byte, among others that are whole
_REWRITTEN = {"charset", "reguid", "republish", "cut"}  # another document than before
_REFUSALS = {"503", "429", "gone", "missing", "challenge", "closed", "html", "login", "loop"}


def _refusal(phase: Phase, feed: FeedSpec, at: float) -> Response:
    headers = {"Content-Type": "text/html", "Date": _http(at + feed.drift)}
    if phase.rest:
        headers["Retry-After"] = (
            _http(at + feed.drift + phase.rest) if phase.as_date else str(int(phase.rest))
        )
    match phase.trouble:
        case "login":
            return Response(status=302, headers={"Location": f"http://{feed.host}/sign-in"})
        case "loop":
            return Response(status=302, headers={"Location": f"http://{feed.host}/loop/1"})
        case "challenge":
            headers = {"Content-Type": "text/html", "Server": "cloudflare", "CF-Mitigated": "challenge"}
            return Response(status=403, headers=headers, body=_CHALLENGE)
        case "html":
            return Response(
                status=200, headers={"Content-Type": "text/html", "ETag": '"page"'}, body=_MISSING
            )
        case "closed":
            return Response(status=0)
    status = {"503": 503, "429": 429, "gone": 410, "missing": 404}[phase.trouble]
    if status in {404, 410}:
        headers.pop("Retry-After", None)
    return Response(status=status, headers={**headers, "Content-Length": str(len(_MISSING))}, body=_MISSING)


def _freshness(feed: FeedSpec, at: float) -> dict[str, str]:
    headers = {"Date": _http(at + feed.drift)}
    if feed.max_age is not None:
        headers["Cache-Control"] = f"public, max-age={int(feed.max_age)}"
    if feed.expires is not None:
        headers["Expires"] = _http(at + feed.drift + feed.expires)
    return headers


def _matches(asked: Mapping[str, str], validators: Mapping[str, str]) -> bool:
    """RFC 9110 section 13.2.2: the entity tag decides where it was sent."""
    if "if-none-match" in asked:
        return asked["if-none-match"] == validators.get("ETag")
    return "if-modified-since" in asked and asked["if-modified-since"] == validators.get("Last-Modified")


def _http(at: float) -> str:
    return format_datetime(instant(at), usegmt=True)


def _packed(body: bytes, headers: Mapping[str, str]) -> Response:
    sent = {"Content-Type": "text/html; charset=utf-8"}
    if any("gzip" in value for name, value in headers.items() if name.lower() == "accept-encoding"):
        body, sent["Content-Encoding"] = gzip.compress(body, 1), "gzip"
    return Response(status=200, headers={**sent, "Content-Length": str(len(body))}, body=body)


def _sentences(rng: random.Random, count: int) -> str:
    return " ".join(" ".join(rng.choices(_WORDS, k=9)).capitalize() + "." for _ in range(count))


def _text(feed: FeedSpec, item: int) -> str:
    return _sentences(random.Random(feed.number * 1_000_003 + item), 4)


def _shown(text: str, trouble: str | None, wave: int) -> str:
    return f"{text} Again in wave {wave}." if trouble == "republish" else text


def _link(feed: FeedSpec, item: int) -> str:
    folder = "private" if item % 9 == 0 else "story"
    return f"http://{feed.host}/{folder}/{feed.number}/{item}" if feed.pages else ""


def _guid(feed: FeedSpec, item: int, trouble: str | None, wave: int) -> str:
    changed = f"-{trouble}{wave}" if trouble in {"reguid", "republish"} else ""
    return f"g-{feed.number}-{item}{changed}"


def _rss(feed: FeedSpec, texts: Mapping[int, str], trouble: str | None, wave: int) -> bytes:
    items = "".join(
        f"<item><title>{feed.title(item)}</title><guid isPermaLink='false'>{_guid(feed, item, trouble, wave)}</guid>"
        + (f"<link>{_link(feed, item)}</link>" if feed.pages else "")
        + f"<pubDate>{_http(feed.times[item])}</pubDate><description>{escape(_shown(text, trouble, wave))}</description></item>"
        for item, text in reversed(list(texts.items()))
    )
    hint = f"<ttl>{int(feed.hint / 60)}</ttl>" if feed.hint and not feed.by_sy else ""
    if feed.by_sy:
        per_day = int(86400 / feed.hint)
        hint = f"<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>{per_day}</sy:updateFrequency>"
    return (
        "<?xml version='1.0' encoding='utf-8'?>"
        "<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel>"
        f"<title>Feed {feed.number}</title><link>http://{feed.host}/</link>{hint}"
        f"<image><url>http://{feed.host}/logo.png</url></image>{items}</channel></rss>"
    ).encode()


def _atom(feed: FeedSpec, texts: Mapping[int, str], trouble: str | None, wave: int) -> bytes:
    entries = "".join(
        f"<entry><id>{_guid(feed, item, trouble, wave)}</id><title>{feed.title(item)}</title>"
        + (f"<link href='{_link(feed, item)}'/>" if feed.pages else "")
        + f"<updated>{instant(feed.times[item]).isoformat()}</updated><content>{escape(_shown(text, trouble, wave))}</content></entry>"
        for item, text in reversed(list(texts.items()))
    )
    return (
        "<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom'>"
        f"<id>f{feed.number}</id><title>Feed {feed.number}</title><icon>/favicon.ico</icon>{entries}</feed>"
    ).encode()


def _json(feed: FeedSpec, texts: Mapping[int, str], trouble: str | None, wave: int) -> bytes:
    items: deque[dict[str, str]] = deque()
    for item, text in texts.items():
        entry = {
            "id": _guid(feed, item, trouble, wave),
            "title": feed.title(item),
            "content_text": text,
            "date_published": instant(feed.times[item]).isoformat(),
        }
        items.appendleft(entry | ({"url": _link(feed, item)} if feed.pages else {}))
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": f"Feed {feed.number}", "items": list(items)}).encode()


_WRITERS = {"rss": _rss, "atom": _atom, "json": _json}
