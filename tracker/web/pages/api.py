"""The JSON API, `/api/v1/`: what the command line prints with `--json`, in the same words and fields.

Asked with the token ("Authorization: Bearer ...") or from the page's own session; documents are posted as
application/json only. What fails is a document, too, and repeats nothing that was asked.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tracker.app import fields
from tracker.errors import (
    ArticleNotFound,
    FeedExists,
    FeedNotFound,
    StoreBusy,
    TrackerError,
    UsageError,
    WatchNotFound,
)
from tracker.model import Fate, FeedHealth, ItemQuery, Verdict, WatchName
from tracker.outputs.json_text import json_text
from tracker.settings.values import parse_since
from tracker.web.openapi import Endpoint, Given, document
from tracker.web.refusal import refusal, unaddressed
from tracker.web.render import site_of

__all__ = ["ENDPOINTS", "routes"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_PREFIX: Final = "/api/v1"
_LIMIT: Final = 100
_MOST: Final = 10_000
_NOT_THERE: Final = (ArticleNotFound, FeedNotFound, WatchNotFound)
_TEXT: Final = {"type": "string"}
_FREE: Final = {"type": "object"}
_SINCE: Final = Given(name="since", words="First seen since: 7d, 2026-11-20, yesterday.", kind=_TEXT)
_WATCH: Final = Given(name="watch", words="Only this watch.", kind=_TEXT)
_URL: Final = Given(name="url", words="An address.", kind=_TEXT, is_required=True)


# ------------------------------------------------------------ answers


def _items(request: Request) -> object:
    asked = request.query_params
    fate, least = asked.get("fate", Fate.KEPT.value), asked.get("min_score")
    query = ItemQuery(
        watch=_watch(request),
        since_at=_since(request),
        min_score=None if least is None else _number(least, 0, 1),
        topic=asked.get("topic"),
        fate=None if fate == "any" else _one_of(fate, Fate),
        text=asked.get("q", ""),
        limit=int(_number(asked.get("limit", str(_LIMIT)), 1, _MOST)),
        by="time" if asked.get("by") == "time" else "score",
    )
    is_full = asked.get("full") in {"true", "1"}
    with site_of(request).reading() as tracker:
        return {"items": [fields.item_fields(item, full=is_full) for item in tracker.items(query)]}


def _item(request: Request) -> object:
    with site_of(request).reading() as tracker:
        return fields.article_fields(tracker.show(request.path_params["id"]))


def _why(request: Request) -> object:
    with site_of(request).reading() as tracker:
        answer = tracker.why(_address(request, request.query_params))
    if answer.outcome == "bad_url":
        raise UsageError(answer.sentence, hint="Write it in full: https://example.org/page")
    return fields.explanation_fields(answer)


def _judge(request: Request) -> object:
    given = _document(request, "ids", "verdict", "watch")
    if "verdict" not in given:  # null takes a word back, forgetting it must not
        raise HTTPException(400)
    ids, verdict = given.get("ids"), given["verdict"]
    if not isinstance(ids, list) or not 1 <= len(ids) <= 200 or not all(isinstance(one, str) for one in ids):
        raise HTTPException(400)
    word = None if verdict is None else _one_of(str(verdict), Verdict)
    with site_of(request).working() as tracker:
        return tracker.judge(ids, word, _named(given))


def _sample(request: Request) -> object:
    count = int(_number(request.query_params.get("count", "10"), 1, 200))
    with site_of(request).working() as tracker:
        return {"sample": [fields.drawn_fields(one) for one in tracker.sample(_watch(request), count)]}


def _stories(request: Request) -> object:
    limit = int(_number(request.query_params.get("limit", str(_LIMIT)), 1, _MOST))
    with site_of(request).reading() as tracker:
        found = tracker.stories(_watch(request), _since(request), limit)
    return {"stories": [fields.story_fields(one) for one in found]}


def _story(request: Request) -> object:
    with site_of(request).reading() as tracker:
        return fields.story_view_fields(tracker.story(request.path_params["id"]))


def _timeline(request: Request) -> object:
    by = request.query_params.get("by", "day")
    if by not in {"day", "outlet", "story"}:
        raise HTTPException(400)
    with site_of(request).reading() as tracker:
        return fields.timeline_fields(tracker.timeline(_watch(request), _since(request), by))  # type: ignore[arg-type]


def _feeds(request: Request) -> object:
    with site_of(request).reading() as tracker:
        return {"feeds": [fields.feed_fields(*row) for row in tracker.feeds()]}


def _feed(request: Request) -> object:
    with site_of(request).reading() as tracker:
        return fields.feed_view_fields(tracker.show_feed(_address(request, request.query_params)))


def _add_feed(request: Request) -> object:
    given = _document(request, "url", "title", "tags", "check")
    url, title, tags = _address(request, given), given.get("title", ""), given.get("tags", [])
    if not isinstance(title, str) or not isinstance(tags, list) or not all(isinstance(t, str) for t in tags):
        raise HTTPException(400)
    with site_of(request).reading() as tracker:
        if given.get("check") is False:
            feed = tracker.add_feed(url, title=title, tags=tags)
            return {"feed": fields.feed_fields(feed, FeedHealth.NEW, ""), "note": "", "choice": ()}
        followed = tracker.follow_feed(url, title=title, tags=tags)
    told = fields.feed_fields(followed.feed, FeedHealth.NEW, "") if followed.feed else None
    return {
        "feed": told,
        "note": followed.sentence,
        "choice": followed.choice.found if followed.choice else (),
    }


def _remove_feed(request: Request) -> object:
    with site_of(request).working() as tracker:
        return {"removed": tracker.remove_feed(_address(request, _document(request, "url"))).url}


def _test_feed(request: Request) -> object:
    with site_of(request).reading() as tracker:
        return tracker.test_feed(_address(request, _document(request, "url")))


def _watches(request: Request) -> object:
    with site_of(request).reading() as tracker:
        return {"watches": tracker.status().watches}


def _profile(request: Request) -> object:
    with site_of(request).working() as tracker:
        return tracker.profile(tracker.watch(request.path_params["name"]).name)


def _evaluation(request: Request) -> object:
    with site_of(request).reading() as tracker:
        return tracker.evaluate(WatchName(request.path_params["name"]))[0]


def _status(request: Request) -> object:
    with site_of(request).reading() as tracker:
        return fields.status_fields(tracker.status())


def _digest(request: Request) -> object:
    with site_of(request).working() as tracker:
        composed = tracker.preview_digest(_watch(request), _since(request))
    return {"digest": composed.digest, "subject": composed.message.subject, "plain": composed.message.plain}


def _openapi(request: Request) -> object:
    del request
    return document(ENDPOINTS)


# ------------------------------------------------------------ what was asked


def _watch(request: Request) -> WatchName | None:
    name = request.query_params.get("watch")
    return WatchName(name) if name else None


def _named(given: Mapping[str, Any]) -> WatchName | None:
    name = given.get("watch")
    if name is not None and not isinstance(name, str):
        raise HTTPException(400)
    return WatchName(name) if name else None


def _since(request: Request) -> datetime | None:
    asked = request.query_params.get("since")
    try:
        return parse_since(asked, datetime.now(UTC)) if asked else None
    except ValueError:
        raise HTTPException(400) from None


def _number(text: str, least: float, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        raise HTTPException(400) from None
    if not least <= number <= most:
        raise HTTPException(400)
    return number


def _one_of(text: str, kind: Callable[[str], _T]) -> _T:
    try:
        return kind(text)
    except ValueError:
        raise HTTPException(400) from None


def _needed(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value or len(value) > 4_000:
        raise HTTPException(400)
    return value


def _address(request: Request, given: Mapping[str, Any]) -> str:
    """The address that is asked about, which no refusal repeats."""
    request.state.address = _needed(given, "url")
    return str(request.state.address)


def _document(request: Request, *names: str) -> dict[str, Any]:
    """The posted object, with no other fields than these."""
    try:
        given = json.loads(request.state.body)
        # Half a surrogate pair, which no text can hold, is an error.
        json.dumps(given, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(given, dict) or not given.keys() <= set(names):
        raise HTTPException(400)
    return given


# ------------------------------------------------------------ the table


def _answered(one: Endpoint) -> Callable[[Request], Response]:
    """An endpoint as starlette calls it: a document whatever happens, but for a bug."""

    def answering(request: Request) -> Response:
        try:
            return _said(one.answer(request))
        except HTTPException as error:
            return refusal(error.status_code, "Something that was given makes no sense.")
        except _NOT_THERE:
            return refusal(404, "There is no such thing.")
        except FeedExists:
            return refusal(409, "It is followed already.")
        except StoreBusy:
            return refusal(503, "The database is busy; ask again.")
        except TrackerError as error:
            return _told(error, getattr(request.state, "address", ""))

    return answering


def _told(error: TrackerError, url: str) -> Response:
    """What failed: about an address in the command line's words, else by its kind, as words may hold paths."""
    status = 400 if isinstance(error, UsageError) else 502
    if url and type(error) in {TrackerError, UsageError}:
        return refusal(status, unaddressed(error, url))
    if status == 400:
        return refusal(400, "Something that was given makes no sense, or a watch must be named.")
    _log.error("question of a program failed", extra={"problem": str(error)})
    return refusal(502, "It could not be done; the log says more.")


def _said(value: object) -> Response:
    return Response(json_text(value) + "\n", media_type="application/json")


def _refer(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _many(key: str, name: str) -> dict[str, Any]:
    return {"type": "object", "properties": {key: {"type": "array", "items": _refer(name)}}}


_LIST: Final = Given(
    name="limit", words="At most so many; 100 unless told.", kind={"type": "integer", "minimum": 1, "maximum": _MOST}
)  # fmt: skip
_FILTERS: Final = (
    Given(name="q", words="Words in title or text; quoted ones stand together.", kind=_TEXT),
    _WATCH,
    _SINCE,
    Given(name="min_score", words="Least score.", kind={"type": "number", "minimum": 0, "maximum": 1}),
    Given(name="topic", words="Only items with this topic.", kind=_TEXT),
    Given(name="fate", words="What became of them; any is every entry.",
          kind={"type": "string", "enum": [*(fate.value for fate in Fate), "any"], "default": "kept"}),
    _LIST,
    Given(name="by", words="Order.", kind={"type": "string", "enum": ["score", "time"], "default": "score"}),
    Given(name="full", words="Put the text of each item in.", kind={"type": "boolean", "default": False}),
)  # fmt: skip
_VERDICT: Final = {"enum": [*(verdict.value for verdict in Verdict), None]}
_TAGS: Final = {"type": "array", "items": _TEXT}

ENDPOINTS: Final = (
    Endpoint(path="/items", words="List and search items.", answer=_items, shape=_many("items", "Item"),
             given=_FILTERS, command="tracker items --json"),
    Endpoint(path="/items/{id}", words="All that is known of an article.", answer=_item, shape=_FREE,
             command="tracker show ID --json"),
    Endpoint(path="/why", words="What happened to an address.", answer=_why, shape=_refer("Explanation"),
             given=(_URL,), command="tracker why URL --json"),
    Endpoint(path="/judge", words="Say what items are; null takes the last word back.", answer=_judge, shape=_FREE,
             method="POST", command="tracker judge ID... VERDICT --json", given=(
                 Given(name="ids", words="Items, up to 200.", kind={**_TAGS, "maxItems": 200}, is_required=True),
                 Given(name="verdict", words="The word on them.", kind=_VERDICT, is_required=True), _WATCH)),
    Endpoint(path="/sample", words="What to judge next.", answer=_sample, shape=_FREE,
             given=(_WATCH, Given(name="count", words="How many.", kind={"type": "integer", "maximum": 200})),
             command="tracker judge --sample --json"),
    Endpoint(path="/stories", words="List stories, the one last heard of first.", answer=_stories,
             shape=_many("stories", "Story"), given=(_WATCH, _SINCE, _LIST), command="tracker stories --json"),
    Endpoint(path="/stories/{id}", words="One story from its first report on.", answer=_story, shape=_refer("Story"),
             command="tracker stories ID --json"),
    Endpoint(path="/timeline", words="Coverage over time.", answer=_timeline, shape=_FREE, given=(
                 _WATCH, _SINCE, Given(name="by", words="What the series are.",
                                       kind={"type": "string", "enum": ["day", "outlet", "story"]})),
             command="tracker timeline --json"),
    Endpoint(path="/feeds", words="All feeds with their condition.", answer=_feeds, shape=_many("feeds", "Feed"),
             command="tracker feeds list --json"),
    Endpoint(path="/feeds", words="Follow a feed, or a site's only one.", answer=_add_feed, shape=_FREE,
             method="POST", command="tracker feeds add ADDRESS --json", given=(
                 _URL, Given(name="title", words="Its name.", kind=_TEXT),
                 Given(name="tags", words="Tags.", kind=_TAGS),
                 Given(name="check", words="False follows it untried.", kind={"type": "boolean", "default": True}))),
    Endpoint(path="/feeds/show", words="One feed in full.", answer=_feed, shape=_refer("Feed"), given=(_URL,),
             command="tracker feeds show URL --json"),
    Endpoint(path="/feeds/remove", words="Stop following a feed; its articles stay.", answer=_remove_feed, shape=_FREE,
             method="POST", given=(_URL,), command="tracker feeds remove URL --json"),
    Endpoint(path="/feeds/test", words="Try a feed once; stores nothing.", answer=_test_feed, shape=_FREE,
             method="POST", given=(_URL,), command="tracker feeds test URL --json"),
    Endpoint(path="/watches", words="The watches in numbers.", answer=_watches, shape=_FREE,
             command="tracker status --json"),
    Endpoint(path="/watches/{name}/profile", words="What was learned from its examples.", answer=_profile,
             shape=_FREE, command="tracker profile --json"),
    Endpoint(path="/watches/{name}/evaluation", words="Precision and recall so far.", answer=_evaluation, shape=_FREE,
             command="tracker evaluate --json"),
    Endpoint(path="/status", words="The installation in numbers.", answer=_status, shape=_FREE,
             command="tracker status --json"),
    Endpoint(path="/digest", words="The digest as it would be now; nothing is stored or sent.", answer=_digest,
             shape=_FREE, given=(_WATCH, _SINCE), command="tracker digest --json"),
    Endpoint(path="/openapi.json", words="This description.", answer=_openapi, shape=_FREE),
)  # fmt: skip
"""Every question of the API."""

routes = [Route(_PREFIX + one.path, _answered(one), methods=[one.method]) for one in ENDPOINTS]
